#include "runtime/engine/hooking.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

// An operator's hooks as the engine asks them.
namespace yoke {
namespace {

// Answers as the test says, by point.
class SaidHooks final : public RunHooks {
 public:
  bool has(HookPoint point, std::string_view) const override { return answers.contains(point); }
  awaitable<HookAnswer> ask(HookEvent event, CallContext&) override {
    seen.push_back(event);
    HookAnswer answer = answers.at(event.on)(event);
    answer.hook = std::string(name_of(event.on)) + " 1";
    HookRun run;
    run.hook = answer.hook;
    run.verdict = name_of(answer.verdict);
    run.why = answer.why;
    if (answer.args) run.changed["args"] = *answer.args;
    answer.runs.push_back(run);
    co_return answer;
  }

  std::map<HookPoint, std::function<HookAnswer(const HookEvent&)>> answers;
  std::vector<HookEvent> seen;
};

HookAnswer says_verdict(HookVerdict verdict, const std::string& why = "") {
  HookAnswer answer;
  answer.verdict = verdict;
  answer.why = why;
  return answer;
}

class HookedTools final : public ToolSet, public RunExtras {
 public:
  HookedTools(const ToolSet& tools, RunHooks& hooks) : tools_(tools), hooks_(hooks) {}
  Tool* find(std::string_view name) const override { return tools_.find(name); }
  std::vector<const ToolSpec*> list() const override { return tools_.list(); }
  RunHooks* hooks() const override { return &hooks_; }

 private:
  const ToolSet& tools_;
  RunHooks& hooks_;
};

struct HookedWorld {
  HookedWorld() {
    world.tools.add("a.x", Effect::once);
    world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
  }
  StartRun request(const std::string& task) {
    StartRun start = world.request(task);
    start.program.tools = std::make_shared<const HookedTools>(world.tools, hooks);
    world.programs.program = start.program;
    return start;
  }
  std::string run(const std::string& task = "go") {
    const std::string id = world.create(request(task));
    end = world.drive(id);
    return id;
  }
  void answer(HookPoint on, HookAnswer said) {
    hooks.answers[on] = [said](const HookEvent&) { return said; };
  }
  std::string ran(const std::string& id) {
    std::string out;
    for (const Event& event : world.events(id)) {
      if (event.kind != EventKind::hook_ran) continue;
      if (!out.empty()) out += ", ";
      out += string_at(event.fields, "on") + " " + event.call_id + " " +
             string_at(event.fields, "verdict");
    }
    return out;
  }
  void check_replays(const std::string& id) {
    const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
    const ReplayReport report =
        replay_run(world.row(id), records, world.programs.program, world.state(id).prior);
    CAPTURE(report.recorded, report.replayed, world.kinds(id));
    CHECK(report.differs_at == 0);
    CHECK(report.chain_matches);
  }

  EngineWorld world;
  SaidHooks hooks;
  RunEnd end;
};

TEST_CASE("hooks are asked at their points in order, and each is on record") {
  HookedWorld hooked;
  for (const HookPoint on : kHookPoints) hooked.answer(on, says_verdict(HookVerdict::none));
  const std::string id = hooked.run();
  CHECK(hooked.end.state.status == RunStatus::completed);
  const std::string reply = hooked.world.state(id).turns.at(0).calls.at(0);
  CHECK(hooked.ran(id) ==
        "SessionStart  none, UserPromptSubmit  none, PreModelCall m1 none, "
        "PostModelCall m1 none, PreToolUse " +
            reply + " none, PostToolUse " + reply +
            " none, PreModelCall m2 none, PostModelCall m2 none, Stop  none");
  const auto pre = std::find_if(hooked.hooks.seen.begin(), hooked.hooks.seen.end(),
                                [](const HookEvent& e) { return e.on == HookPoint::pre_tool_use; });
  REQUIRE(pre != hooked.hooks.seen.end());
  CHECK(pre->details ==
        Json{{"tool_name", "a.x"}, {"tool_input", {{"n", 1}}}, {"tool_use_id", reply}});
  hooked.check_replays(id);
}

TEST_CASE("a call that a hook denies is not made, and the model reads why") {
  for (const HookVerdict verdict : {HookVerdict::deny, HookVerdict::ask}) {
    HookedWorld hooked;
    hooked.answer(HookPoint::pre_tool_use, says_verdict(verdict, "not today"));
    const std::string id = hooked.run();
    CHECK(hooked.end.state.status == RunStatus::completed);
    CHECK(hooked.world.tools.at("a.x").started.empty());
    const RunState state = hooked.world.state(id);
    const CallState* call = state.find_call(state.turns.at(0).calls.at(0));
    CHECK(call->outcome == Outcome::denied);
    CHECK(call->message.ends_with("not today"));
    hooked.check_replays(id);
  }
}

TEST_CASE("arguments that a hook changed are those of the call, checked by policy once more") {
  HookedWorld hooked;
  HookAnswer edit;
  edit.args = Json{{"n", 7}};
  hooked.answer(HookPoint::pre_tool_use, edit);
  const std::string id = hooked.run();
  CHECK(hooked.world.tools.at("a.x").started.at(0).args == Json{{"n", 7}});
  CHECK(hooked.world.policy.queries.back().args == Json{{"n", 7}});
  const RunState state = hooked.world.state(id);
  CHECK(state.find_call(state.turns.at(0).calls.at(0))->args == Json{{"n", 1}});  // as wanted
  hooked.check_replays(id);
  HookedWorld forbidden;
  forbidden.answer(HookPoint::pre_tool_use, edit);
  forbidden.hooks.answers[HookPoint::pre_tool_use] = [&](const HookEvent&) {
    forbidden.world.policy.rules["a.x"] = PolicyDecision{Verdict::deny, "deny a.x"};
    return edit;
  };
  forbidden.run();
  CHECK(forbidden.world.tools.at("a.x").started.empty());
}

TEST_CASE("what a hook says after a call stands beside the result") {
  HookedWorld hooked;
  hooked.world.tools.at("a.x").answer = [](const ToolRequest&) {
    ToolOutcome outcome;
    outcome.value = 5;
    return outcome;
  };
  hooked.answer(HookPoint::post_tool_use, says_verdict(HookVerdict::deny, "look again"));
  const std::string id = hooked.run();
  const RunState state = hooked.world.state(id);
  CHECK(state.find_call(state.turns.at(0).calls.at(0))->value ==
        Json{{"result", 5}, {"hook", "look again"}});
}

TEST_CASE("a hook that stops ends the run, with its words") {
  for (const HookPoint on : {HookPoint::pre_tool_use, HookPoint::post_tool_use,
                             HookPoint::pre_model_call, HookPoint::post_model_call}) {
    HookedWorld hooked;
    hooked.answer(on, says_verdict(HookVerdict::stop, "enough"));
    const std::string id = hooked.run();
    INFO(name_of(on));
    CHECK(hooked.end.state.status == RunStatus::failed);
    CHECK(hooked.end.state.reason == "hook.stopped");
    CHECK(hooked.end.state.text ==
          "the hook '" + std::string(name_of(on)) + " 1' stops the run: enough");
    hooked.check_replays(id);
  }
}

TEST_CASE("a hook that denies a model call ends the run before anything is asked or paid") {
  HookedWorld hooked;
  hooked.answer(HookPoint::pre_model_call, says_verdict(HookVerdict::deny, "night"));
  hooked.run();
  CHECK(hooked.world.model.requests.empty());
  CHECK(hooked.end.state.reason == "model.content");
  CHECK(hooked.end.state.text == "the hook 'PreModelCall 1' denies it: night");
}

TEST_CASE("a prompt that a hook blocks starts no run, and what one adds stands below the task") {
  HookedWorld hooked;
  HookAnswer add;
  add.context = "It is Monday.";
  hooked.answer(HookPoint::user_prompt_submit, add);
  const std::string id = hooked.run("plan the week");
  CHECK(hooked.world.state(id).task == "plan the week\n\nIt is Monday.");
  hooked.answer(HookPoint::user_prompt_submit, says_verdict(HookVerdict::deny, "too vague"));
  const Result<Created> created =
      hooked.world.get(hooked.world.engine().create(hooked.request("do it")));
  REQUIRE_FALSE(created.has_value());
  CHECK(created.error().code == Errc::denied);
  CHECK(created.error().detail ==
        "no run is started: the hook 'UserPromptSubmit 1' denies it: too vague");
}

TEST_CASE("what a hook says at the end is on record, and the answer stands") {
  HookedWorld hooked;
  hooked.answer(HookPoint::stop, says_verdict(HookVerdict::deny, "go on"));
  const std::string id = hooked.run();
  CHECK(hooked.end.state.status == RunStatus::completed);
  CHECK(hooked.ran(id) == "Stop  deny");
  hooked.check_replays(id);
}

}  // namespace
}  // namespace yoke
