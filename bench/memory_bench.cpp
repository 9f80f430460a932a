// What it takes to find something among 100,000 entries: by words, by vector, by both; and to
// remember and forget one there.
#include <boost/asio/co_spawn.hpp>
#include <cmath>
#include <cstdio>

#include "bench/measure.h"
#include "runtime/base/id.h"
#include "runtime/memory/memory_file.h"
#include "runtime/memory/memory_writer.h"
#include "runtime/memory/sqlite_memory.h"

namespace yoke {
namespace {

constexpr int kVocabulary = 30'000;
constexpr int kWordsOfEntry = 25;
constexpr int kQueries = 300;
constexpr int kChanges = 100;
constexpr std::size_t kDimensions = 1'024;

// Words by Zipf's law: the n-th is drawn about 1/n as often as the first, as words of a language.
class Words {
 public:
  explicit Words(std::uint64_t seed) : random_(seed) {}

  std::string text(int words) {
    std::string out;
    for (int i = 0; i < words; ++i) out += (i > 0 ? " w" : "w") + std::to_string(rank());
    return out;
  }
  std::string of_rank(int least, int words) {
    std::string out;
    for (int i = 0; i < words; ++i) {
      const auto rank = least + static_cast<int>(random_.next() % 100);
      out += (i > 0 ? " w" : "w") + std::to_string(rank);
    }
    return out;
  }
  std::vector<float> vector() {
    std::vector<float> out(kDimensions);
    for (float& number : out) number = static_cast<float>(uniform() - 0.5);
    return out;
  }

 private:
  double uniform() { return static_cast<double>(random_.next() >> 11) / 9'007'199'254'740'992.0; }
  int rank() { return static_cast<int>(std::exp(uniform() * std::log(kVocabulary))); }

  SeededRandom random_;
};

// Vectors at once: what a vendor takes is the vendor's.
class InstantVectors final : public Embedder {
 public:
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline) override {
    EmbedReply reply;
    reply.target = "bench/instant";
    for (std::size_t i = 0; i < request.texts.size(); ++i) reply.vectors.push_back(words_.vector());
    co_return reply;
  }

 private:
  Words words_{3};
};

template <class T>
T finished(asio::io_context& io, awaitable<T> work) {
  std::optional<T> value;
  std::exception_ptr failed;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T done) {
    failed = failure;
    if (!failure) value.emplace(std::move(done));
  });
  io.restart();
  io.run();
  if (failed) std::rethrow_exception(failed);
  return std::move(*value);
}

// Without syncs, which is not what is measured.
void fill(const std::string& path, int entries) {
  auto file = recall::WriteFile::open(path);
  if (!file) throw std::runtime_error(file.error().message());
  sqlite::Database& database = (*file)->database();
  database.run_script("PRAGMA synchronous=OFF; PRAGMA cache_size=-262144");
  Words words(1);
  SeededRandom random(2);
  for (int i = 0; i < entries; ++i) {
    recall::SaveOrder order;
    order.entry.tenant = "local";
    order.entry.text = words.text(kWordsOfEntry);
    order.now = 1'700'000'000'000'000 + i;
    order.id = make_ulid(order.now, random);
    order.entries_max = entries;
    if (!recall::save(database, order)) throw std::runtime_error("an entry was refused");
    recall::put_vector(database, order.id, "bench/instant", recall::packed(words.vector()));
    if (i % 1'000 == 0) (*file)->settle(false);
  }
}

class Bench {
 public:
  explicit Bench(const std::string& path) : path_(path) {}

  void search(const char* name, bool by_words, bool by_vector, int least_rank, int words) {
    MemoryOptions options;
    options.path = path_;
    if (by_vector) options.embed = "bench/instant";
    SqliteMemory memory({wall_, random_, [this] { return &vectors_; }}, options);
    Words asked(7);
    std::vector<double> times;
    const double cpu = cpu_ms();
    for (int i = 0; i < kQueries; ++i) {
      MemoryQuery query;
      query.where.tenant = "local";
      query.where.places = {{MemoryScope::shared, {}}};
      query.text = by_words ? asked.of_rank(least_rank, words) : "nowhere-" + std::to_string(i);
      const double begin = wall_ms();
      auto work = memory.search(std::move(query));
      const Result<MemoryFound> found = finished(io_, std::move(work));
      times.push_back(wall_ms() - begin);
      if (!found || found->hits.empty()) throw std::runtime_error("a search found nothing");
    }
    row(name, times, (cpu_ms() - cpu) / kQueries);
  }

  void change() {
    MemoryOptions options;
    options.path = path_;
    options.entries_max = 10'000'000;
    SqliteMemory memory({wall_, random_}, options);
    Words words(11);
    std::vector<double> saved;
    std::vector<double> forgotten;
    double cpu = cpu_ms();
    for (int i = 0; i < kChanges; ++i) {
      NewMemory entry;
      entry.tenant = "local";
      entry.key = "k" + std::to_string(i);
      entry.text = words.text(kWordsOfEntry);
      const double begin = wall_ms();
      auto work = memory.save(std::move(entry));
      if (!finished(io_, std::move(work))) throw std::runtime_error("an entry was refused");
      saved.push_back(wall_ms() - begin);
    }
    row("remember an entry", saved, (cpu_ms() - cpu) / kChanges);
    cpu = cpu_ms();
    for (int i = 0; i < kChanges; ++i) {
      Forgetting wanted;
      wanted.where.tenant = "local";
      wanted.key = "k" + std::to_string(i);
      const double begin = wall_ms();
      auto work = memory.forget(std::move(wanted));
      if (!finished(io_, std::move(work))) throw std::runtime_error("nothing was forgotten");
      forgotten.push_back(wall_ms() - begin);
    }
    row("forget an entry, its log cut", forgotten, (cpu_ms() - cpu) / kChanges);
  }

 private:
  static void row(const char* name, const std::vector<double>& times, double cpu) {
    std::printf("| %s | %.2f | %.2f | %.2f |\n", name, percentile(times, 0.5),
                percentile(times, 0.99), cpu);
    std::fflush(stdout);
  }

  const std::string path_;
  asio::io_context io_{1};
  SystemWallClock wall_;
  SystemRandom random_;
  InstantVectors vectors_;
};

void measure(int entries) {
  const BenchFolder folder;
  const std::string path = folder.file("memory.db");
  const double begin = wall_ms();
  fill(path, entries);
  std::printf(
      "%d entries of %d words in one place, each with a vector of %zu dimensions; made in %.0f s,"
      " %.0f MB of file.\n\n| | p50 ms | p99 ms | CPU ms |\n|---|---|---|---|\n",
      entries, kWordsOfEntry, kDimensions, (wall_ms() - begin) / 1000,
      folder.bytes("memory.db") / 1e6);
  Bench bench(path);
  bench.search("by 3 rare words", true, false, 5'000, 3);
  bench.search("by 6 words that many have", true, false, 50, 6);
  bench.search("by 6 of the most common words", true, false, 1, 6);
  bench.search("by vector", false, true, 0, 0);
  bench.search("fused, 6 words that many have", true, true, 50, 6);
  bench.change();
  std::printf("\nPeak of the process: %.0f MB.\n", memory_mb("VmHWM:"));
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  try {
    yoke::measure(argc > 1 ? std::stoi(argv[1]) : 100'000);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "memory_bench: %s\n", error.what());
    return 1;
  }
}
