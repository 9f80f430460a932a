#include "trials/run_facts.h"

#include <algorithm>
#include <array>
#include <map>

#include "runtime/base/saturating.h"
#include "runtime/base/text.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

constexpr double kMicrosPerSecond = 1e6;

void take_call(const Event& event, Json& calls) {
  if (event.kind == EventKind::tool_called) {
    calls.push_back(
        Json{{"tool", string_at(event.fields, "tool")}, {"args", member_at(event.fields, "args")}});
  }
  if (event.kind == EventKind::child_started) {
    const std::string tool = string_at(event.fields, "tool");
    calls.push_back(
        Json{{"tool", tool.empty() ? "agent." + string_at(event.fields, "agent") : tool},
             {"args", Json{{"task", string_at(event.fields, "task")},
                           {"input", member_at(event.fields, "input")}}}});
  }
}

void take_answer(const RunState& state, Cell& cell) {
  cell.answered = state.status == RunStatus::completed;
  if (!state.turns.empty()) {
    const Turn& last = state.turns.back();
    TrialAnswer said = answer_of(last.reply, last.finish);
    cell.answer.reasoning = std::move(said.reasoning);
    cell.answer.finish = std::move(said.finish);
  }
  cell.answer.text = state.text;
  if (cell.answer.text.empty() && !state.output.is_null()) cell.answer.text = to_text(state.output);
  if (!cell.answered) cell.failure = state.reason + ": " + state.text;
}

}  // namespace

Cell cell_of_agent_run(const std::vector<Event>& events, const RunState& state) {
  Cell cell;
  cell.asked = true;
  cell.run_id = state.run_id;
  for (const Event& event : events) {
    take_call(event, cell.answer.calls);
    if (event.kind == EventKind::model_replied) cell.target = string_at(event.fields, "target");
  }
  take_answer(state, cell);
  cell.usage = state.usage;
  cell.usage += state.children_usage;
  cell.cost = state.all_cost();
  cell.priced = has_known_cost(events);
  const double micros = static_cast<double>(state.last_at - state.started_at - state.waited);
  cell.total_ms = micros / 1000;
  cell.answer.seconds = micros / kMicrosPerSecond;
  cell.answer.steps = static_cast<double>(state.all_steps());
  cell.answer.tokens = static_cast<double>(state.all_tokens());
  if (cell.priced) {
    cell.answer.usd = static_cast<double>(cell.cost) / static_cast<double>(kNanoPerUsd);
  }
  return cell;
}

std::vector<RecordedCall> recorded_calls(const std::vector<Event>& events) {
  std::map<std::string, RecordedCall> open;
  std::vector<RecordedCall> calls;
  for (const Event& event : events) {
    if (event.kind == EventKind::tool_called) {
      RecordedCall call;
      call.tool = string_at(event.fields, "tool");
      call.args = member_at(event.fields, "args");
      open[event.call_id] = std::move(call);
    }
    if (event.kind != EventKind::tool_returned) continue;
    const auto found = open.find(event.call_id);
    if (found == open.end()) continue;
    const Result<Outcome> outcome = outcome_from_name(string_at(event.fields, "outcome"));
    // What was said no to is said no to again; what could not be begun cannot be begun again
    // either.
    const bool is_kept =
        outcome && *outcome != Outcome::not_started && *outcome != Outcome::cancelled;
    if (is_kept) {
      found->second.outcome = *outcome;
      found->second.value = member_at(event.fields, "value");
      found->second.message = string_at(event.fields, "message");
      found->second.label = event.label;
      calls.push_back(std::move(found->second));
    }
    open.erase(found);
  }
  return calls;
}

bool may_pass(std::string_view reason) {
  static constexpr std::array<std::string_view, 5> kPassing = {
      "model.quota", "model.server", "model.network", "model.malformed", "model.timed_out"};
  return std::find(kPassing.begin(), kPassing.end(), reason) != kPassing.end();
}

bool failed_on_the_way(std::string_view reason) {
  return reason == "model.key" || may_pass(reason);
}

Json to_json(const RecordedCall& call) {
  Json out{{"tool", call.tool},
           {"args", call.args},
           {"outcome", name_of(call.outcome)},
           {"label", to_text(call.label)}};
  if (!call.value.is_null()) out["value"] = call.value;
  if (!call.message.empty()) out["message"] = call.message;
  return out;
}

Result<RecordedCall> recorded_call_from_json(const Json& value) {
  const auto wrong = [](const std::string& what) {
    return Error{Errc::invalid, "a recorded call " + what};
  };
  if (!value.is_object()) return wrong("is an object such as {\"tool\": \"…\", \"args\": {…}}");
  static const std::vector<std::string> known = {"tool",  "args",    "outcome",
                                                 "value", "message", "label"};
  for (const auto& [name, field] : value.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return wrong("has no field '" + name + "'" + did_you_mean(name, known));
  }
  RecordedCall call;
  call.tool = string_at(value, "tool");
  if (call.tool.empty()) return wrong("names its 'tool'");
  call.args = member_at(value, "args").is_null() ? Json::object() : member_at(value, "args");
  const Result<Outcome> outcome = outcome_from_name(string_at(value, "outcome", "ok"));
  if (!outcome) return wrong("has the outcome \"ok\", \"error\", \"timeout\" or \"denied\"");
  call.outcome = *outcome;
  call.value = member_at(value, "value");
  call.message = string_at(value, "message");
  call.label = label_from_text(string_at(value, "label"));
  return call;
}

}  // namespace yoke
