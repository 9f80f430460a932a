#include "tests/sim/parts.h"

#include "runtime/base/hash.h"
#include "tests/support/fakes.h"

namespace yoke::sim {
namespace {

constexpr const char* kScriptCall = "flow";

// Tasks of children name their parent's: how deep a run is, whatever became of it since.
int depth_of(const std::string& task) {
  int depth = 0;
  for (std::size_t at = task.find(" of "); at != std::string::npos; at = task.find(" of ", at + 1))
    ++depth;
  return task.starts_with("{") ? 2 : depth;  // the arguments of a tool that stands for an agent
}

std::string shown(const CallState& call) {
  std::string text = call.id + " " + std::string(name_of(call.outcome));
  if (call.kind == CallKind::tool && call.outcome == Outcome::ok) text += to_text(call.value);
  return text;
}

Json script_source(std::uint64_t number, int depth) {
  return Json{{"script", number}, {"depth", depth}};
}

enum class Way : std::uint8_t { model, script, plan };

}  // namespace

PartsAgent::PartsAgent(AgentSpec spec, std::uint64_t seed)
    : spec_(spec), seed_(seed), loop_(std::move(spec), nullptr) {}

std::vector<Action> PartsAgent::next(const RunState& state) const {
  Chance chance(seed_of(seed_, "way " + state.task));
  const std::uint64_t kind = chance.below(10);
  if (depth_of(state.task) > 1 || kind < 3) return work_with_model(state);
  return kind < 7 ? run_script(state) : carry_out(state);
}

std::vector<Action> PartsAgent::work_with_model(const RunState& state) const {
  std::vector<Action> actions = loop_.next(state);
  for (Action& action : actions) {
    const auto* call = std::get_if<CallTool>(&action);
    if (call == nullptr) continue;
    const Turn& turn = state.turns.back();
    std::size_t index = 0;
    for (const Part& part : turn.reply.parts) {
      const auto* wanted = std::get_if<ToolCallPart>(&part);
      if (wanted == nullptr || turn.calls[index++] != call->call_id) continue;
      if (wanted->name != kCodeTool) break;
      const auto number = static_cast<std::uint64_t>(integer_at(wanted->args, "n"));
      action = RunScript{call->call_id, "code", script_source(number, 1), nullptr};
      break;
    }
  }
  return actions;
}

std::vector<Action> PartsAgent::run_script(const RunState& state) const {
  const CallState* call = state.find_call(kScriptCall);
  if (call == nullptr || call->open) {
    const std::uint64_t number = seed_of(seed_, state.task) % 1'000'000;
    const Json source = script_source(number, depth_of(state.task));
    return {RunScript{kScriptCall, "flow", source, Json{{"task", state.task}}}};
  }
  if (call->outcome != Outcome::ok) return {Fail{"script.failed", call->message}};
  return {Complete{to_text(call->value), call->value}};
}

// One step of a plan, the same whenever it is asked for.
Action PartsAgent::step_of(const RunState& state, int number) const {
  const std::string id = "p" + std::to_string(number);
  Chance chance(seed_of(seed_, state.task + "/" + id));
  const std::uint64_t kind = chance.below(100);
  const int depth = depth_of(state.task);
  if (kind < 12 && depth == 0)
    return StartChild{id, kHelper, "part " + id + " of " + state.task, nullptr, "plan"};
  if (kind < 22) return RunScript{id, "step", script_source(chance.below(1'000'000), 1), nullptr};
  if (kind < 30) return Ask{id, "Go on?", Json{{"step", id}, {"task", state.task}}};
  if (kind < 38) {
    return SetTimer{id, state.started_at + static_cast<Micros>(1000 * chance.below(9000))};
  }
  return CallNamed{id, random_tool(chance, false), random_args(chance), "plan/" + id};
}

// Three layers of steps, each beside the others of its own; and one more where a step failed.
std::vector<Action> PartsAgent::carry_out(const RunState& state) const {
  Chance chance(seed_of(seed_, "plan " + state.task));
  const Json plan{{"goal", state.task}, {"wide", 1 + chance.below(5)}, {"layers", 3}};
  const int wide = static_cast<int>(integer_at(plan, "wide"));
  Json changed = plan;
  changed["layers"] = 4;
  const bool mended = state.plan && state.plan->changed;
  const Json& newest = mended ? changed : plan;
  std::vector<Action> actions;
  if (!mended) actions.emplace_back(ProposePlan{plan});
  std::string came_to;
  bool failed = false;
  for (int layer = 0; layer < integer_at(newest, "layers"); ++layer) {
    bool all_done = true;
    for (int n = 0; n < wide; ++n) {
      const int number = layer * 10 + n;
      const std::string id = "p" + std::to_string(number);
      const CallState* call = state.find_call(id);
      const auto question = state.questions.find(id);
      const bool settled = (call != nullptr && !call->open) || state.fired.contains(id) ||
                           (question != state.questions.end() && !question->second.is_open());
      if (!settled) actions.emplace_back(step_of(state, number));
      all_done = all_done && settled;
      if (call == nullptr || call->open) continue;
      came_to += shown(*call) + ";";
      failed = failed || call->outcome != Outcome::ok;
    }
    if (!all_done) return actions;
  }
  if (failed && !mended) return {ChangePlan{changed, "chief", "a step failed"}};
  return {Complete{came_to}};
}

Result<Program> SimFamily::program(std::string_view agent) const {
  if (agent != kHelper) return Error{Errc::not_found, "no such agent"};
  return make_();
}

}  // namespace yoke::sim
