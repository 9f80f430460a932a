#include "hosts/terminal/plan_text.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kWhyBytesMax = 80;

// The script that carries the newest plan out; null: none does yet.
const ScriptState* script_of(const RunState& state) {
  const ScriptState* found = nullptr;
  for (const auto& [id, script] : state.scripts) {
    if (script.input.is_object() && member_at(script.input, "plan") == state.plan->plan) {
      found = &script;
    }
  }
  return found;
}

StepMark mark_while_running(const RunState& state, const ScriptState& script,
                            const std::string& step) {
  const std::string prefix = "1." + step + ".";
  StepMark mark = StepMark::waiting;
  for (const std::string& at : script.order) {
    if (!at.starts_with(prefix)) continue;
    mark = script.wants.at(at).done ? StepMark::done : StepMark::running;
    const CallState* call = state.find_call(want_id(script.call_id, at));
    if (mark != StepMark::done || call == nullptr) continue;
    mark = call->outcome == Outcome::ok ? StepMark::done : StepMark::failed;
  }
  return mark;
}

void pad_to(std::string& text, std::size_t width) {
  text.append(text.size() < width ? width - text.size() : 1, ' ');
}

}  // namespace

std::string_view mark_of(StepMark mark) {
  switch (mark) {
    case StepMark::waiting:
      return "·";
    case StepMark::running:
      return "…";
    case StepMark::done:
      return "✓";
    case StepMark::failed:
      return "✗";
    case StepMark::skipped:
      return "-";
  }
  return "·";
}

std::map<std::string, StepMark> marks_of(const RunState& state) {
  std::map<std::string, StepMark> marks;
  if (!state.plan) return marks;
  const ScriptState* script = script_of(state);
  const CallState* call = script == nullptr ? nullptr : state.find_call(script->call_id);
  const bool ended = call != nullptr && !call->open && call->outcome == Outcome::ok;
  for (const Json& step : member_at(state.plan->plan, "steps")) {
    const std::string id = string_at(step, "id");
    if (script == nullptr) {
      marks[id] = StepMark::waiting;
    } else if (!ended) {
      marks[id] = mark_while_running(state, *script, id);
    } else if (member_at(call->value, "done").contains(id)) {
      marks[id] = StepMark::done;
    } else {
      const bool failed = member_at(call->value, "failed").contains(id);
      marks[id] = failed ? StepMark::failed : StepMark::skipped;
    }
  }
  return marks;
}

std::string plan_text(const Json& plan, const std::map<std::string, StepMark>& marks) {
  std::size_t ids = 4;
  std::size_t targets = 4;
  const auto target_of = [](const Json& step) {
    const std::string tool = string_at(step, "tool");
    return tool.empty() ? "agent " + string_at(step, "agent") : tool;
  };
  for (const Json& step : member_at(plan, "steps")) {
    ids = std::max(ids, string_at(step, "id").size());
    targets = std::max(targets, target_of(step).size());
  }
  std::string out;
  for (const Json& step : member_at(plan, "steps")) {
    const std::string id = string_at(step, "id");
    const auto mark = marks.find(id);
    std::string line =
        "  " + std::string(mark_of(mark == marks.end() ? StepMark::waiting : mark->second)) + " ";
    const std::size_t begin = line.size();
    line += printable(id);
    pad_to(line, begin + ids + 2);
    line += printable(target_of(step));
    pad_to(line, begin + ids + targets + 4);
    std::string needs;
    for (const Json& need : member_at(step, "needs")) {
      needs += (needs.empty() ? "after " : ", ") + need.get<std::string>();
    }
    std::string why = shorten(printable(string_at(step, "why")), kWhyBytesMax);
    if (!needs.empty() && !why.empty()) needs += "; ";
    line += printable(needs) + why;
    out += std::string(line.begin(),
                       line.begin() + static_cast<std::ptrdiff_t>(line.find_last_not_of(' ') + 1)) +
           "\n";
  }
  return out;
}

}  // namespace yoke
