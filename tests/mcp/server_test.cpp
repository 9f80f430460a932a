#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/ports/call_wants.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/mcp/server.h"

namespace yoke::mcp {
namespace {

using namespace std::chrono_literals;

// Answers what it is asked, and keeps what it was told.
class Person final : public CallContext {
 public:
  void progress(double done, double, std::string_view) override { progressed = done; }
  void log(std::string_view, std::string_view text) override { logged += text; }
  awaitable<CallAnswer> ask(CallQuestion question) override {
    asked = question.body;
    CallAnswer answer;
    answer.action = CallAnswer::Action::accept;
    answer.value = Json{{"name", "Ann"}};
    co_return answer;
  }

  double progressed = 0;
  std::string logged;
  std::string asked;
};

struct Met {
  explicit Met(const std::string& mode, ToolPins take = {}) : pins(std::move(take)) {
    ServerSettings settings;
    settings.name = "fake";
    settings.command = {YOKE_FAKE_MCP_SERVER, mode, file()};
    settings.dir = "/";
    settings.roots = {{"file:///somewhere", "somewhere"}};
    McpServer::Services services;
    services.executor = io.get_executor();
    services.client = {"yoke", "test"};
    server = std::make_unique<McpServer>(std::move(services), settings, std::nullopt);
    if (!pins) pins = [](const std::string&, const std::string&) { return std::string(); };
  }

  std::string file() const { return folder.file("heard"); }
  std::string heard() const {
    std::ifstream in(file());
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  Result<void> meet() { return run(io, server->meet(LoopClock::now() + 60s)); }
  std::vector<std::unique_ptr<Tool>> tools() {
    std::vector<std::string> problems;
    return tools_of(*server, pins, problems);
  }
  ToolOutcome call(Tool& tool, std::chrono::milliseconds within = 60s) {
    ToolRequest request;
    request.tool = tool.spec().name;
    request.args = Json{{"say", "hi"}};
    request.deadline = LoopClock::now() + within;
    return run(io, tool.call(std::move(request), person));
  }

  testing::TempFolder folder;
  asio::io_context io{1};
  ToolPins pins;
  std::unique_ptr<McpServer> server;
  Person person;
};

TEST_CASE("a server of either era is met, and its tool called") {
  const std::string mode = GENERATE("modern", "legacy", "legacy-exits");
  Met met(mode);
  REQUIRE(met.meet().has_value());
  CHECK(met.server->memory()->self.era == (mode == "modern" ? Era::modern : Era::legacy));
  const auto tools = met.tools();
  REQUIRE(tools.size() == 1);
  CHECK(tools[0]->spec().name == "mcp:fake.echo");
  CHECK(tools[0]->spec().effect == Effect::once);
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == R"({"say":"hi"})");
  CHECK(out.label.integrity == Label::Integrity::untrusted);
  CHECK(met.person.progressed == 1);
}

TEST_CASE(
    "a call whose server dies fails by itself and is not repeated, and the next starts it again") {
  Met met("dies");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome first = met.call(*tools[0]);
  CHECK(first.outcome == Outcome::error);
  CHECK(first.message.find("not repeated") != std::string::npos);
  const std::string heard = met.heard();
  const std::size_t called = heard.find("tools/call");
  REQUIRE(called != std::string::npos);
  CHECK(heard.find("tools/call", called + 1) == std::string::npos);
  CHECK_FALSE(met.server->is_met());
  CHECK(met.meet().has_value());
  CHECK(met.server->is_met());
}

TEST_CASE("a call that is not answered in time ends as timed out, and the server is told") {
  Met met("silent");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0], 2s);
  CHECK(out.outcome == Outcome::timeout);
  run(met.io, met.server->stop(LoopClock::now() + 10s));
  CHECK(met.heard().find("notifications/cancelled") != std::string::npos);
}

TEST_CASE("a server that says a line without an end is ended") {
  Met met("endless");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::error);
  CHECK(out.message.find("16 MiB") != std::string::npos);
  CHECK_FALSE(met.server->is_met());
}

TEST_CASE("answers to what was never asked, and lines that are no messages, change nothing") {
  Met met("confuses");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == R"({"say":"hi"})");
}

TEST_CASE("a tool that says something else of itself by now is not called") {
  Met met("changes");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const auto relisted = run(met.io, met.server->relist(LoopClock::now() + 60s));
  REQUIRE(relisted.has_value());
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::denied);
  CHECK(out.message.find("yoke mcp check fake") != std::string::npos);
  CHECK(met.heard().find("tools/call") == std::string::npos);
}

TEST_CASE("a tool that nobody has taken is not called") {
  const ToolPins never = [](const std::string& tool, const std::string&) { return tool + " no"; };
  Met met("modern", never);
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::denied);
  CHECK(out.label.integrity == Label::Integrity::trusted);
  CHECK(met.heard().find("tools/call") == std::string::npos);
}

TEST_CASE("what a server says while it cannot be met is untrusted, as all its words are") {
  Met met("modern");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  run(met.io, met.server->stop(LoopClock::now() + 10s));
  std::ofstream(met.file() + ".turned");
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::not_started);
  CHECK_THAT(out.message, Catch::Contains("obey me"));
  CHECK(out.label.integrity == Label::Integrity::untrusted);
}

TEST_CASE("a server that wants a person's words gets them, and its call goes on with its state") {
  Met met("asks");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::ok);
  CHECK(met.person.asked == "Who?");
  const std::string heard = met.heard();
  CHECK(heard.find(R"("inputResponses":{"who":{"action":"accept","content":{"name":"Ann"}}})") !=
        std::string::npos);
  CHECK(heard.find(R"("requestState":"s1")") != std::string::npos);
}

TEST_CASE("a legacy server that asks in the middle of a call is answered on the same streams") {
  Met met("legacy-asks");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == R"([{"name":"somewhere","uri":"file:///somewhere"}])");
}

TEST_CASE("a call that becomes a task is followed to its end") {
  Met met("task");
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == "done at last");
}

TEST_CASE("a secret that a server was given comes back neither in a result nor in its log") {
  Met met("modern");
  ServerSettings settings;
  settings.name = "fake";
  settings.command = {YOKE_FAKE_MCP_SERVER, "tells"};
  settings.dir = "/";
  settings.env = {{"TOKEN", "tide\"4711"}};
  settings.secrets.emplace_back("tide\"4711");
  settings.log_file = met.folder.file("log");
  McpServer::Services services;
  services.executor = met.io.get_executor();
  met.server = std::make_unique<McpServer>(std::move(services), settings, std::nullopt);
  REQUIRE(met.meet().has_value());
  const auto tools = met.tools();
  const ToolOutcome out = met.call(*tools[0]);
  REQUIRE(out.outcome == Outcome::ok);
  CHECK_THAT(out.value.get<std::string>(), Catch::Contains("token [secret"));
  CHECK_THAT(out.value.get<std::string>(), !Catch::Contains("4711"));
  run(met.io, met.server->stop(LoopClock::now() + 10s));
  std::ifstream in(settings.log_file);
  std::stringstream log;
  log << in.rdbuf();
  CHECK_THAT(log.str(), Catch::Contains("the token is [secret"));
  CHECK_THAT(log.str(), !Catch::Contains("4711"));
}

TEST_CASE("a program that is not there is told by its name") {
  Met met("modern");
  ServerSettings settings;
  settings.name = "gone";
  settings.command = {"/no/such/program"};
  settings.dir = "/";
  McpServer::Services services;
  services.executor = met.io.get_executor();
  McpServer server(std::move(services), settings, std::nullopt);
  const Result<void> failed = run(met.io, server.meet(LoopClock::now() + 60s));
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().detail.find("/no/such/program") != std::string::npos);
}

TEST_CASE("what is remembered of a server gives its tools without starting it") {
  Met met("modern");
  REQUIRE(met.meet().has_value());
  ServerMemory memory = *met.server->memory();
  std::filesystem::remove(met.file());
  McpServer::Services services;
  services.executor = met.io.get_executor();
  McpServer later(std::move(services), met.server->settings(), memory);
  std::vector<std::string> problems;
  CHECK(tools_of(later, met.pins, problems).size() == 1);
  CHECK_FALSE(later.is_met());
  CHECK(met.heard().empty());
}

}  // namespace
}  // namespace yoke::mcp
