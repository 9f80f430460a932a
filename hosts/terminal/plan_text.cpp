#include "hosts/terminal/plan_text.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kWhyBytesMax = 80;
constexpr std::size_t kStepIndent = 2;

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

std::string target_of(const Json& step) {
  const std::string tool = string_at(step, "tool");
  return tool.empty() ? "agent " + string_at(step, "agent") : tool;
}

std::string mark_text(const Json& step, const std::map<std::string, StepMark>& marks) {
  const auto mark = marks.find(string_at(step, "id"));
  return std::string(mark_of(mark == marks.end() ? StepMark::waiting : mark->second));
}

// What it comes after, and why it is there.
std::string reasons_of(const Json& step) {
  std::string needs;
  for (const Json& need : member_at(step, "needs")) {
    needs += (needs.empty() ? "after " : ", ") + need.get<std::string>();
  }
  const std::string why = shorten(printable(string_at(step, "why")), kWhyBytesMax);
  if (!needs.empty() && !why.empty()) needs += "; ";
  return printable(needs) + why;
}

struct Placed {
  const Json* step = nullptr;
  std::size_t depth = 0;
};

// The steps as a tree: each behind the one of its needs that stands last, one further in.
std::vector<Placed> placed(const Json& plan) {
  std::vector<Placed> order;
  const Json& steps = member_at(plan, "steps");
  std::vector<const Json*> left;
  for (const Json& step : steps) left.push_back(&step);
  const auto find = [&order](const std::string& id) {
    return std::find_if(order.begin(), order.end(),
                        [&id](const Placed& each) { return string_at(*each.step, "id") == id; });
  };
  // Each round places those whose needs are; one that is waited for in vain stands at the top.
  while (!left.empty()) {
    const std::size_t before = left.size();
    for (auto next = left.begin(); next != left.end();) {
      auto under = order.end();
      bool ready = true;
      for (const Json& need : member_at(**next, "needs")) {
        const auto found = find(need.is_string() ? need.get<std::string>() : "");
        ready = ready && found != order.end();
        if (found != order.end() && (under == order.end() || found > under)) under = found;
      }
      if (!ready) {
        ++next;
        continue;
      }
      Placed place{*next, under == order.end() ? 0 : under->depth + 1};
      auto behind = under == order.end() ? under : under + 1;
      while (under != order.end() && behind != order.end() && behind->depth > under->depth) {
        ++behind;
      }
      order.insert(behind, place);
      next = left.erase(next);
    }
    if (left.size() == before) {
      order.push_back(Placed{left.front(), 0});
      left.erase(left.begin());
    }
  }
  return order;
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

std::map<std::string, StepMark> marks_of(const RunState& state, const ScriptState& script) {
  std::map<std::string, StepMark> marks;
  const CallState* call = state.find_call(script.call_id);
  const bool ended = call != nullptr && !call->open && call->outcome == Outcome::ok;
  for (const Json& step : member_at(member_at(script.input, "plan"), "steps")) {
    const std::string id = string_at(step, "id");
    if (!ended) {
      marks[id] = mark_while_running(state, script, id);
    } else if (member_at(call->value, "done").contains(id)) {
      marks[id] = StepMark::done;
    } else {
      const bool failed = member_at(call->value, "failed").contains(id);
      marks[id] = failed ? StepMark::failed : StepMark::skipped;
    }
  }
  return marks;
}

std::map<std::string, StepMark> marks_of(const RunState& state) {
  if (!state.plan) return {};
  if (const ScriptState* script = script_of(state)) return marks_of(state, *script);
  std::map<std::string, StepMark> marks;
  for (const Json& step : member_at(state.plan->plan, "steps")) {
    marks[string_at(step, "id")] = StepMark::waiting;
  }
  return marks;
}

std::string plan_text(const Json& plan, const std::map<std::string, StepMark>& marks) {
  const std::vector<Placed> order = placed(plan);
  std::size_t ids = 4;
  std::size_t targets = 4;
  for (const Placed& each : order) {
    ids = std::max(ids, kStepIndent * each.depth + string_at(*each.step, "id").size());
    targets = std::max(targets, target_of(*each.step).size());
  }
  std::string out;
  for (const Placed& each : order) {
    const Json& step = *each.step;
    std::string line =
        "  " + std::string(kStepIndent * each.depth, ' ') + mark_text(step, marks) + " ";
    const std::size_t begin = line.size() - kStepIndent * each.depth;
    line += printable(string_at(step, "id"));
    pad_to(line, begin + ids + 2);
    line += printable(target_of(step));
    pad_to(line, begin + ids + targets + 4);
    line += reasons_of(step);
    out += std::string(line.begin(),
                       line.begin() + static_cast<std::ptrdiff_t>(line.find_last_not_of(' ') + 1)) +
           "\n";
  }
  return out;
}

std::string plan_step_text(const Json& step, const std::map<std::string, StepMark>& marks) {
  const std::string reasons = reasons_of(step);
  return mark_text(step, marks) + " " + printable(string_at(step, "id")) + "  " +
         printable(target_of(step)) + (reasons.empty() ? "" : "  " + reasons);
}

}  // namespace yoke
