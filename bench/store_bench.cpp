// What a durable journal record costs: appends a second at 1, 16 and 64 producers beside a bare
// write-and-fdatasync loop on the same disk in the same round, processor time an append (loop and
// writer thread together), and bytes of store a step.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "runtime/base/ensure.h"
#include "runtime/store/store.h"

namespace yoke {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr std::chrono::milliseconds kRoundTime{800};
constexpr std::size_t kBodyBytes = 512;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double bare_syncs_a_second(const BenchFolder& folder) { return 1e3 / bare_sync_ms(folder, 200); }

std::string body_of(std::size_t bytes, std::uint64_t seed) {
  std::string text = "{\"text\":\"";
  for (std::uint64_t state = seed; text.size() + 2 < bytes;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text += static_cast<char>('a' + (state >> 59));
  }
  return text + "\"}";
}

Append append_to(const Claim& claim, const std::string& body) {
  Append append;
  append.run_id = claim.run_id;
  append.fence = claim.fence;
  append.after_seq = claim.head_seq;
  RecordIn record;
  record.kind = 7;
  record.at = 1'800'000'000'000'000;
  record.call_id = "c0001";
  record.label = "untrusted,private";
  record.body = body;
  append.records.push_back(std::move(record));
  return append;
}

// One run that appends for `time` or `count` records, each when the one before is durable.
struct Producer {
  Store& store;
  std::string run_id;
  Clock::time_point end;
  int count_max;
  int count = 0;
  std::vector<double> latency_us = {};
};

awaitable<void> produce(Producer& producer) {
  NewRun run;
  run.run_id = producer.run_id;
  const Result<Created> created = co_await producer.store.create(std::move(run));
  ENSURE(created);
  Claim claim = created->claim;
  const std::string body = body_of(kBodyBytes, std::hash<std::string>()(producer.run_id));
  while (producer.count < producer.count_max && Clock::now() < producer.end) {
    Append append = append_to(claim, body);
    const auto begin = Clock::now();
    const Result<Appended> appended = co_await producer.store.append(std::move(append));
    ENSURE(appended);
    producer.latency_us.push_back(seconds_since(begin) * 1e6);
    claim.head_seq = appended->head_seq;
    ++producer.count;
  }
}

struct Sample {
  double appends_a_second = 0, cpu_us = 0, bare = 0, p50_us = 0, p99_us = 0;
};

std::unique_ptr<Store> open(const BenchFolder& folder, asio::io_context& io) {
  StoreOptions options;
  options.node_id = "bench";
  auto opened = open_store("sqlite:" + folder.file("bench.db"), io.get_executor(), options);
  ENSURE(opened);
  return std::move(*opened);
}

Sample measure(int producers, std::chrono::milliseconds time, int count_max,
               const BenchFolder& folder) {
  asio::io_context io(1);
  Sample sample;
  sample.bare = bare_syncs_a_second(folder);
  const std::unique_ptr<Store> store = open(folder, io);
  std::vector<Producer> all;
  for (int i = 0; i < producers; ++i) {
    const auto end = Clock::now() + time;
    all.push_back(
        Producer{*store, "01J0000000000000000000R" + std::to_string(100 + i), end, count_max});
  }
  for (Producer& producer : all) {
    asio::co_spawn(io, produce(producer), [](std::exception_ptr failure) { ENSURE(!failure); });
  }
  const auto begin = Clock::now();
  const double cpu = cpu_ms();
  io.run();
  const double elapsed = seconds_since(begin);
  double count = 0;
  std::vector<double> latency_us;
  for (const Producer& producer : all) {
    count += producer.count;
    latency_us.insert(latency_us.end(), producer.latency_us.begin(), producer.latency_us.end());
  }
  std::sort(latency_us.begin(), latency_us.end());
  sample.cpu_us = (cpu_ms() - cpu) * 1e3 / count;
  sample.appends_a_second = count / elapsed;
  sample.p50_us = latency_us[latency_us.size() / 2];
  sample.p99_us = latency_us[latency_us.size() * 99 / 100];
  return sample;
}

double median(std::vector<Sample> samples, double Sample::*field) {
  std::sort(samples.begin(), samples.end(),
            [&](const Sample& a, const Sample& b) { return a.*field < b.*field; });
  return samples[samples.size() / 2].*field;
}

void print_rates() {
  std::printf(
      "| producers | durable appends/s | bare fdatasync/s | appends per bare sync | p50 us |"
      " p99 us | CPU us an append |\n|---|---|---|---|---|---|---|\n");
  for (const int producers : {1, 16, 64}) {
    std::vector<Sample> samples;
    for (int round = 0; round < kRounds; ++round) {
      const BenchFolder folder;
      samples.push_back(measure(producers, kRoundTime, 1 << 30, folder));
    }
    const double rate = median(samples, &Sample::appends_a_second);
    const double bare = median(samples, &Sample::bare);
    std::printf("| %d | %.0f | %.0f | %.2f | %.0f | %.0f | %.1f |\n", producers, rate, bare,
                rate / bare, median(samples, &Sample::p50_us), median(samples, &Sample::p99_us),
                median(samples, &Sample::cpu_us));
    std::fflush(stdout);
  }
}

// The size of a closed store with one run of `steps` records.
double bytes_with(int steps) {
  const BenchFolder folder;
  measure(1, std::chrono::hours(1), steps, folder);
  return folder.bytes("");
}

void print_sizes() {
  std::printf("\n| steps of one run, %zu-byte bodies | bytes of store a step |\n|---|---|\n",
              kBodyBytes);
  const double empty = bytes_with(1);
  for (const int steps : {10, 100, 1000, 10'000}) {
    std::printf("| %d | %.0f |\n", steps, (bytes_with(steps) - empty) / steps);
  }
}

}  // namespace
}  // namespace yoke

int main() {
  yoke::print_rates();
  yoke::print_sizes();
}
