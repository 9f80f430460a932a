#include <catch2/catch.hpp>

#include "agents/loop_agent.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"
#include "tests/engine/machine_bench.h"

// A conversation that one agent hands to another.
namespace yoke {
namespace {

Part hands_to(const std::string& agent, const std::string& note = "") {
  Json args = Json::object();
  if (!note.empty()) args["note"] = note;
  return call("handoff:" + agent, std::move(args), "v-" + agent);
}

AgentSpec spec_named(const std::string& name) {
  AgentSpec spec;
  spec.name = name;
  spec.model = "lab/" + name;
  return spec;
}

// The desk and the bank, each of whom may hand over to the other.
class DeskAndBank final : public Family {
 public:
  DeskAndBank() {
    for (const auto& [tools, other] :
         {std::pair{&desk_tools, "bank"}, std::pair{&bank_tools, "desk"}}) {
      FakeTool& tool = tools->add("handoff:" + std::string(other), Effect::read);
      tool.change().agent = other;
    }
    desk_tools.add("desk.look", Effect::read);
    bank_tools.add("bank.pay", Effect::once);
  }
  std::vector<std::string> names() const override { return {"bank", "desk"}; }
  Result<Program> program(std::string_view agent) const override {
    if (agent != "bank" && agent != "desk") return Error{Errc::not_found, "no such agent"};
    Program program;
    program.agent = std::make_shared<const LoopAgent>(spec_named(std::string(agent)), nullptr);
    const FakeTools& own = agent == "bank" ? bank_tools : desk_tools;
    program.tools = std::shared_ptr<const ToolSet>(&own, [](const ToolSet*) {});
    program.source = Json{{"agent", agent}};
    // Borrowed: the world outlives its runs.
    program.family = std::shared_ptr<const Family>(this, [](const Family*) {});
    return program;
  }

  FakeTools desk_tools;
  FakeTools bank_tools;
};

std::string texts_of(const ModelRequest& request) {
  std::string all;
  for (const Message& message : request.messages) {
    all += std::string(message.role == Role::user ? "u:" : "a:") + text_of(message) + "\n";
  }
  return all;
}

struct HandoffWorld : EngineWorld {
  HandoffWorld() {
    programs.of_source = [this](const Json& source) {
      return *family.program(string_at(source, "agent"));
    };
    model.script = [this](const ModelRequest& request, int) {
      std::vector<FakeReply>& replies = of[request.target];
      if (replies.empty()) return says("nothing more from " + request.target);
      FakeReply next = replies.front();
      replies.erase(replies.begin());
      return next;
    };
  }
  StartRun for_agent(const std::string& agent, const std::string& task) {
    StartRun start = request(task);
    start.program = *family.program(agent);
    return start;
  }
  std::string begin(const std::string& agent, const std::string& task,
                    const std::string& session = "") {
    StartRun start = for_agent(agent, task);
    start.session = session;
    return create(std::move(start));
  }
  int asked(const std::string& target) const {
    int count = 0;
    for (const ModelRequest& each : model.requests) count += each.target == target ? 1 : 0;
    return count;
  }

  DeskAndBank family;
  std::map<std::string, std::vector<FakeReply>> of;  // replies, by model
};

TEST_CASE("whom a conversation is handed to sees it, has its own tools alone, and answers") {
  HandoffWorld world;
  world.family.desk_tools.at("desk.look").answer = [](const ToolRequest&) {
    ToolOutcome outcome;
    outcome.value = "a customer since 1999";
    return outcome;
  };
  world.of["lab/desk"] = {wants({call("desk.look", 1)}),
                          wants({TextPart{"That is for the bank."}, hands_to("bank", "be kind")})};
  world.of["lab/bank"] = {says("It is paid.", 30)};
  const std::string run = world.begin("desk", "Where is my money?");
  const RunEnd end = world.drive(run);
  CHECK(end.state.status == RunStatus::completed);
  CHECK(end.state.text == "It is paid.");
  CHECK(end.state.children_cost == 30);
  CHECK(end.state.handed == std::vector<std::string>{"bank"});
  CHECK(world.asked("lab/desk") == 2);
  REQUIRE(world.asked("lab/bank") == 1);
  const ModelRequest& shown = world.model.requests.back();
  const std::string texts = texts_of(shown);
  INFO(texts);
  CHECK(texts.starts_with("u:Where is my money?\na:let me see\nu:(What tools were called for"));
  CHECK(texts.find("a customer since 1999") != std::string::npos);
  CHECK(texts.find("That is for the bank.\n") != std::string::npos);
  CHECK(texts.ends_with("It says: be kind)\n"));
  CHECK(shown.messages.back().role == Role::user);
  for (const ToolSpec& tool : shown.tools) CHECK_FALSE(tool.name == "desk.look");
  const RunRow child = world.row(end.state.children.begin()->second.run_id);
  CHECK(child.agent == "bank");
  CHECK(child.parent_run == run);
  CHECK(child.status == RunStatus::completed);
}

TEST_CASE("a session goes on with whom its conversation was handed to, until another is named") {
  HandoffWorld world;
  world.of["lab/desk"] = {wants({hands_to("bank")}), says("the desk again")};
  world.of["lab/bank"] = {says("first"), says("second"), says("the bank itself")};
  CHECK(world.drive(world.begin("desk", "one", "s")).state.text == "first");
  const RunEnd second = world.drive(world.begin("desk", "two", "s"));
  CHECK(second.state.text == "second");
  CHECK(world.asked("lab/desk") == 1);
  const std::string texts = texts_of(world.model.requests.back());
  INFO(texts);
  CHECK(texts.find("u:one\n") != std::string::npos);
  CHECK(texts.find("a:first\nu:two\n") != std::string::npos);
  CHECK(texts.ends_with("u:two\n"));
  CHECK(second.state.handed == std::vector<std::string>{"bank"});
  CHECK(world.drive(world.begin("bank", "three", "s")).state.text == "the bank itself");
  CHECK(world.drive(world.begin("desk", "four", "s")).state.text == "the desk again");
}

TEST_CASE("a queued run of a session goes on with whom the conversation was handed to meanwhile") {
  HandoffWorld world;
  world.of["lab/desk"] = {wants({hands_to("bank")})};
  world.of["lab/bank"] = {says("first"), says("second")};
  const std::string first = world.begin("desk", "one", "s");
  StartRun start = world.for_agent("desk", "two");
  start.session = "s";
  start.on_busy = OnBusy::enqueue;
  const std::string second = world.create(std::move(start));
  CHECK(world.drive(first).state.text == "first");
  CHECK(world.drive(second).state.text == "second");
  CHECK(world.asked("lab/desk") == 1);
}

TEST_CASE("who is handed the conversation back has it, and the session is with it again") {
  HandoffWorld world;
  world.of["lab/desk"] = {wants({hands_to("bank")}), says("back at the desk"), says("still here")};
  world.of["lab/bank"] = {wants({hands_to("desk")})};
  const RunEnd end = world.drive(world.begin("desk", "one", "s"));
  CHECK(end.state.text == "back at the desk");
  CHECK(end.state.handed.empty());
  CHECK(world.drive(world.begin("desk", "two", "s")).state.text == "still here");
}

TEST_CASE("agents that hand a conversation to and fro are stopped by the depth they may go") {
  HandoffWorld world;
  world.model.script = [](const ModelRequest& request, int) {
    const Message& last = request.messages.back();
    if (last.role == Role::tool) return says("I keep it");
    return wants({hands_to(request.target == "lab/desk" ? "bank" : "desk")});
  };
  const std::string run = world.begin("desk", "one");
  const RunEnd end = world.drive(run);
  CHECK(end.state.text == "I keep it");
  int runs = 0;
  for (const auto& [id, each] : world.disk->tables().runs) runs += each.row.run_id.empty() ? 0 : 1;
  CHECK(runs == 1 + spec_named("desk").depth_max);
}

TEST_CASE("a conversation is handed over once all else is back, and to one agent alone") {
  HandoffWorld world;
  world.family.desk_tools.at("desk.look").delay = [](const ToolRequest&) {
    return std::chrono::seconds(5);
  };
  world.family.desk_tools.add("handoff:nobody", Effect::read).change().agent = "nobody";
  world.of["lab/desk"] = {
      wants({hands_to("bank"), call("desk.look", 1, "v2"), hands_to("nobody")})};
  world.of["lab/bank"] = {says("done")};
  const std::string run = world.begin("desk", "one");
  CHECK(world.drive(run).state.text == "done");
  const std::string kinds = world.kinds(run);
  INFO(kinds);
  CHECK(kinds.find("child.started") > kinds.find("tool.returned c3.1"));
  const RunState state = world.state(run);
  CHECK(state.find_call("c3.2")->message.find("to one agent alone") != std::string::npos);
  CHECK(texts_of(world.model.requests.back()).find("desk.look") != std::string::npos);
}

TEST_CASE("a handoff that comes to nothing is told to the model, which goes on") {
  HandoffWorld world;
  world.of["lab/desk"] = {wants({hands_to("bank")}), says("I do it myself"), says("and again")};
  world.of["lab/bank"] = {breaks(FailureClass::client, "no")};
  const RunEnd end = world.drive(world.begin("desk", "one", "s"));
  CHECK(end.state.text == "I do it myself");
  CHECK(end.state.handed.empty());
  CHECK(world.drive(world.begin("desk", "two", "s")).state.text == "and again");
}

TEST_CASE("policy decides whether a conversation may be handed over") {
  HandoffWorld world;
  world.policy.rules["handoff:bank"] = PolicyDecision{Verdict::deny, "deny handoff:*"};
  world.of["lab/desk"] = {wants({hands_to("bank")}), says("I may not")};
  CHECK(world.drive(world.begin("desk", "one")).state.text == "I may not");
  CHECK(world.asked("lab/bank") == 0);
}

TEST_CASE("a crash at any event of a handoff leaves one run of the other agent and one answer") {
  for (int at = 1; at <= 10; ++at) {
    CAPTURE(at);
    HandoffWorld world;
    world.model.script = [](const ModelRequest& request, int) {
      return request.target == "lab/desk" ? wants({hands_to("bank")}) : says("answered");
    };
    const std::string run = world.begin("desk", "one");
    int events = 0;
    world.hook = [&](const MemoryOp&) {
      MemoryFate fate;
      if (++events == at) fate.kind = MemoryFate::Kind::crash_after;
      return fate;
    };
    world.start_driving(run);
    world.advance(std::chrono::seconds(5));
    world.hook = nullptr;
    world.crash();
    const RunEnd end = world.drive(run);
    CHECK(end.state.text == "answered");
    int children = 0;
    for (const auto& [id, each] : world.disk->tables().runs) {
      children += each.row.parent_run == run ? 1 : 0;
    }
    CHECK(children == 1);
  }
}

TEST_CASE("a run that was handed over is decided again the same from its journal") {
  HandoffWorld world;
  world.of["lab/desk"] = {wants({hands_to("bank", "n")})};
  world.of["lab/bank"] = {says("one"), says("two")};
  const std::string first = world.begin("desk", "one", "s");
  world.drive(first);
  const std::string second = world.begin("desk", "two", "s");
  world.drive(second);
  for (const std::string& run : {first, second}) {
    const std::vector<Record> records = world.get(read_records(world.node().store(), run)).value();
    const Program program = *world.family.program("desk");
    const ReplayReport report =
        replay_run(world.row(run), records, program, world.state(run).prior);
    CHECK(report.differs_at == 0);
    CHECK(report.replayed == "");
    CHECK(report.chain_matches);
  }
}

}  // namespace
}  // namespace yoke
