// What a durable run costs: five model calls over HTTP to a mock server in a process of its own,
// four Lua tool calls, every event in SQLite with synchronous FULL.
#include <cstdio>

#include "bench/rig.h"
#include "runtime/http/client.h"
#include "sandbox/worker/zygote.h"
#include "tests/support/process.h"

namespace yoke {
namespace {

constexpr int kModelCalls = 5;
constexpr int kToolCalls = 4;
constexpr int kSyncs = 2 + kModelCalls;  // created, completed, and before each model call
constexpr int kBareRounds = 200;

std::string config_for(const std::string& port) {
  return "[backends.mock]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" + port +
         "/v1\"\n[routes.default]\ntargets = [\"mock/bench5\"]\n";
}

// One load in this process, so that its peak of memory is its own.
void measure(const std::string& port, int at_once, int runs) {
  Rig rig(config_for(port), "", "");
  const int calls = kModelCalls + kToolCalls;
  rig.drive(at_once, at_once * 2, RunStatus::completed, calls);
  const double cpu = cpu_ms_with_children();
  const double wall = wall_ms();
  const std::vector<double> times = rig.drive(at_once, runs, RunStatus::completed, calls);
  const double took = wall_ms() - wall;
  const double cpu_used = cpu_ms_with_children() - cpu;
  const auto count = static_cast<double>(times.size());
  std::printf("| %d at once | %.2f | %.0f | %.1f | %.1f | %.1f | %.1f |\n", at_once,
              cpu_used / count, 1e3 * count / took, percentile(times, 0.5), percentile(times, 0.99),
              memory_mb("VmHWM:"), children_memory_mb());
}

awaitable<void> ask(HttpClient& client, std::string port, std::string body) {
  for (int call = 0; call < kModelCalls; ++call) {
    HttpRequest request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + port + "/v1/chat/completions";
    request.headers.add("Content-Type", "application/json");
    request.body = body;
    const HttpOutcome outcome =
        co_await client.send(std::move(request), LoopClock::now() + std::chrono::seconds(10));
    const auto* response = std::get_if<HttpResponse>(&outcome);
    if (response == nullptr || response->status != 200) throw Fault("the mock does not answer");
  }
}

// The least that the same work takes here: its requests and its syncs, with nothing in between.
void measure_bare(const std::string& port) {
  const BenchFolder folder;
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  const std::string body =
      R"({"model":"bench5","messages":[{"role":"user","content":"Take four steps."}]})";
  std::vector<double> times;
  std::exception_ptr failure;
  const double cpu = cpu_ms();
  for (int round = 0; round < kBareRounds; ++round) {
    const double began = wall_ms();
    io.restart();
    asio::co_spawn(io, ask(client, port, body), [&](std::exception_ptr thrown) {
      failure = thrown;
      io.stop();
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    bare_sync_ms(folder, kSyncs);
    times.push_back(wall_ms() - began);
  }
  const double sum = percentile(times, 0.5) * 1e-3;
  std::printf("| bare: %d requests, %d fdatasyncs | %.2f | %.0f | %.1f | %.1f | | |\n", kModelCalls,
              kSyncs, (cpu_ms() - cpu) / kBareRounds, 1 / sum, percentile(times, 0.5),
              percentile(times, 0.99));
}

void measure_all() {
  testing::ProcessOptions options;
  options.args = {"--port", "0", "--scenario", "bench5"};
  options.talks = true;
  testing::Process mock(YOKE_MOCK_OPENAI, options);
  const std::optional<std::string> port = mock.line();
  if (!port) throw Fault("the mock server does not start");
  std::printf(
      "| load | CPU ms a run | runs/s | p50 ms | p99 ms | peak MB | workers MB |\n"
      "|---|---|---|---|---|---|---|\n");
  measure_bare(*port);
  run_again({*port, "1", "400"});
  run_again({*port, "50", "3000"});
  std::printf("\nYardstick: sorting 2^20 numbers took %.0f ms of CPU.\n", yardstick_ms());
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    if (argc == 4) {
      yoke::measure(argv[1], std::stoi(argv[2]), std::stoi(argv[3]));
    } else {
      yoke::measure_all();
    }
    return 0;
  } catch (const std::exception& error) {
    return yoke::fail_bench("run_bench", error);
  }
}
