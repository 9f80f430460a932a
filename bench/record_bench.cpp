// What the record costs as a whole: verifying chains, making and checking roots, writing a store to
// a file, checking that file, taking it in elsewhere, copying the store; in events a second, and
// processor time an event of all threads together.
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "runtime/base/ensure.h"
#include "runtime/engine/reader.h"
#include "runtime/record/file_check.h"
#include "runtime/record/record_move.h"
#include "runtime/record/root_check.h"
#include "runtime/record/signing_key.h"
#include "runtime/store/backup.h"
#include "runtime/store/chain.h"

namespace yoke {
namespace {

constexpr int kRounds = 5;
constexpr int kRuns = 400;
constexpr int kEventsEach = 100;
constexpr std::size_t kBodyBytes = 512;
constexpr int kValueRecorded = 21;  // an event that costs nothing

// Runs coroutines on a loop, one after the other.
class Loop {
 public:
  asio::any_io_executor executor() { return io_.get_executor(); }

  template <class T>
  T run(awaitable<T> work) {
    std::optional<T> value;
    std::exception_ptr failure;
    asio::co_spawn(io_, std::move(work), [&](std::exception_ptr thrown, T got) {
      failure = thrown;
      if (!thrown) value.emplace(std::move(got));
    });
    io_.restart();
    while (!value && !failure && io_.run_one() > 0) continue;
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

 private:
  asio::io_context io_{1};
};

std::unique_ptr<Store> store_at(Loop& loop, const std::string& path) {
  StoreOptions options;
  options.node_id = "bench";
  auto store = open_store("sqlite:" + path, loop.executor(), std::move(options));
  ENSURE(store);
  return std::move(*store);
}

StoreKeeper& keeper_in(Store& store) {
  const Result<StoreKeeper*> keeper = keeper_of(store);
  ENSURE(keeper);
  return **keeper;
}

std::string noise(std::size_t bytes, std::uint64_t seed) {
  std::string text = "{\"value\":\"";
  for (std::uint64_t state = seed; text.size() + 2 < bytes;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text += static_cast<char>('a' + (state >> 40) % 26);
  }
  return text + "\"}";
}

void fill(Loop& loop, Store& store) {
  for (int n = 0; n < kRuns; ++n) {
    NewRun run;
    run.run_id = "RUN" + std::to_string(100'000 + n);
    run.agent = "bench";
    run.created_at = 1'800'000'000'000'000 + n;
    for (int i = 0; i < kEventsEach; ++i) {
      RecordIn record;
      record.kind = kValueRecorded;
      record.at = run.created_at + i;
      record.label = "trusted,private";
      record.body = noise(kBodyBytes, static_cast<std::uint64_t>(n * kEventsEach + i + 1));
      run.records.push_back(std::move(record));
    }
    const Result<Created> created = loop.run(store.create(std::move(run)));
    ENSURE(created);
  }
}

void verify_chains(Loop& loop, Store& store) {
  RunFilter all;
  all.limit = kRuns;
  const std::vector<RunRow> rows = loop.run(store.list(std::move(all)));
  ENSURE(rows.size() == kRuns);
  for (const RunRow& row : rows) {
    const Result<std::vector<Record>> records = loop.run(read_records(store, row.run_id));
    ENSURE(records && verify_chain(row, *records).empty());
  }
}

struct Timing {
  double wall = 0;
  double cpu = 0;
};

// Times of each kind of work, over all rounds.
class Table {
 public:
  void time(const std::string& what, const std::function<void()>& work) {
    const double wall = wall_ms();
    const double cpu = cpu_ms();
    work();
    if (!rows_.contains(what)) order_.push_back(what);
    rows_[what].push_back({wall_ms() - wall, cpu_ms() - cpu});
  }

  void print() {
    std::printf(
        "| work on %d runs of %d events, %zu-byte bodies | events/s | CPU us an event |\n"
        "|---|---|---|\n",
        kRuns, kEventsEach, kBodyBytes);
    constexpr double kEvents = static_cast<double>(kRuns) * kEventsEach;
    for (const std::string& what : order_) {
      std::vector<double> walls;
      std::vector<double> cpus;
      for (const Timing& each : rows_[what]) {
        walls.push_back(each.wall);
        cpus.push_back(each.cpu);
      }
      std::printf("| %s | %.0f | %.2f |\n", what.c_str(), kEvents * 1e3 / percentile(walls, 0.5),
                  percentile(cpus, 0.5) * 1e3 / kEvents);
    }
  }

 private:
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Timing>> rows_;
};

std::function<bool(std::string&)> lines_of_file(std::ifstream& in) {
  return [&in](std::string& line) { return static_cast<bool>(std::getline(in, line)); };
}

void one_round(Table& table) {
  const BenchFolder folder;
  Loop loop;
  const std::unique_ptr<Store> store = store_at(loop, folder.file("from.db"));
  StoreKeeper& keeper = keeper_in(*store);
  fill(loop, *store);
  table.time("verify chains", [&] { verify_chains(loop, *store); });
  const SigningKey key = SigningKey::generate();
  table.time("make a root, signed", [&] { ENSURE(loop.run(seal_all(keeper, &key))); });
  table.time("check it against the journals",
             [&] { ENSURE(loop.run(check_roots(keeper, {})).findings.empty()); });
  const std::string file = folder.file("all.jsonl");
  table.time("export", [&] {
    std::ofstream out(file, std::ios::binary);
    const FileOrigin origin{loop.run(keeper.store_id()), 0, true};
    RecordFileWriter writer([&out](std::string_view line) { out << line; }, origin);
    ENSURE(loop.run(export_store(*store, keeper, writer)));
  });
  table.time("verify the file", [&] {
    std::ifstream in(file, std::ios::binary);
    ENSURE(check_record_file(lines_of_file(in), {}, {}).findings.empty());
  });
  const std::unique_ptr<Store> other = store_at(loop, folder.file("to.db"));
  table.time("import, every chain verified", [&] {
    std::ifstream in(file, std::ios::binary);
    ENSURE(loop.run(import_store(*other, keeper_in(*other), lines_of_file(in))));
  });
  table.time("back up", [&] {
    ENSURE(backup_store("sqlite:" + folder.file("from.db"), folder.file("copy.db")));
  });
}

}  // namespace
}  // namespace yoke

int main() {
  yoke::Table table;
  for (int round = 0; round < yoke::kRounds; ++round) yoke::one_round(table);
  table.print();
}
