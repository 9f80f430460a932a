#include <signal.h>

#include <catch2/catch.hpp>
#include <functional>

#include "tests/hook/hook_world.h"
#include "tests/support/temp_project.h"

// `yoke mcp serve` where another process holds the store.
namespace yoke::testing {
namespace {

constexpr const char* kFarNap = R"lua(return workflow {
  name = "nap", description = "Sleeps.",
  run = function(w) w.sleep(600) return "slept" end,
}
)lua";
constexpr const char* kFarAsk = R"lua(return workflow {
  name = "colour", description = "Asks.",
  run = function(w)
    local said = w.tool("client.elicit", { message = "Which colour?", key = "colour",
      schema = { type = "object", properties = { name = { type = "string" } } } })
    return "it is " .. said.content.name
  end,
}
)lua";

class FarProject : public TempProject {
 public:
  FarProject() : TempProject(YOKE_PROGRAM) {
    write_hook_project(*this, "[serve.mcp]\ntools = [\"words.*\"]\n");
    write("workflows/nap.lua", kFarNap);
    write("workflows/colour.lua", kFarAsk);
  }

  std::unique_ptr<Process> piped() const {
    ProcessOptions how = options(Args{"mcp", "serve"});
    how.talks = true;
    return std::make_unique<Process>(YOKE_PROGRAM, how);
  }
  std::unique_ptr<Process> served() const {
    const Args args{"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1", YOKE_PROGRAM};
    auto process = std::make_unique<Process>("/bin/sh", options(args));
    process->wait_for("ready on ");
    return process;
  }
};

// One era's client at the pipe of a `yoke mcp serve`.
class FarClient {
 public:
  FarClient(std::unique_ptr<Process> yoke, bool modern) : yoke_(std::move(yoke)), modern_(modern) {
    if (modern_) return;
    const Json can{{"elicitation", Json::object()}};
    ask("hello", "initialize", {{"protocolVersion", "2025-11-25"}, {"capabilities", can}});
    answer_to("hello");
    say(Json{{"method", "notifications/initialized"}});
  }

  Process& yoke() { return *yoke_; }

  void say(Json message) {
    message["jsonrpc"] = "2.0";
    yoke_->type(to_text(message) + "\n");
  }
  void ask(const Json& id, const std::string& method, Json params = Json::object()) {
    if (modern_) {
      params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
      params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = Json::object();
    }
    say(Json{{"id", id}, {"method", method}, {"params", params}});
  }
  void call(const Json& id, const std::string& tool, Json arguments = Json::object()) {
    ask(id, "tools/call",
        {{"name", tool}, {"arguments", arguments}, {"_meta", {{"progressToken", id}}}});
  }
  Json next(const std::function<bool(const Json&)>& is_it) {
    for (;;) {
      const std::optional<std::string> text = yoke_->line();
      if (!text) throw Fault("the pipe has ended: " + yoke_->wait().err);
      const Result<Json> message = parse_json(*text);
      if (message && is_it(*message)) return *message;
    }
  }
  Json answer_to(const Json& id) {
    return next(
        [&](const Json& each) { return member_at(each, "id") == id && !each.contains("method"); });
  }
  Json next_named(const std::string& method) {
    return next([&](const Json& each) { return string_at(each, "method") == method; });
  }
  std::int64_t count(const Json& id, const std::string& text) {
    call(id, "words.count", {{"text", text}});
    return integer_at(answer_to(id)["result"]["structuredContent"], "words");
  }
  int leave() {
    yoke_->close_input();
    return yoke_->wait().status;
  }

 private:
  std::unique_ptr<Process> yoke_;
  const bool modern_;
};

constexpr int kLooksMax = 600;

// Until the list of runs says it.
void wait_for_run(const TempProject& project, const std::string& text) {
  for (int looks = 0; looks < kLooksMax; ++looks) {
    if (project.yoke(Args{"runs", "list"}).out.find(text) != std::string::npos) return;
  }
  throw Fault("no run is " + text);
}

}  // namespace

TEST_CASE("a second `yoke mcp serve` is answered by the first, in both eras") {
  const FarProject project;
  FarClient first(project.piped(), true);
  CHECK(first.count(1, "a b c") == 3);
  FarClient legacy(project.piped(), false);
  FarClient modern(project.piped(), true);
  CHECK(legacy.count(1, "a b") == 2);
  CHECK(modern.count(1, "a b c d") == 4);
  CHECK(first.count(2, "a") == 1);
  CHECK(legacy.leave() == 0);
  CHECK(modern.leave() == 0);
  CHECK(first.leave() == 0);
}

TEST_CASE("beside a running yoke serve, a pipe's calls are runs of its") {
  const FarProject project;
  const std::unique_ptr<Process> served = project.served();
  FarClient client(project.piped(), true);
  CHECK(client.count(1, "a b c") == 3);
  client.ask(2, "tools/list");
  CHECK_FALSE(client.answer_to(2)["result"]["tools"].empty());
  CHECK(client.leave() == 0);
}

TEST_CASE("what a far run asks is put to the client, and goes on with its answer") {
  const FarProject project;
  const std::unique_ptr<Process> served = project.served();
  FarClient client(project.piped(), false);
  client.call(1, "colour");
  const Json question = client.next_named("elicitation/create");
  CHECK(question["params"]["message"] == "Which colour?");
  client.say(Json{{"id", question["id"]},
                  {"result", {{"action", "accept"}, {"content", {{"name", "green"}}}}}});
  CHECK(client.answer_to(1)["result"]["content"][0]["text"] == "it is green");
  CHECK(client.leave() == 0);
}

TEST_CASE("a far call that its client takes back is cancelled") {
  const FarProject project;
  const std::unique_ptr<Process> served = project.served();
  FarClient client(project.piped(), false);
  client.call(1, "nap");
  wait_for_run(project, "waiting");
  client.say(Json{{"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}});
  wait_for_run(project, "cancelled");
  CHECK(client.count(2, "still there") == 2);
  CHECK(client.leave() == 0);
}

TEST_CASE("a far client that is killed takes its call along") {
  const FarProject project;
  const std::unique_ptr<Process> served = project.served();
  FarClient client(project.piped(), false);
  client.call(1, "nap");
  wait_for_run(project, "waiting");
  client.yoke().signal(SIGKILL);
  wait_for_run(project, "cancelled");
}

TEST_CASE("when who answers is killed in mid-call, the client hears of it, and is served on") {
  for (const bool modern : {false, true}) {
    const FarProject project;
    FarClient first(project.piped(), true);
    CHECK(first.count(1, "a") == 1);
    FarClient second(project.piped(), modern);
    CHECK(second.count(1, "a b") == 2);
    second.call(2, "nap");
    wait_for_run(project, "waiting");
    first.yoke().signal(SIGKILL);
    const Json lost = second.answer_to(2);
    CHECK(lost["error"]["message"].get<std::string>().find("yoke runs list") != std::string::npos);
    CHECK(second.count(3, "a b c") == 3);  // it has the store now
    FarClient third(project.piped(), modern);
    CHECK(third.count(1, "a b c d") == 4);
    CHECK(third.leave() == 0);
    CHECK(second.leave() == 0);
  }
}

TEST_CASE("when the first client leaves, the second goes on, with what it follows") {
  const FarProject project;
  FarClient first(project.piped(), true);
  CHECK(first.count(1, "a") == 1);
  FarClient second(project.piped(), true);
  second.ask("listening", "subscriptions/listen",
             {{"notifications", {{"toolsListChanged", true}}}});
  second.next_named("notifications/subscriptions/acknowledged");
  CHECK(first.leave() == 0);
  CHECK(second.count(2, "a b") == 2);
  project.write(
      "workflows/late.lua",
      "return workflow { name = \"late\", description = \"New.\", run = function() return "
      "1 end }\n");
  const Json news = second.next_named("notifications/tools/list_changed");
  CHECK(news["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "listening");
  CHECK(second.leave() == 0);
}

TEST_CASE("a yoke of another project that has the store says so, and the client hears it") {
  const FarProject project;
  FarClient first(project.piped(), true);
  CHECK(first.count(1, "a") == 1);
  const FarProject other;
  ProcessOptions how =
      other.options(Args{"--store", "sqlite:" + project.file(".yoke/yoke.db"), "mcp", "serve"});
  const Ended ended = other.yoke(how);
  CHECK(ended.status != 0);
  CHECK(ended.err.find("works in the project " + project.path()) != std::string::npos);
  CHECK(ended.out.empty());
  CHECK(first.leave() == 0);
}

}  // namespace yoke::testing
