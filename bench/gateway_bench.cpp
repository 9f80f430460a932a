// What a model call costs that goes through Yoke, beside the same client calling the same server
// itself: added latency at fixed rates, and processor time a request and a streamed piece.
//
// `gateway_bench` measures Yoke. With the address of another gateway in YOKE_PEER_GATEWAY and its
// process in YOKE_PEER_PID that one is measured in the same way, in the same minutes; its streams,
// too, where YOKE_PEER_STREAMS is set.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "agents/one_call.h"
#include "bench/pace.h"
#include "bench/rig.h"
#include "models/router.h"
#include "runtime/http/client.h"
#include "sandbox/worker/zygote.h"
#include "tests/support/process.h"

namespace yoke {
namespace {

constexpr int kRounds = 3;  // the two ways take turns, so that both meet the same machine
constexpr int kManyPieces = 240;
constexpr int kFewPieces = 20;

struct Load {
  double a_second;
  int count;   // a round
  int pieces;  // 0: not streamed
};

// What both ways are asked; a conversation of about a kilobyte.
std::string question() { return "Say what you see. " + std::string(1000, 'q'); }

std::string config_for(const std::string& port) {
  return "[backends.mock]\npreset = \"openai-compatible\"\nbase_url = \"http://127.0.0.1:" + port +
         "/v1\"\nprices = { input = 0.25, output = 2.0 }\n"
         "[routes.few]\ntargets = [\"mock/fixed-20\", \"mock/spare\"]\n"
         "[routes.many]\ntargets = [\"mock/fixed-240\", \"mock/spare\"]\n"
         "[budgets]\nday = { usd = 1000 }\n";
}

std::string body_of(const Load& load) {
  Json body = {{"model", load.pieces == kManyPieces ? "fixed-240" : "fixed-20"},
               {"messages", Json::array({{{"role", "user"}, {"content", question()}}})},
               {"max_completion_tokens", 4096}};
  if (load.pieces > 0) {
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
  }
  return to_text(body);
}

// A client's request to an address.
class Direct {
 public:
  Direct(asio::io_context& io, std::string base, std::string host)
      : client_(io.get_executor()), base_(std::move(base)), host_(std::move(host)) {}

  awaitable<void> ask(std::string body, bool stream) {
    HttpRequest request;
    request.method = "POST";
    request.url = base_ + "/chat/completions";
    request.headers.add("Content-Type", "application/json");
    if (!host_.empty()) {
      request.headers.add("x-portkey-provider", "openai");
      request.headers.add("x-portkey-custom-host", host_);
      request.headers.add("Authorization", "Bearer none");
    }
    request.body = std::move(body);
    HttpSinks sinks;
    bool ended = !stream;
    if (stream) {
      sinks.on_data = [&ended](std::string_view bytes) {
        ended = ended || bytes.find("[DONE]") != std::string_view::npos;
        return true;
      };
    }
    const Deadline deadline = LoopClock::now() + std::chrono::seconds(10);
    auto sending = client_.send(std::move(request), deadline, std::move(sinks));
    const HttpOutcome outcome = co_await std::move(sending);
    const auto* response = std::get_if<HttpResponse>(&outcome);
    if (response == nullptr || response->status != 200 || !ended) {
      throw Fault("the server does not answer");
    }
  }

 private:
  HttpClient client_;
  const std::string base_;
  const std::string host_;  // where a gateway is told to go; empty: it is asked itself
};

struct Deaf final : Listener {
  std::int64_t pieces = 0;
  void on_event(const Event&) override {}
  void on_delta(std::string_view, std::string_view, const Delta&) override { ++pieces; }
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}
};

ModelRequest request_of(const Load& load) {
  ModelRequest request;
  request.target = load.pieces == kManyPieces ? "many" : "few";
  request.messages.push_back(user_message(question()));
  return request;
}

// Read, priced, sent by a route, its answer read.
awaitable<void> ask_router(App& app, Load load) {
  ModelRequest request = request_of(load);
  if (!app.models().estimate(request)) throw Fault("the route has no price");
  DeltaSink sink;
  if (load.pieces > 0) sink = [](const Delta&) {};
  const Deadline deadline = LoopClock::now() + std::chrono::seconds(10);
  auto calling = app.models().call(std::move(request), deadline, std::move(sink));
  const ModelOutcome outcome = co_await std::move(calling);
  if (!std::holds_alternative<ModelReply>(outcome)) throw Fault("the router does not answer");
}

// The same as a run: reserved, journaled before and after, settled.
awaitable<void> ask_run(App& app, Load load) {
  OneCall call{"bench", request_of(load)};
  Result<Program> program = one_call_program(std::move(call));
  if (!program) throw Fault(program.error().message());
  StartRun start;
  start.program = std::move(*program);
  start.task = "bench";
  start.at_once = true;
  auto creating = app.engine().create(std::move(start));
  const Result<Created> created = co_await std::move(creating);
  if (!created) throw Fault(created.error().message());
  auto driving = app.engine().drive(created->claim.run_id);
  const Result<RunEnd> end = co_await std::move(driving);
  if (!end || end->state.status != RunStatus::completed) throw Fault("a run does not complete");
}

// Of another process, all its threads.
double cpu_ms_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t after = text.rfind(')');
  if (after == std::string::npos) throw Fault("the other gateway is gone");
  std::vector<std::string> words;
  std::string word;
  for (char c : text.substr(after + 2)) {
    if (c == ' ') {
      words.push_back(std::exchange(word, ""));
    } else {
      word += c;
    }
  }
  const double ticks = std::stod(words.at(11)) + std::stod(words.at(12));
  return ticks * 1e3 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct Way {
  std::string name;
  bool streams;
  std::function<awaitable<void>(const Load&)> ask;
  std::function<double()> cpu;
};

struct Measured {
  std::vector<double> times;
  double cpu = 0;
  int count = 0;
};

void round(asio::io_context& io, const Way& way, const Load& load, Measured& into) {
  const double cpu = way.cpu();
  const auto times = run_paced(io, load.a_second, load.count, [&] { return way.ask(load); });
  into.cpu += way.cpu() - cpu;
  into.count += load.count;
  into.times.insert(into.times.end(), times.begin(), times.end());
}

void print_row(const std::string& name, const Load& load, const Measured& direct,
               const Measured& through) {
  const double p50 = percentile(direct.times, 0.5);
  const double p99 = percentile(direct.times, 0.99);
  const double cpu = 1e3 * (through.cpu / through.count - direct.cpu / direct.count);
  std::printf(
      "| %s | %.0f | %s | %.2f | %.2f | %.2f | %.2f | %.0f |\n", name.c_str(), load.a_second,
      load.pieces == 0 ? "whole" : (std::to_string(load.pieces) + " pieces").c_str(), p50, p99,
      percentile(through.times, 0.5) - p50, percentile(through.times, 0.99) - p99, cpu);
  std::fflush(stdout);
}

void measure(asio::io_context& io, const Way& direct, const Way& through) {
  // At one request a second a few show what coldness costs, not more.
  const Load loads[] = {{1, 4, 0},
                        {1, 4, kFewPieces},
                        {50, 200, 0},
                        {50, 200, kFewPieces},
                        {50, 200, kManyPieces},
                        {1000, 3000, 0},
                        {1000, 3000, kFewPieces}};
  for (const Load& load : loads) {
    if (load.pieces > 0 && !through.streams) continue;
    const Load warm{load.a_second < 50 ? 50 : load.a_second, 50, load.pieces};
    Measured ignored;
    round(io, direct, warm, ignored);
    round(io, through, warm, ignored);
    Measured of_direct;
    Measured of_through;
    for (int turn = 0; turn < kRounds; ++turn) {
      round(io, direct, load, of_direct);
      round(io, through, load, of_through);
    }
    print_row(through.name, load, of_direct, of_through);
  }
}

void measure_way(const std::string& port, const std::string& name) {
  Rig rig(config_for(port), "", "");
  const std::string base = "http://127.0.0.1:" + port + "/v1";
  Direct client(rig.io(), base, "");
  const Way direct{"", true,
                   [&](const Load& load) { return client.ask(body_of(load), load.pieces > 0); },
                   cpu_ms};
  if (name == "router") {
    const Way way{"Yoke's router", true,
                  [&](const Load& load) { return ask_router(rig.app(), load); }, cpu_ms};
    return measure(rig.io(), direct, way);
  }
  if (name == "run") {
    Deaf listener;
    const Way way{"Yoke, a durable run", true,
                  [&](const Load& load) {
                    rig.app().engine().unsubscribe(listener);
                    if (load.pieces > 0) rig.app().engine().subscribe(listener);
                    return ask_run(rig.app(), load);
                  },
                  cpu_ms};
    measure(rig.io(), direct, way);
    rig.app().engine().unsubscribe(listener);
    return;
  }
  const std::string pid = std::getenv("YOKE_PEER_PID");
  Direct gateway(rig.io(), std::string(std::getenv("YOKE_PEER_GATEWAY")) + "/v1", base);
  const Way way{"the other gateway", std::getenv("YOKE_PEER_STREAMS") != nullptr,
                [&](const Load& load) { return gateway.ask(body_of(load), load.pieces > 0); },
                [pid] { return cpu_ms() + cpu_ms_of(pid); }};
  measure(rig.io(), direct, way);
}

void measure_all() {
  testing::ProcessOptions options;
  options.args = {"--port", "0", "--scenario", "fixed"};
  options.talks = true;
  testing::Process mock(YOKE_MOCK_OPENAI, options);
  const std::optional<std::string> port = mock.line();
  if (!port) throw Fault("the mock server does not start");
  std::printf(
      "| way | requests/s | answer | direct p50 ms | p99 ms | added p50 ms | added p99 ms | added "
      "CPU us |\n|---|---|---|---|---|---|---|---|\n");
  run_again({*port, "router"});
  run_again({*port, "run"});
  if (std::getenv("YOKE_PEER_GATEWAY") != nullptr) run_again({*port, "peer"});
  std::printf("\nYardstick: sorting 2^20 numbers took %.0f ms of CPU.\n", yardstick_ms());
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    if (argc == 3) {
      yoke::measure_way(argv[1], argv[2]);
    } else {
      yoke::measure_all();
    }
    return 0;
  } catch (const std::exception& error) {
    return yoke::fail_bench("gateway_bench", error);
  }
}
