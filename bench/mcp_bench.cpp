// What a call of an MCP server's tool takes on our side, over a child's standard streams and over
// HTTP, with the server's own time in it: one call after the other, of a tool that says its
// arguments again. With "serve" as its argument it serves the HTTP side alone, for other clients
// (bench/peers/mcp.mjs).
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>

#include "bench/measure.h"
#include "runtime/http/client.h"
#include "runtime/loop/asio.h"
#include "tests/support/fake_mcp_http.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/mcp/server.h"

namespace yoke {
namespace {

constexpr int kWarm = 200;
constexpr int kCalls = 2000;
constexpr std::chrono::seconds kPatience{30};

struct Quiet final : CallContext {
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

struct Came {
  std::vector<double> each_ms;
  double cpu_ms = 0;
  std::string failure;
};

awaitable<void> call_all(mcp::McpServer& server, Came& came) {
  auto meeting = server.meet(LoopClock::now() + kPatience);
  const Result<void> met = co_await std::move(meeting);
  if (!met) {
    came.failure = met.error().message();
    co_return;
  }
  std::vector<std::string> problems;
  const mcp::ToolPins taken = [](const std::string&, const std::string&) { return std::string(); };
  const auto tools = mcp::tools_of(server, taken, problems);
  Quiet context;
  double cpu_from = 0;
  for (int at = 0; at < kWarm + kCalls; ++at) {
    if (at == kWarm) cpu_from = cpu_ms();
    ToolRequest request;
    request.tool = tools.front()->spec().name;
    request.args = Json{{"text", std::string(1000, 'x')}};
    request.deadline = LoopClock::now() + kPatience;
    const double from = wall_ms();
    auto calling = tools.front()->call(std::move(request), context);
    const ToolOutcome outcome = co_await std::move(calling);
    if (at >= kWarm) came.each_ms.push_back(wall_ms() - from);
    if (outcome.outcome != Outcome::ok) came.failure = outcome.message;
    if (!came.failure.empty()) co_return;
  }
  came.cpu_ms = cpu_ms() - cpu_from;
}

int measure(const char* way, mcp::ServerSettings settings) {
  asio::io_context io{1};
  HttpClient http(io.get_executor());
  const std::unique_ptr<Credentials> nobody = no_credentials();
  mcp::McpServer::Services services;
  services.executor = io.get_executor();
  services.http = &http;
  services.credentials = nobody.get();
  services.client = {"bench", "1"};
  mcp::McpServer server(std::move(services), std::move(settings), std::nullopt);
  Came came;
  std::exception_ptr broken;
  auto all = call_all(server, came);
  asio::co_spawn(io, std::move(all), [&](std::exception_ptr failure) {
    broken = failure;
    io.stop();
  });
  io.run();
  if (broken) std::rethrow_exception(broken);
  if (!came.failure.empty()) {
    std::fprintf(stderr, "%s: %s\n", way, came.failure.c_str());
    return 1;
  }
  std::printf("| %s | %.3f | %.3f | %.3f |\n", way, percentile(came.each_ms, 0.5),
              percentile(came.each_ms, 0.99), came.cpu_ms / kCalls);
  std::fflush(stdout);
  server.let_go();
  return 0;
}

// Until standard input ends: whoever started it holds the other side.
int serve(int out) {
  const testing::FakeMcpHttp server(
      Json::array({testing::mcp_tool_json("echo", "Says it again.")}));
  const std::string line = server.url() + "\n";
  if (::write(out, line.data(), line.size()) < 0) return 1;
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) > 0) {
  }
  return 0;
}

// A server in a process of its own, so that its processor time is not counted here.
class ServingChild {
 public:
  ServingChild() {
    int in[2];
    int out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      for (const int end : {in[0], in[1], out[0]}) ::close(end);
      ::_exit(serve(out[1]));
    }
    ::close(in[0]);
    ::close(out[1]);
    held_ = in[1];
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') url_ += c;
    ::close(out[0]);
  }
  ~ServingChild() {
    ::close(held_);
    ::waitpid(pid_, nullptr, 0);
  }
  ServingChild(const ServingChild&) = delete;
  ServingChild& operator=(const ServingChild&) = delete;

  const std::string& url() const { return url_; }

 private:
  pid_t pid_ = -1;
  int held_ = -1;
  std::string url_;
};

int measure_both() {
  const ServingChild child;  // before there is a thread here
  std::printf("yardstick %.0f ms\n\n", yardstick_ms());
  std::printf("| way | call, ms | 99th | our CPU a call, ms |\n|---|---|---|---|\n");
  mcp::ServerSettings stdio;
  stdio.name = "bench";
  stdio.command = {YOKE_FAKE_MCP_SERVER, "modern"};
  stdio.dir = "/";
  mcp::ServerSettings http;
  http.name = "bench";
  http.url = child.url();
  const int first = measure("standard streams", std::move(stdio));
  const int second = measure("HTTP", std::move(http));
  return first + second;
}

}  // namespace
}  // namespace yoke

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "serve") return yoke::serve(STDOUT_FILENO);
  return yoke::measure_both();
}
