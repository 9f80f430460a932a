#include <catch2/catch.hpp>

#include "runtime/journal/history.h"
#include "tests/support/told_run.h"

namespace yoke {
namespace {

using Places = std::vector<std::string>;

// A run whose script "s" has just begun.
ToldRun with_script() {
  ToldRun run;
  run.add(EventKind::script_started, "s",
          Json{{"script", "ab"}, {"name", "weekly"}, {"source", "…"}, {"input", Json{{"n", 1}}}},
          1);
  return run;
}

void want(ToldRun& run, const std::string& place, const std::string& kind, Json args) {
  run.add(EventKind::script_wanted, "s",
          Json{{"place", place}, {"want", kind}, {"args", std::move(args)}});
}

const ScriptState& script_of(const ToldRun& run) { return run.state.scripts.at("s"); }

std::string refusal(const ToldRun& run, EventKind kind, const std::string& call, Json fields) {
  Event event;
  event.kind = kind;
  event.seq = run.state.seq + 1;
  event.call_id = call;
  event.fields = std::move(fields);
  const Result<void> checked = check_pairing(run.state, event);
  return checked ? "" : checked.error().detail;
}

TEST_CASE("what a script wants is answered in the journal's order, not in that of the wants") {
  ToldRun run = with_script();
  want(run, "1", "tool", Json{{"tool", "a.x"}});
  want(run, "2", "sleep", Json{{"us", 5}});
  want(run, "3", "ask", Json{{"title", "Well?"}});
  CHECK(script_of(run).open == Places{"1", "2", "3"});
  run.add(EventKind::tool_called, "s/1", ToldRun::tool_fields("a.x", Effect::read, 0), 1);
  run.add(EventKind::timer_set, "", Json{{"timer", "s/2"}, {"due", 9}});
  run.add(
      EventKind::question_asked, "s/3",
      Json{
          {"question", "s/3"}, {"title", "Well?"}, {"choices", Json::array()}, {"purpose", "ask"}});
  CHECK(script_of(run).completions.empty());
  run.add(EventKind::question_answered, "s/3",
          Json{{"question", "s/3"}, {"value", "yes"}, {"by", "ann"}});
  run.add(EventKind::timer_fired, "", Json{{"timer", "s/2"}});
  run.tool_returned("s/1", 7);
  CHECK(script_of(run).completions == Places{"3", "2", "1"});
  CHECK(script_of(run).open.empty());
}

TEST_CASE("a caller's answer is a script's only when the call that it is for has closed") {
  ToldRun run = with_script();
  want(run, "1", "tool", Json{{"tool", "client.look"}});
  run.add(EventKind::tool_called, "s/1",
          Json{{"tool", "client.look"},
               {"args", Json::object()},
               {"effect", "once"},
               {"key", "r/s/1"},
               {"caller", true},
               {"called_by", "s/1"}});
  run.add(EventKind::question_asked, "s/1",
          Json{{"question", "s/1"},
               {"title", "Call client.look"},
               {"purpose", "tool"},
               {"choices", Json::array()}});
  run.add(EventKind::question_answered, "s/1",
          Json{{"question", "s/1"}, {"value", Json{{"seen", 7}}}, {"by", "ann"}});
  CHECK(script_of(run).completions.empty());
  run.add(EventKind::tool_returned, "s/1", Json{{"outcome", "ok"}, {"value", Json{{"seen", 7}}}},
          1);
  CHECK(script_of(run).completions == Places{"1"});
}

TEST_CASE("a place in a script is wanted once, and only while the script runs") {
  ToldRun run = with_script();
  const Json fields{{"place", "1"}, {"want", "now"}, {"args", Json::object()}};
  want(run, "1", "now", Json::object());
  CHECK(refusal(run, EventKind::script_wanted, "s", fields) ==
        "script.wanted s: wants something at 1 again");
  CHECK(refusal(run, EventKind::script_wanted, "other", fields) ==
        "script.wanted other: concerns no open script");
  run.add(EventKind::script_returned, "s", Json{{"outcome", "ok"}, {"value", 3}}, 1);
  CHECK(refusal(run, EventKind::script_wanted, "s", Json{{"place", "2"}, {"want", "now"}}) ==
        "script.wanted s: concerns a call that has ended");
  CHECK(run.state.find_call("s")->value == 3);
}

TEST_CASE("a script is not closed by the result of a tool, nor a child by that of a script") {
  ToldRun run = with_script();
  CHECK(refusal(run, EventKind::tool_returned, "s", Json{{"outcome", "ok"}}) ==
        "tool.returned s: closes a call of another kind");
  CHECK(refusal(run, EventKind::child_finished, "s", Json{{"child", "r2"}, {"outcome", "ok"}}) ==
        "child.finished s: closes a call of another kind");
  CHECK(refusal(run, EventKind::run_completed, "", Json{{"text", "x"}}) ==
        "run.completed : call s is still open");
}

TEST_CASE("a signal goes to one script want of its name, whichever of the two comes first") {
  ToldRun run = with_script();
  const auto signal = [&run](const char* name, Json value) {
    run.add(EventKind::signal_received, "",
            Json{{"name", name}, {"value", std::move(value)}, {"by", "ann"}});
  };
  signal("go", 1);
  signal("go", 2);
  want(run, "1", "signal", Json{{"name", "go"}});
  CHECK(script_of(run).wants.at("1").value == 1);
  want(run, "2", "signal", Json{{"name", "stop"}});
  want(run, "3", "signal", Json{{"name", "go"}});
  want(run, "4", "signal", Json{{"name", "go"}});
  CHECK(script_of(run).wants.at("3").value == 2);
  CHECK(script_of(run).completions == Places{"1", "3"});
  signal("go", 3);
  CHECK(script_of(run).completions == Places{"1", "3", "4"});
  CHECK(run.state.signals.size() == 3);
}

TEST_CASE("a signal that was meant for a want that is dropped goes to the next one of its name") {
  ToldRun run = with_script();
  const auto signal = [&run](Json value) {
    run.add(EventKind::signal_received, "",
            Json{{"name", "go"}, {"value", std::move(value)}, {"by", "ann"}});
  };
  want(run, "1.1", "now", Json::object());
  want(run, "1.2", "signal", Json{{"name", "go"}});
  signal(1);
  signal(2);
  want(run, "1.2x", "drop", Json{{"of", "1.2"}});
  CHECK_FALSE(run.state.signals.at(0).taken);
  want(run, "2", "signal", Json{{"name", "go"}});
  want(run, "3", "signal", Json{{"name", "go"}});
  CHECK(script_of(run).wants.at("2").value == 1);
  CHECK(script_of(run).wants.at("3").value == 2);
  CHECK(script_of(run).completions == Places{"1.2", "2", "3"});
}

TEST_CASE("a signal that a dropped want gives back goes to a script that waits for it already") {
  ToldRun run = with_script();
  want(run, "1", "signal", Json{{"name", "go"}});
  want(run, "2", "signal", Json{{"name", "go"}});
  run.add(EventKind::signal_received, "", Json{{"name", "go"}, {"value", 7}, {"by", "ann"}});
  want(run, "1x", "drop", Json{{"of", "1"}});
  CHECK(script_of(run).wants.at("2").value == 7);
  CHECK(script_of(run).completions == Places{"1", "2"});
}

TEST_CASE("a run is as untrusted as the signals that its scripts have had") {
  ToldRun run = with_script();
  Event event =
      run.make(EventKind::signal_received, "", Json{{"name", "go"}, {"value", 1}, {"by", "ann"}});
  event.label = Label();
  const Label before = run.state.label;
  run.add(std::move(event));
  CHECK(before.integrity == Label::Integrity::trusted);
  CHECK(run.state.label == before);
  want(run, "1", "signal", Json{{"name", "go"}});
  CHECK(run.state.label == Label());
}

TEST_CASE("what is dropped is not answered any more, and what was answered stays so") {
  ToldRun run = with_script();
  want(run, "1", "sleep", Json{{"us", 5}});
  want(run, "2", "sleep", Json{{"us", 5}});
  run.add(EventKind::timer_set, "", Json{{"timer", "s/1"}, {"due", 9}});
  run.add(EventKind::timer_set, "", Json{{"timer", "s/2"}, {"due", 9}});
  run.add(EventKind::timer_fired, "", Json{{"timer", "s/1"}});
  want(run, "3", "drop", Json{{"of", "1"}});
  want(run, "4", "drop", Json{{"of", "2"}});
  run.add(EventKind::timer_fired, "", Json{{"timer", "s/2"}});
  CHECK(script_of(run).completions == Places{"1"});
  CHECK(script_of(run).wants.at("2").dropped);
}

TEST_CASE("a model that a script called is paid for and counted, and is no turn of the agent") {
  ToldRun run = with_script();
  want(run, "1", "model", Json{{"prompt", "sum it up"}});
  Json fields = ToldRun::called_fields(50);
  fields["called_by"] = "s/1";
  run.add(EventKind::model_called, "m1", fields, 1);
  Usage usage;
  usage.input = 10;
  run.add(EventKind::model_replied, "m1", ToldRun::replied_fields({text("so")}, usage, 30), 1);
  CHECK(run.state.turns.empty());
  CHECK(run.state.cost == 30);
  CHECK(run.state.own_steps() == 1);
  CHECK(script_of(run).completions == Places{"1"});
  CHECK(history_of(run.state).size() == 1);
}

TEST_CASE("a script model call that a crash cut off is made again and fails no run") {
  ToldRun run = with_script();
  want(run, "1", "model", Json{{"prompt", "sum it up"}});
  Json fields = ToldRun::called_fields(50);
  fields["called_by"] = "s/1";
  run.add(EventKind::model_called, "m1", fields, 1);
  CHECK(script_of(run).wants.at("1").call_id == "m1");
  run.add(EventKind::model_failed, "m1", ToldRun::failed_fields("interrupted"), 1);
  CHECK(script_of(run).wants.at("1").call_id.empty());
  CHECK(script_of(run).completions.empty());
  CHECK(run.state.last_failure_class.empty());
  run.add(EventKind::model_called, "m2", fields, 1);
  run.add(EventKind::model_failed, "m2", ToldRun::failed_fields("quota"), 1);
  CHECK(script_of(run).completions == Places{"1"});
  CHECK(run.state.find_call("m2")->outcome == Outcome::error);
}

TEST_CASE("what a child spent counts against the limits of its parent, and not as the parent did") {
  ToldRun run;
  const std::int64_t seq = run.replied({call("agent.writer", Json{{"task", "write"}})});
  const std::string id = call_id_of(seq, 0);
  run.add(EventKind::child_started, id,
          Json{{"child", "r2"},
               {"agent", "writer"},
               {"task", "write"},
               {"limits", to_json(RunLimits{})}},
          1);
  CHECK(run.state.has_open_child());
  CHECK(run.state.children.at(id).run_id == "r2");
  Usage usage;
  usage.input = 100;
  run.add(EventKind::child_finished, id,
          Json{{"child", "r2"},
               {"outcome", "ok"},
               {"value", "a text"},
               {"text", "a text"},
               {"usage", to_json(usage)},
               {"cost", 70},
               {"steps", 4}},
          1);
  CHECK_FALSE(run.state.has_open_child());
  CHECK(run.state.all_cost() == run.state.own_cost() + 70);
  CHECK(run.state.all_steps() == run.state.own_steps() + 4);
  CHECK(run.state.all_tokens() == run.state.own_tokens() + 100);
  const std::vector<Message> history = history_of(run.state);
  const auto& result = std::get<ToolResultPart>(history.back().parts.at(0));
  CHECK(result.content == "a text");
}

TEST_CASE("the newest plan is kept, and that it was changed, by whom and why") {
  ToldRun run;
  run.add(EventKind::plan_proposed, "", Json{{"plan", Json{{"steps", 1}}}});
  CHECK_FALSE(run.state.plan->changed);
  run.add(EventKind::plan_changed, "",
          Json{{"plan", Json{{"steps", 2}}}, {"by", "ann"}, {"why", "too short"}});
  CHECK(run.state.plan->plan == Json{{"steps", 2}});
  CHECK(run.state.plan->version == 2);
  CHECK(run.state.plan->changed);
  CHECK(run.state.plan->why == "too short");
}

}  // namespace
}  // namespace yoke
