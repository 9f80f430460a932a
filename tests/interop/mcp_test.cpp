#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "runtime/http/client.h"
#include "runtime/loop/deadline.h"
#include "tests/interop/peer.h"
#include "tests/support/held_port.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/mcp/server.h"

// The MCP client against what others wrote: the conformance suite, and three servers.
namespace yoke::testing {
namespace {

using namespace std::chrono_literals;

const std::string kMcpPeers = std::string(YOKE_PEERS) + "/node_modules/@modelcontextprotocol/";

class Quiet final : public CallContext {
 public:
  void progress(double, double, std::string_view) override { ++progressed; }
  void log(std::string_view, std::string_view) override {}
  int progressed = 0;
};

struct Guest {
  explicit Guest(mcp::ServerSettings settings) {
    mcp::McpServer::Services services;
    services.executor = io.get_executor();
    services.http = &http;
    services.credentials = credentials.get();
    services.client = {"yoke", "test"};
    server =
        std::make_unique<mcp::McpServer>(std::move(services), std::move(settings), std::nullopt);
  }

  void meet() {
    const Result<void> met = run(io, server->meet(LoopClock::now() + 60s));
    INFO((met ? "" : met.error().message()));
    REQUIRE(met.has_value());
  }
  std::unique_ptr<Tool> tool(const std::string& name) {
    const mcp::ToolPins all = [](const std::string&, const std::string&) { return std::string(); };
    std::vector<std::string> problems;
    for (std::unique_ptr<Tool>& one : mcp::tools_of(*server, all, problems)) {
      if (one->spec().name == "mcp:peer." + name) return std::move(one);
    }
    return nullptr;
  }
  ToolOutcome call(const std::string& name, Json args) {
    const std::unique_ptr<Tool> one = tool(name);
    INFO(name);
    REQUIRE(one != nullptr);
    ToolRequest request;
    request.args = std::move(args);
    request.deadline = LoopClock::now() + 60s;
    return run(io, one->call(std::move(request), context));
  }

  asio::io_context io{1};
  HttpClient http{io.get_executor()};
  std::unique_ptr<Credentials> credentials = no_credentials();
  Quiet context;
  std::unique_ptr<mcp::McpServer> server;
};

mcp::ServerSettings peer_settings(const std::string& package, std::vector<std::string> args) {
  mcp::ServerSettings settings;
  settings.name = "peer";
  settings.command = {node_for("@modelcontextprotocol/" + package),
                      kMcpPeers + package + "/dist/index.js"};
  settings.command.insert(settings.command.end(), args.begin(), args.end());
  settings.dir = "/";
  return settings;
}

bool is_running(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  return !text.empty() && text.find(") Z ") == std::string::npos;
}

// server-everything over HTTP, at a port of its own.
class Everything {
 public:
  Everything() : process_(node_for("@modelcontextprotocol/server-everything"), options()) {
    process_.wait_for_err("listening on port");
  }
  mcp::ServerSettings settings() const {
    mcp::ServerSettings made;
    made.name = "peer";
    made.url = "http://127.0.0.1:" + std::to_string(port_.number()) + "/mcp";
    return made;
  }

 private:
  ProcessOptions options() const {
    ProcessOptions made;
    made.args = {kMcpPeers + "server-everything/dist/index.js", "streamableHttp"};
    made.env = {{"PORT", std::to_string(port_.number())}};
    return made;
  }

  HeldPort port_;
  Process process_;
};

}  // namespace

TEST_CASE("every scored scenario of the MCP conformance suite passes, of either revision") {
  const std::string revision = GENERATE("2025-11-25", "2026-07-28");
  const TempFolder folder;
  ProcessOptions options;
  options.args = {kMcpPeers + "conformance/dist/index.js",
                  "client",
                  "--command",
                  YOKE_MCP_CLIENT,
                  "--requirements",
                  revision,
                  "-o",
                  folder.path(),
                  "--timeout",
                  "30000"};
  options.dir = folder.path();
  Process suite(node_for("@modelcontextprotocol/conformance"), options);
  const Ended ended = suite.wait();
  INFO(ended.out << ended.err);
  CHECK(ended.status == 0);
  CHECK((ended.out + ended.err).find("SUITE SUMMARY") != std::string::npos);
}

TEST_CASE("server-everything is met and called over both transports") {
  const bool over_http = GENERATE(false, true);
  std::unique_ptr<Everything> everything;
  if (over_http) everything = std::make_unique<Everything>();
  Guest guest(over_http ? everything->settings() : peer_settings("server-everything", {"stdio"}));
  guest.meet();
  CHECK(guest.server->memory()->self.era == mcp::Era::legacy);
  const ToolOutcome said = guest.call("echo", Json{{"message", "hello"}});
  CHECK(said.outcome == Outcome::ok);
  CHECK(said.value == "Echo: hello");
  const ToolOutcome wrong = guest.call("get-sum", Json{{"a", "no number"}});
  CHECK(wrong.outcome == Outcome::error);
  const ToolOutcome long_one =
      guest.call("trigger-long-running-operation", Json{{"duration", 1}, {"steps", 4}});
  CHECK(long_one.outcome == Outcome::ok);
  CHECK(guest.context.progressed > 0);
  const ToolOutcome resources = guest.call("list_resources", Json::object());
  CHECK(resources.outcome == Outcome::ok);
  CHECK(member_at(resources.value, "resources").size() > 0);
  const ToolOutcome prompts = guest.call("list_prompts", Json::object());
  CHECK(member_at(prompts.value, "prompts").size() > 0);
  run(guest.io, guest.server->stop(LoopClock::now() + 10s));
}

TEST_CASE("server-filesystem reads what it is let to, and says no to the rest") {
  const TempFolder folder;
  folder.write("notes.txt", "written here");
  Guest guest(peer_settings("server-filesystem", {folder.path()}));
  guest.meet();
  const ToolOutcome read = guest.call("read_text_file", Json{{"path", folder.file("notes.txt")}});
  CHECK(read.outcome == Outcome::ok);
  CHECK(to_text(read.value).find("written here") != std::string::npos);
  const ToolOutcome refused = guest.call("read_text_file", Json{{"path", "/etc/passwd"}});
  CHECK(refused.outcome == Outcome::error);
}

TEST_CASE("server-memory keeps what it is told") {
  const TempFolder folder;
  mcp::ServerSettings settings = peer_settings("server-memory", {});
  settings.env["MEMORY_FILE_PATH"] = folder.file("memory.jsonl");
  Guest guest(std::move(settings));
  guest.meet();
  const Json ann = {{"name", "Ann"}, {"entityType", "person"}, {"observations", {"likes tea"}}};
  const ToolOutcome made = guest.call("create_entities", Json{{"entities", Json::array({ann})}});
  CHECK(made.outcome == Outcome::ok);
  const ToolOutcome all = guest.call("read_graph", Json::object());
  CHECK(to_text(all.value).find("likes tea") != std::string::npos);
}

TEST_CASE("a server that is killed in mid-call fails that call alone, and serves the next") {
  Guest guest(peer_settings("server-everything", {"stdio"}));
  guest.meet();
  const std::unique_ptr<Tool> slow = guest.tool("trigger-long-running-operation");
  REQUIRE(slow != nullptr);
  const long pid = guest.server->pid();
  REQUIRE(pid > 0);
  ToolRequest request;
  request.args = Json{{"duration", 60}, {"steps", 600}};
  request.deadline = LoopClock::now() + 60s;
  Started<ToolOutcome> started;
  started.on(guest.io, slow->call(std::move(request), guest.context));
  run_until(guest.io, [&] { return guest.context.progressed > 0; });
  ::kill(static_cast<pid_t>(pid), SIGKILL);
  run_until(guest.io, [&] { return started.ended(); });
  CHECK(started.value().outcome == Outcome::error);
  CHECK(started.value().message.find("not repeated") != std::string::npos);
  const ToolOutcome next = guest.call("echo", Json{{"message", "again"}});
  CHECK(next.value == "Echo: again");
  CHECK(guest.server->pid() != pid);
}

TEST_CASE("no server is left when its host is killed") {
  ProcessOptions options;
  const mcp::ServerSettings settings = peer_settings("server-everything", {"stdio"});
  options.args = {"--hold"};
  options.args.insert(options.args.end(), settings.command.begin(), settings.command.end());
  Process host(YOKE_MCP_CLIENT, options);
  const std::optional<std::string> line = host.line();
  REQUIRE(line.has_value());
  const pid_t server = std::atoi(line->c_str());
  INFO(*line);
  REQUIRE(server > 0);
  CHECK(is_running(server));
  host.signal(SIGKILL);
  host.wait();
  asio::io_context io{1};
  run_until(io, [&] { return !is_running(server); });
  CHECK_FALSE(is_running(server));
}

}  // namespace yoke::testing
