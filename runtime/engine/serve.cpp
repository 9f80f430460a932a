#include "runtime/engine/serve.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/engine/script_wants.h"
#include "runtime/journal/handoff.h"

namespace yoke::machine {
namespace {

std::uint64_t number_of(const std::string& text) {
  const Hash hash = sha256(text);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number = number << 8 | static_cast<unsigned char>(as_view(hash)[i]);
  }
  return number;
}

Json child_args(const std::string& task, const Json& input) {
  Json args{{"task", task}};
  if (!input.is_null()) args["input"] = input;
  return args;
}

void add_task(Json& fields, const Json& args) {
  const Json& task = member_at(args, "task");
  fields["task"] = task.is_string() ? task.get<std::string>() : to_text(args);
  const Json& input = member_at(args, "input");
  if (input.is_object()) fields["input"] = input;
}

// The conversation is the child's to read; what is said of it here is what the model said.
void add_handoff(Json& fields, const RunState& state, const Wanted& wanted) {
  const std::string note = string_at(wanted.args, "note");
  if (!note.empty()) fields["task"] = note;
  if (wanted.call_id != kHandedCall) return;
  for (std::size_t i = 1; i < state.handed.size(); ++i) fields["handed"].push_back(state.handed[i]);
}

void record(Draft& draft, const std::string& id, const std::string& name, Json value) {
  if (draft.concerns(id)) return;
  draft.add(EventKind::value_recorded, id).fields =
      Json{{"name", name}, {"value", std::move(value)}};
}

void ask(Draft& draft, const std::string& id, const Json& args) {
  if (draft.state.questions.contains(id)) return;
  if (draft.has(EventKind::question_asked, "question", id)) return;
  Event& event = draft.add(EventKind::question_asked, id);
  const Json& choices = member_at(args, "choices");
  event.fields = Json{{"question", id},
                      {"purpose", "ask"},
                      {"title", string_at(args, "title")},
                      {"body", member_at(args, "body")},
                      {"choices", choices.is_array() ? choices : Json::array()}};
  const std::int64_t patience = integer_at(args, "expires_us");
  if (patience > 0) event.fields["expires"] = draft.now + std::min(patience, kSleepMax);
}

void sleep(Draft& draft, const std::string& id, const Json& args) {
  if (draft.state.timers.contains(id) || draft.has(EventKind::timer_set, "timer", id)) return;
  const Micros due = draft.now + std::clamp<std::int64_t>(integer_at(args, "us"), 0, kSleepMax);
  draft.add(EventKind::timer_set, "").fields = Json{{"timer", id}, {"due", due}};
}

void serve(Draft& draft, const ScriptState& script, const WantState& want) {
  const std::string id = want_id(script.call_id, want.at);
  if (want.kind == "tool") {
    if (!draft.has_room()) return;
    want_named(draft, Wanted{id, string_at(want.args, "tool"), member_at(want.args, "args"), id});
  } else if (want.kind == "agent") {
    want_child(draft, StartChild{id, string_at(want.args, "agent"), string_at(want.args, "task"),
                                 member_at(want.args, "input"), id});
  } else if (want.kind == "model") {
    if (!want.call_id.empty()) return;
    const std::string purpose = string_at(want.args, "purpose", "script");
    call_model(draft, inner_request_of(draft.state, *draft.around.program, want.args), purpose, id);
  } else if (want.kind == "ask") {
    ask(draft, id, want.args);
  } else if (want.kind == "sleep") {
    sleep(draft, id, want.args);
  } else if (want.kind == "now") {
    record(draft, id, "now", draft.now);
  } else if (want.kind == "random") {
    // 53 bits, as a double has them.
    record(draft, id, "random",
           static_cast<double>(number_of(draft.state.run_id + "/" + id) >> 11) * 0x1.0p-53);
  } else if (want.kind == "record") {
    record(draft, id, string_at(want.args, "name"), member_at(want.args, "value"));
  }
}

void expire(Draft& draft, const std::string& question) {
  const QuestionState* asked = question_about(draft.state, question);
  if (asked == nullptr || !asked->is_open()) return;
  draft.add(EventKind::question_expired, asked->call_id).fields = Json{{"question", question}};
}

// Nobody waits for it any more: what can be ended is; a tool or a model that is at work goes on. A
// child's call stays open until the child has ended: what it spent is this run's as well.
void give_up(Draft& draft, const std::string& id) {
  if (draft.state.timers.contains(id)) {
    draft.add(EventKind::timer_cancelled, "").fields = Json{{"timer", id}};
  }
  expire(draft, id);
  expire(draft, "a." + id);
}

}  // namespace

std::string child_run_id(const RunState& parent, const std::string& call_id, int attempt,
                         Micros now) {
  const std::string name = parent.run_id + "/" + call_id + "/" + std::to_string(attempt);
  SeededRandom random(number_of(name));
  return make_ulid(now, random);
}

void open_child(Draft& draft, const Wanted& wanted, const std::string& agent,
                const std::string& rule) {
  const AgentSpec& spec = draft.around.program->agent->spec();
  const Family* family = draft.around.program->family.get();
  const std::vector<std::string> names =
      family == nullptr ? std::vector<std::string>() : family->names();
  if (std::find(names.begin(), names.end(), agent) == names.end()) {
    return refuse(draft, wanted, Effect::read, Outcome::not_started,
                  "no agent named '" + agent + "' for this one" + did_you_mean(agent, names));
  }
  if (draft.state.depth >= spec.depth_max) {
    return refuse(draft, wanted, Effect::read, Outcome::not_started,
                  "agents may call agents " + std::to_string(spec.depth_max) +
                      " deep, and this is the last: do it yourself");
  }
  const std::string limit = limit_reached(draft.state, draft.now);
  if (!limit.empty()) return fail_limit(draft, limit);
  if (awaits_given_up(draft.state)) return;
  Event& event = draft.add(EventKind::child_started, wanted.call_id);
  event.attempt = 1;
  event.fields = Json{{"child", child_run_id(draft.state, wanted.call_id, 1, draft.now)},
                      {"agent", agent},
                      {"limits", to_json(left_for_child(draft))},
                      {"tool", wanted.tool}};
  if (is_handoff_tool(wanted.tool)) {
    add_handoff(event.fields, draft.state, wanted);
  } else {
    add_task(event.fields, wanted.args);
  }
  if (!wanted.called_by.empty()) event.fields["called_by"] = wanted.called_by;
  if (!rule.empty()) event.fields["rule"] = rule;
  draft.plan.commit_first = true;
  ++draft.open_children;
}

void want_child(Draft& draft, const StartChild& wanted) {
  ToolSpec spec;
  spec.name = "agent:" + wanted.agent;
  spec.agent = wanted.agent;
  spec.effect = Effect::read;  // what the child does is asked about by itself
  Wanted call{wanted.call_id, spec.name, child_args(wanted.task, wanted.input), wanted.called_by};
  want_checked(draft, call, spec);
}

void reopen_child(Draft& draft, const CallState& call) {
  const ChildState& child = draft.state.children.at(call.id);
  const int attempt = call.attempt + 1;
  Event& event = draft.add(EventKind::child_started, call.id);
  event.attempt = attempt;
  event.fields = Json{{"child", child_run_id(draft.state, call.id, attempt, draft.now)},
                      {"agent", child.agent},
                      {"task", child.task},
                      {"limits", to_json(left_for_child(draft))},
                      {"tool", call.tool}};
  if (child.input.is_object()) event.fields["input"] = child.input;
  if (!child.handed.empty()) event.fields["handed"] = child.handed;
  if (!call.called_by.empty()) event.fields["called_by"] = call.called_by;
  draft.plan.commit_first = true;
}

void want_script(Draft& draft, const RunScript& wanted) {
  if (draft.state.find_call(wanted.call_id) != nullptr || draft.concerns(wanted.call_id)) return;
  Event& event = draft.add(EventKind::script_started, wanted.call_id);
  event.attempt = 1;
  event.fields = Json{{"script", to_hex(sha256(to_text(wanted.source)))},
                      {"name", wanted.name},
                      {"source", wanted.source}};
  if (!wanted.input.is_null()) event.fields["input"] = wanted.input;
}

bool awaits_given_up(const RunState& state) {
  if (state.limits.usd <= 0) return false;
  return std::any_of(state.children.begin(), state.children.end(), [&](const auto& child) {
    return is_own_open_child(state, child.first) && is_given_up(state, child.first);
  });
}

void serve_scripts(Draft& draft) {
  for (const auto& [call_id, script] : draft.state.scripts) {
    for (const std::string& at : script.open) {
      const WantState& want = script.wants.at(at);
      if (want.dropped) {
        give_up(draft, want_id(call_id, at));
      } else {
        serve(draft, script, want);
      }
      if (has_ended(draft.plan)) return;
    }
  }
}

}  // namespace yoke::machine

namespace yoke {

bool is_given_up(const RunState& state, const std::string& call_id) {
  const std::size_t slash = call_id.rfind('/');
  if (slash == std::string::npos) return false;
  const auto script = state.scripts.find(call_id.substr(0, slash));
  if (script == state.scripts.end()) return false;
  const auto want = script->second.wants.find(call_id.substr(slash + 1));
  return want != script->second.wants.end() && want->second.dropped;
}

bool is_own_open_child(const RunState& state, const std::string& call_id) {
  const auto child = state.children.find(call_id);
  return child != state.children.end() && child->second.started_by == state.run_id &&
         state.find_call(call_id)->open;
}

bool has_own_open_child(const RunState& state) {
  return std::any_of(state.children.begin(), state.children.end(),
                     [&](const auto& each) { return is_own_open_child(state, each.first); });
}

}  // namespace yoke
