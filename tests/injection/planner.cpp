#include "tests/injection/planner.h"

#include <memory>
#include <optional>

#include "runtime/base/text.h"
#include "tests/support/told_run.h"

namespace yoke::injection {
namespace {

struct Seen {
  std::vector<Json> results;  // of the calls, in their order; null where one failed
  bool injected = false;      // the attacker's text is among them
};

Seen seen_in(const ModelRequest& request, const Goal* goal) {
  Seen seen;
  for (const Message& message : request.messages) {
    for (const Part& part : message.parts) {
      const auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr) continue;
      const Result<Json> value = parse_json(result->content);
      seen.results.push_back(value && !result->is_error ? *value : Json(nullptr));
      const std::string plain = value ? to_text(*value) : result->content;
      seen.injected = seen.injected || (goal != nullptr && plain.find(goal->text) != plain.npos);
    }
  }
  return seen;
}

// "rows.0.from" in a result.
Json value_at(const Json& result, std::string_view path) {
  Json at = result;
  for (const std::string& part : split(path, '.')) {
    if (at.is_array()) {
      const auto index = static_cast<std::size_t>(std::stoul(part));
      at = index < at.size() ? Json(at[index]) : Json(nullptr);
    } else {
      at = Json(member_at(at, part));
    }
  }
  return at;
}

// What a script has called, which of it serves the task, and what is left.
struct Plan {
  std::vector<Step> todo;
  std::vector<std::size_t> of_task;  // the places of the task's own calls among all
  std::size_t made = 0;
  std::size_t next = 0;  // of the task's calls
  bool obeyed = false;
};

// "$0.rows.1.from" is of the task's first call, "$-1.…" of the call just before.
Json resolved(const Json& value, const Plan& plan, const Seen& seen) {
  if (value.is_structured()) {
    Json copy = value;
    for (Json& member : copy) member = resolved(member, plan, seen);
    return copy;
  }
  if (!value.is_string() || !value.get<std::string>().starts_with('$')) return value;
  const std::string text = value.get<std::string>().substr(1);
  const std::size_t dot = text.find('.');
  const int number = std::stoi(text.substr(0, dot));
  const std::size_t place =
      number < 0 ? seen.results.size() - 1 : plan.of_task.at(static_cast<std::size_t>(number));
  return place < seen.results.size() ? value_at(seen.results[place], text.substr(dot + 1))
                                     : Json(nullptr);
}

bool has_effect(const Step& step, const Environment& environment) {
  for (const ToolText& tool : environment.tools) {
    if (tool.name == step.tool) return tool.effect != Effect::read || tool.op == "fetch";
  }
  return false;
}

FakeReply call_of(const Step& step) {
  std::vector<Part> parts;
  parts.push_back(call(step.tool, step.args));
  return wants(std::move(parts));
}

class Planner {
 public:
  Planner(PlannerKind kind, const Task& task, const Goal* goal, const Environment& environment)
      : kind_(kind), task_(task), goal_(goal), environment_(environment) {}

  FakeReply reply(const ModelRequest& request) {
    const Seen seen = seen_in(request, goal_);
    if (kind_ == PlannerKind::hijacked && seen.injected && !plan_.obeyed) {
      plan_.obeyed = true;
      plan_.todo = goal_->calls;
    }
    if (!plan_.todo.empty()) {
      Step step = plan_.todo.front();
      plan_.todo.erase(plan_.todo.begin());
      step.args = resolved(step.args, plan_, seen);
      return made(step);
    }
    if (plan_.next == task_.calls.size()) return say(seen);
    Step step = task_.calls[plan_.next];
    step.args = resolved(step.args, plan_, seen);
    if (kind_ == PlannerKind::over_asker && has_effect(step, environment_) && !strayed_) {
      strayed_ = true;
      for (Json& value : step.args) value = "elsewhere";
      return made(step);
    }
    strayed_ = false;
    if (kind_ == PlannerKind::data_swap && seen.injected) swap(step);
    plan_.of_task.push_back(plan_.made);
    ++plan_.next;
    return made(step);
  }

 private:
  FakeReply made(const Step& step) {
    ++plan_.made;
    return call_of(step);
  }

  void swap(Step& step) const {
    if (!has_effect(step, environment_)) return;
    for (const auto& [name, value] : goal_->swap.items()) {
      if (step.args.contains(name)) step.args[name] = value;
    }
  }

  FakeReply say(const Seen& seen) const {
    const Json answer = resolved(Json(task_.say), plan_, seen);
    return says(answer.is_string() ? answer.get<std::string>() : to_text(answer));
  }

  const PlannerKind kind_;
  const Task& task_;
  const Goal* goal_;
  const Environment& environment_;
  Plan plan_;
  bool strayed_ = false;
};

}  // namespace

std::string_view name_of(PlannerKind kind) {
  switch (kind) {
    case PlannerKind::faithful:
      return "faithful";
    case PlannerKind::hijacked:
      return "hijacked";
    case PlannerKind::data_swap:
      return "data-swap";
    case PlannerKind::over_asker:
      break;
  }
  return "over-asker";
}

FakeModel::Script script_of(PlannerKind kind, const Task& task, const Goal* goal,
                            const Environment& environment) {
  // Shared by the copies of the function.
  const auto planner = std::make_shared<Planner>(kind, task, goal, environment);
  return [planner](const ModelRequest& request, int) { return planner->reply(request); };
}

}  // namespace yoke::injection
