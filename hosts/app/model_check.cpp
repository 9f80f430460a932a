#include "hosts/app/model_check.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

constexpr std::int64_t kFirst = 17;
constexpr std::int64_t kSecond = 25;
constexpr const char* kTool = "add_numbers";

std::string task_of(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::plain:
    case ProbeKind::streamed:
      return "Reply with the one word: ready";
    case ProbeKind::tool_call:
      return "Use the tool add_numbers to add 17 and 25. Do not add them yourself.";
    case ProbeKind::structured:
      return "Which colour is a clear sky at noon, and how many letters has that word?";
    case ProbeKind::reasoning:
      return "A farmer has 17 sheep. All but 9 run away. How many are left? Think, then answer.";
  }
  return {};
}

ToolSpec adder() {
  ToolSpec tool;
  tool.name = kTool;
  tool.description = "Adds two whole numbers.";
  const Json number{{"type", "integer"}};
  tool.input_schema = Json{{"type", "object"},
                           {"properties", {{"a", number}, {"b", number}}},
                           {"required", {"a", "b"}},
                           {"additionalProperties", false}};
  return tool;
}

Json colour_schema() {
  return Json{
      {"type", "object"},
      {"properties", {{"colour", {{"type", "string"}}}, {"letters", {{"type", "integer"}}}}},
      {"required", {"colour", "letters"}},
      {"additionalProperties", false}};
}

void set(ProbeResult& result, ProbeResult::State state, std::string note) {
  result.state = state;
  result.note = std::move(note);
}

void judge_call(ProbeResult& result, const Json& calls) {
  if (calls.empty()) {
    return set(result, ProbeResult::State::does_not, "it answered without calling the tool");
  }
  const Json& call = calls.front();
  const Json& args = member_at(call, "args");
  const double sum = number_at(args, "a") + number_at(args, "b");
  const bool right = string_at(call, "tool") == kTool && sum == kFirst + kSecond;
  if (right) return set(result, ProbeResult::State::works, "");
  set(result, ProbeResult::State::does_not, "it called " + shorten(to_text(call), 120));
}

// "native", "grammar" or "prompted", and how often it had to be asked.
std::string structured_note(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (event.kind != EventKind::route_chosen) continue;
    const Json& note = member_at(event.fields, "structured");
    if (!note.is_object()) continue;
    const auto attempts = static_cast<int>(number_at(note, "attempts", 1));
    const std::string mode = string_at(note, "mode");
    return attempts > 1 ? mode + ", " + std::to_string(attempts) + " attempts" : mode;
  }
  return {};
}

void judge_reasoning(ProbeResult& result, const Cell& cell) {
  const std::string tokens = std::to_string(cell.usage.reasoning) + " tokens";
  if (!cell.answer.reasoning.empty()) {
    const bool counted = cell.usage.reasoning > 0;
    return set(result, ProbeResult::State::works, counted ? "shown, " + tokens : "shown");
  }
  if (cell.usage.reasoning > 0) {
    return set(result, ProbeResult::State::works, "not shown, " + tokens);
  }
  set(result, ProbeResult::State::does_not, "none was returned");
}

bool was_cancelled(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return event.kind == EventKind::run_cancelled; });
}

}  // namespace

std::string_view name_of(ProbeKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"plain", "streamed", "tool call", "structured",
                                                   "reasoning"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(ProbeResult::State state) {
  constexpr std::array<std::string_view, 5> kNames{"works", "no", "failed", "not asked", "stopped"};
  return kNames.at(static_cast<std::size_t>(state));
}

ModelRequest check_request(ProbeKind kind, const std::string& target) {
  ModelRequest request;
  request.target = target;
  request.messages.push_back(user_message(task_of(kind)));
  request.output_tokens_max = kCheckTokensMax;
  if (kind == ProbeKind::tool_call) request.tools.push_back(adder());
  if (kind == ProbeKind::structured) request.output_schema = colour_schema();
  return request;
}

ProbeResult check_result(ProbeKind kind, const std::vector<Event>& events,
                         std::optional<double> first_piece_ms) {
  const Cell cell = cell_of(events);
  ProbeResult result;
  result.kind = kind;
  result.run_id = events.empty() ? std::string() : events.front().run_id;
  result.usage = cell.usage;
  result.cost = cell.cost;
  result.priced = cell.priced;
  result.total_ms = cell.total_ms;
  if (was_cancelled(events)) {
    set(result, ProbeResult::State::stopped, "");
    return result;
  }
  if (!cell.failure.empty()) {
    const auto state = cell.answered ? ProbeResult::State::does_not : ProbeResult::State::failed;
    set(result, state, cell.failure);
    return result;
  }
  switch (kind) {
    case ProbeKind::plain:
      set(result, ProbeResult::State::works, "");
      break;
    case ProbeKind::streamed:
      if (first_piece_ms) {
        set(result, ProbeResult::State::works, "");
      } else {
        set(result, ProbeResult::State::does_not, "its answer came in one piece");
      }
      break;
    case ProbeKind::tool_call:
      judge_call(result, cell.answer.calls);
      break;
    case ProbeKind::structured:
      set(result, ProbeResult::State::works, structured_note(events));
      break;
    case ProbeKind::reasoning:
      judge_reasoning(result, cell);
      break;
  }
  return result;
}

}  // namespace yoke
