// What `yoke serve` does for its clients: how soon it is ready, what it holds at rest and for a
// client that waits, requests a second, how late a token is at many clients, and what a model call
// costs that goes through it, beside the same call to the vendor itself.
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>

#include "bench/load.h"
#include "bench/pace.h"
#include "bench/rig.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"
#include "tests/support/process.h"

namespace yoke {
namespace {

constexpr int kStarts = 15;
constexpr int kTokens = 20;

constexpr const char* kModel = R"lua(return model {
  name = "bench",
  reply = function(request) return { text = "done" } end,
})lua";

std::string config_for(const std::string& mock_port, std::uint16_t vendor_port) {
  const auto backend = [](const std::string& name, const std::string& port) {
    return "[backends." + name +
           "]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" + port +
           "/v1\"\nprices = { input = 0.25, output = 2.0 }\n";
  };
  return "[backends.demo]\npreset = \"scripted\"\nscript = \"models/bench.lua\"\n" +
         backend("mock", mock_port) + backend("slow", std::to_string(vendor_port)) +
         "[routes.default]\ntargets = [\"demo/bench\"]\n"
         "[routes.twenty]\ntargets = [\"mock/fixed-20\"]\n";
}

std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + "\r\n";
}

std::string post(const std::string& target, const Json& body, const std::string& more = "") {
  const std::string text = to_text(body);
  return "POST " + target +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(text.size()) + "\r\n" + more + "\r\n" + text;
}

// `yoke serve` over a project, from its start until it is told to stop.
class Served {
 public:
  explicit Served(const BenchFolder& folder) : port_(free_port()) {
    testing::ProcessOptions options;
    options.args = {"serve", "--config", folder.file("yoke.toml"), "--listen",
                    "127.0.0.1:" + std::to_string(port_)};
    options.talks = true;
    const double began = wall_ms();
    process_ = std::make_unique<testing::Process>(YOKE_PROGRAM, options);
    process_->wait_for_err("ready on ");
    ready_ms_ = wall_ms() - began;
  }
  ~Served() {
    process_->signal(SIGTERM);
    static_cast<void>(process_->wait());
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  std::uint16_t port() const { return port_; }
  double ready_ms() const { return ready_ms_; }
  double memory_kb(const std::string& field) const {
    std::ifstream file("/proc/" + std::to_string(process_->pid()) + "/smaps_rollup");
    std::string name;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(field)) return std::stod(line.substr(field.size()));
    }
    throw Fault("no " + field + " of the server");
  }

 private:
  std::uint16_t port_;
  std::unique_ptr<testing::Process> process_;
  double ready_ms_ = 0;
};

void measure_start(const BenchFolder& folder) {
  std::vector<double> ready;
  for (int i = 0; i < kStarts; ++i) {
    const Served served(folder);
    ready.push_back(served.ready_ms());
  }
  const Served served(folder);
  static_cast<void>(ask_once(served.port(), get("/readyz")));
  std::printf(
      "| ready after ms, p50 of %d | p99 | at rest MB | of it nobody else's |\n|---|---|---|---|\n"
      "| %.1f | %.1f | %.1f | %.1f |\n",
      kStarts, percentile(ready, 0.5), percentile(ready, 0.99), served.memory_kb("Rss:") / 1024,
      (served.memory_kb("Private_Clean:") + served.memory_kb("Private_Dirty:")) / 1024);
  std::fflush(stdout);
}

void row(const char* name, int connections, const LoadResult& result) {
  std::printf("| %s | %d | %.0f | %.2f | %.2f |\n", name, connections,
              static_cast<double>(result.ms.size()) / result.seconds, percentile(result.ms, 0.5),
              percentile(result.ms, 0.99));
  std::fflush(stdout);
}

void measure_requests(const BenchFolder& folder) {
  const Served served(folder);
  const std::string start =
      post("/v1/runs?wait=30s", {{"agent", "quick"}, {"task", "Say that it is done."}});
  const Result<Json> run = parse_json(ask_once(served.port(), start));
  if (!run) throw Fault(run.error().message());
  const std::string state = get("/v1/runs/" + string_at(*run, "run"));
  std::printf(
      "\n| request | connections | requests/s | p50 ms | p99 ms |\n|---|---|---|---|---|\n");
  ask_again_and_again(served.port(), state, 8, 1);  // warm
  for (const int connections : {1, 32}) {
    row("`GET /v1/runs/{id}`", connections,
        ask_again_and_again(served.port(), state, connections, 5));
  }
  for (const int connections : {1, 32}) {
    row("`POST /v1/runs?wait=30s`, scripted model", connections,
        ask_again_and_again(served.port(), start, connections, 5));
  }
}

void measure_watchers(const BenchFolder& folder, SlowVendor& vendor, std::size_t count) {
  const Served served(folder);
  const Result<Json> run = parse_json(
      ask_once(served.port(), post("/v1/runs", {{"agent", "talks"}, {"task", "Talk."}})));
  if (!run) throw Fault(run.error().message());
  vendor.take_request();
  vendor.say("first");
  const double before = served.memory_kb("Rss:");
  Watchers watchers(
      served.port(),
      get("/v1/runs/" + string_at(*run, "run") + "/events", "Accept: text/event-stream\r\n"),
      count);
  const double after = served.memory_kb("Rss:");
  std::vector<double> late;
  for (int i = 0; i < kTokens; ++i) {
    const std::string token = "token-" + std::to_string(i) + "-of-the-answer";
    const double said = wall_ms();
    vendor.say(token);
    for (const double moment : watchers.wait_for(token)) late.push_back(moment - said);
  }
  std::printf("| %zu | %.1f | %.1f | %.1f | %.1f | %.1f |\n", count, before / 1024, after / 1024,
              (after - before) / static_cast<double>(count), percentile(late, 0.5),
              percentile(late, 0.99));
  std::fflush(stdout);
  vendor.finish();
}

// The header by which a new tenant asks.
std::string key_of(const BenchFolder& folder, const std::string& tenant) {
  testing::ProcessOptions options;
  options.args = {"keys",     "create", tenant, "-q", "--config", folder.file("yoke.toml"),
                  "--tenant", tenant};
  testing::Process process(YOKE_PROGRAM, options);
  const testing::Ended made = process.wait();
  if (made.status != 0) throw Fault(made.err);
  return "Authorization: Bearer " + std::string(trim(made.out)) + "\r\n";
}

// What a tenant waits for its runs by itself, and beside another that has as many of them under way
// as it can.
void measure_tenants(const std::string& runs_at_once) {
  const BenchFolder folder;
  folder.write("yoke.toml",
               "[serve]\n" + runs_at_once +
                   "[backends.demo]\npreset = \"scripted\"\nscript = \"models/bench.lua\"\n"
                   "[routes.default]\ntargets = [\"demo/bench\"]\n");
  folder.write("models/bench.lua", kModel);
  folder.write("agents/quick.lua", "return agent { name = \"quick\", instructions = \"Answer.\" }");
  const auto load = [&](const std::string& tenant, int connections) {
    const Json run{{"agent", "quick"}, {"task", "Say that it is done."}};
    return Load{post("/v1/runs?wait=30s", run, key_of(folder, tenant)), connections};
  };
  const Load quiet = load("quiet", 4);
  const Load loud = load("loud", 64);
  const Served served(folder);
  ask_again_and_again(served.port(), quiet.request, quiet.connections, 1);  // warm
  const LoadResult alone = ask_side_by_side(served.port(), {quiet}, 10).front();
  const std::vector<LoadResult> both = ask_side_by_side(served.port(), {quiet, loud}, 10);
  const auto a_second = [](const LoadResult& result) {
    return static_cast<double>(result.ms.size()) / result.seconds;
  };
  const double p99 = percentile(alone.ms, 0.99);
  const double beside = percentile(both[0].ms, 0.99);
  std::printf(
      "| %s | %.0f | %.2f | %.2f | %.0f | %.2f | %.2f | %.0f | %.2f | %.1f |\n",
      runs_at_once.empty() ? "as it is" : runs_at_once.substr(0, runs_at_once.size() - 1).c_str(),
      a_second(alone), percentile(alone.ms, 0.5), p99, a_second(both[0]),
      percentile(both[0].ms, 0.5), beside, a_second(both[1]), percentile(both[1].ms, 0.99),
      beside / p99);
  std::fflush(stdout);
}

struct Call {
  double a_second;
  int count;
  bool stream;
};

awaitable<void> complete(HttpClient& client, std::string url, std::string model, Call call) {
  Json body = {
      {"model", std::move(model)},
      {"messages", Json::array({{{"role", "user"}, {"content", std::string(1000, 'q')}}})}};
  if (call.stream) body["stream"] = true;
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers.add("Content-Type", "application/json");
  request.body = to_text(body);
  HttpSinks sinks;
  if (call.stream) sinks.on_data = [](std::string_view) { return true; };
  const Deadline deadline = LoopClock::now() + std::chrono::seconds(10);
  auto sending = client.send(std::move(request), deadline, std::move(sinks));
  const HttpOutcome outcome = co_await std::move(sending);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr) throw Fault(std::get<HttpFailure>(outcome).message);
  if (response->status != 200) throw Fault("a model call: " + response->body);
}

void measure_calls(const BenchFolder& folder, const std::string& mock_port) {
  const Served served(folder);
  const std::string direct = "http://127.0.0.1:" + mock_port + "/v1/chat/completions";
  const std::string through =
      "http://127.0.0.1:" + std::to_string(served.port()) + "/v1/chat/completions";
  asio::io_context io(1);
  HttpClient client(io.get_executor());
  std::printf(
      "\n| requests/s | answer | direct p50 ms | p99 ms | through p50 ms | p99 ms | added p50 ms | "
      "added p99 ms |\n|---|---|---|---|---|---|---|---|\n");
  for (const Call& call :
       {Call{50, 200, false}, Call{50, 200, true}, Call{500, 1500, false}, Call{500, 1500, true}}) {
    const auto times = [&](const std::string& url, int count) {
      const std::string model = url == direct ? "fixed-20" : "route/twenty";
      return run_paced(io, call.a_second, count,
                       [&] { return complete(client, url, model, call); });
    };
    times(direct, 50);  // warm
    times(through, 50);
    std::vector<double> of_direct;
    std::vector<double> of_through;
    for (int turn = 0; turn < 3; ++turn) {
      for (const double ms : times(direct, call.count)) of_direct.push_back(ms);
      for (const double ms : times(through, call.count)) of_through.push_back(ms);
    }
    const double p50 = percentile(of_direct, 0.5);
    const double p99 = percentile(of_direct, 0.99);
    std::printf("| %.0f | %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", call.a_second,
                call.stream ? "20 pieces" : "whole", p50, p99, percentile(of_through, 0.5),
                percentile(of_through, 0.99), percentile(of_through, 0.5) - p50,
                percentile(of_through, 0.99) - p99);
    std::fflush(stdout);
  }
}

void allow_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void measure_both_settings() {
  std::printf(
      "\n| `[serve]` | 4 clients alone, runs/s | p50 ms | p99 ms | beside 64 of another tenant | "
      "p50 ms | p99 ms | the other's runs/s | p99 ms | p99 beside / alone |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n");
  for (const char* setting : {"", "runs_at_once = 8\n"}) measure_tenants(setting);
}

void measure_all() {
  testing::ProcessOptions options;
  options.args = {"--port", "0", "--scenario", "fixed"};
  options.talks = true;
  testing::Process mock(YOKE_MOCK_OPENAI, options);
  const std::optional<std::string> mock_port = mock.line();
  if (!mock_port) throw Fault("the mock server does not start");
  SlowVendor vendor;
  const BenchFolder folder;
  folder.write("yoke.toml", config_for(*mock_port, vendor.port()));
  folder.write("models/bench.lua", kModel);
  folder.write("agents/quick.lua", "return agent { name = \"quick\", instructions = \"Answer.\" }");
  folder.write("agents/talks.lua",
               "return agent { name = \"talks\", instructions = \"Talk.\", model = \"slow/m\" }");
  measure_start(folder);
  measure_requests(folder);
  measure_both_settings();
  std::printf(
      "\n| clients in a stream | MB before | MB with them | KB a client | token to client p50 ms | "
      "p99 ms |\n|---|---|---|---|---|---|\n");
  measure_watchers(folder, vendor, 1'000);
  measure_watchers(folder, vendor, 10'000);
  measure_calls(folder, *mock_port);
  std::printf("\nYardstick: sorting 2^20 numbers took %.0f ms of CPU.\n", yardstick_ms());
}

}  // namespace
}  // namespace yoke

// With the argument "tenants": those side by side alone.
int main(int argc, char** argv) {
  try {
    yoke::allow_descriptors();
    const bool only_tenants = argc > 1 && std::string_view(argv[1]) == "tenants";
    only_tenants ? yoke::measure_both_settings() : yoke::measure_all();
    return 0;
  } catch (const std::exception& error) {
    return yoke::fail_bench("hook_bench", error);
  }
}
