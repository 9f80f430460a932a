#include "agents/plan_agent.h"

#include "agents/answer.h"
#include "agents/structured.h"
#include "runtime/base/text.h"
#include "runtime/ports/durable_source.h"

namespace yoke {
namespace {

constexpr const char* kSavedPlan = "plan";  // the call that carries a saved one out
constexpr std::size_t kDescriptionMax = 400;

constexpr const char* kHow =
    "Plan before you act. Call plan_propose with all the steps that the task takes: each has an "
    "id, "
    "names one tool with its inputs, or one agent with a task, and says why. Steps that do not "
    "need "
    "each other run side by side. Where a step takes what an earlier one gives, write "
    "\"$id.path.to.field\" as the input, or \"${id.path}\" within a text; \"$input.name\" is an "
    "input "
    "of the run. Of a list, \"0\" is the first item. Set retries only for steps that change "
    "nothing. "
    "You are told what each step came to. Where some failed you may propose another plan: it may "
    "refer to the steps that were done, and is not to repeat them. When you know enough, answer; "
    "if "
    "the task needs no step, answer at once.\n\n";

Json plan_source() {
  DurableSource source;
  source.kind = DurableSource::Kind::plan;
  return to_json(source);
}

std::string menu_line(const ToolSpec& tool) {
  const std::string name = tool.agent.empty() ? "tool " + tool.name : "agent " + tool.agent;
  return "- " + name + ": " + shorten(tool.description, kDescriptionMax) +
         "\n  inputs: " + to_text(member_at(tool.input_schema, "properties")) + "\n";
}

// The calls of plans that a model proposed, in order: all that were carried out.
std::vector<const CallState*> plans_before(const RunState& state) {
  std::vector<const CallState*> calls;
  for (const Turn& turn : state.turns) {
    for (const std::string& id : turn.calls) {
      const CallState* call = state.find_call(id);
      const bool is_plan = call != nullptr && call->kind == CallKind::script && !call->open;
      if (is_plan && call->outcome == Outcome::ok) calls.push_back(call);
    }
  }
  return calls;
}

// What a person said of a plan.
struct PlanVerdict {
  bool approved = false;
  std::optional<Json> edited = {};
  std::string words = {};
};
PlanVerdict verdict_of(const Json& answer) {
  PlanVerdict verdict;
  if (answer.is_boolean()) verdict.approved = answer.get<bool>();
  if (answer.is_object()) {
    verdict.approved = bool_at(answer, "approve");
    verdict.words = string_at(answer, "message");
    if (member_at(answer, "plan").is_object()) verdict.edited = answer["plan"];
  }
  if (answer.is_string()) {
    const std::string text = answer.get<std::string>();
    verdict.approved = text == "yes" || text == "y" || text == "approve";
    if (!verdict.approved && text != "no" && text != "n") verdict.words = text;
  }
  return verdict;
}

std::vector<Action> refused(const std::string& id, const std::string& problem) {
  return {RunScript{id, "plan", plan_source(), Json{{"problem", problem}}}};
}

}  // namespace

PlanScope PlanAgent::scope_of(const RunState& state) const {
  PlanScope scope{options().tool_names, options().agent_names, {}};
  for (const CallState* call : plans_before(state)) {
    for (const auto& [id, value] : member_at(call->value, "done").items()) scope.known.insert(id);
  }
  return scope;
}

std::vector<Action> PlanAgent::next(const RunState& state) const {
  if (!options().plan.is_null()) return follow_saved(state);
  if (state.turns.empty()) return {CallModel{}};
  const Turn& turn = state.turns.back();
  if (turn.calls.empty()) return answer_of(state, turn, output_.get(), kRepairsMax);
  std::vector<Action> actions;
  bool all_back = true;
  std::size_t index = 0;
  for (const Part& part : turn.reply.parts) {
    const auto* wanted = std::get_if<ToolCallPart>(&part);
    if (wanted == nullptr) continue;
    const std::string& id = turn.calls[index++];
    const CallState* call = state.find_call(id);
    if (call != nullptr && !call->open) continue;
    // One plan after the other, so that each may use what the one before it came to. For one that
    // is under way nothing more is wanted, however often it is asked after.
    if (call == nullptr && (all_back || wanted->name != kPlanTool)) {
      std::vector<Action> more = wanted->name == kPlanTool ? act_on(state, id, wanted->args)
                                                           : std::vector<Action>{CallTool{id}};
      for (Action& action : more) actions.push_back(std::move(action));
    }
    all_back = false;
  }
  return all_back ? after_plans(state, turn) : actions;
}

std::vector<Action> PlanAgent::act_on(const RunState& state, const std::string& id,
                                      const Json& args) const {
  const bool is_first = plans_before(state).empty();
  if (static_cast<int>(plans_before(state).size()) >= options().plans_max) {
    return refused(id, "this run has carried out its " + std::to_string(options().plans_max) +
                           " plans: answer with what you have");
  }
  const PlanScope scope = scope_of(state);
  Result<Json> plan = checked_plan(args, scope);
  if (!plan) return refused(id, plan.error().detail);
  const std::string why = string_at(args, "why");
  Action said = is_first ? Action(ProposePlan{*plan}) : Action(ChangePlan{*plan, "model", why});
  std::string title = "Carry out this plan?";
  for (int n = 1; options().approve_plan; ++n) {
    const std::string question = "plan." + id + "." + std::to_string(n);
    const auto asked = state.questions.find(question);
    if (asked == state.questions.end() || asked->second.is_open()) {
      return {said, Ask{question, title, *plan, Json::array({"yes", "no"})}};
    }
    if (asked->second.expired) return refused(id, "nobody said in time whether to carry it out");
    const PlanVerdict verdict = verdict_of(*asked->second.answer);
    const std::string& by = asked->second.by;
    if (!verdict.approved) {
      return refused(
          id, by + " said no to the plan" + (verdict.words.empty() ? "" : ": " + verdict.words));
    }
    if (!verdict.edited) break;
    Result<Json> edited = checked_plan(*verdict.edited, scope);
    if (edited) {
      said = ChangePlan{*edited, by, "edited"};
      plan = std::move(edited);
      break;
    }
    if (n == kEditsMax) return refused(id, "the plan that " + by + " edited is none");
    title = "Carry out this plan? The edited one cannot be: " + edited.error().detail;
  }
  std::vector<Action> actions = carry_out(state, id, std::move(*plan));
  actions.insert(actions.begin(), std::move(said));
  return actions;
}

std::vector<Action> PlanAgent::carry_out(const RunState& state, const std::string& id,
                                         Json plan) const {
  Json known = Json::object();
  for (const CallState* call : plans_before(state)) {
    for (const auto& [step, value] : member_at(call->value, "done").items()) known[step] = value;
  }
  Json input{{"plan", std::move(plan)}, {"input", state.input}, {"task", state.task}};
  if (!known.empty()) input["known"] = std::move(known);
  return {RunScript{id, "plan", plan_source(), std::move(input)}};
}

std::vector<Action> PlanAgent::after_plans(const RunState& state, const Turn&) const {
  int refused_in_row = 0;
  for (auto each = state.turns.rbegin(); each != state.turns.rend(); ++each) {
    if (each->calls.empty()) break;
    const CallState* call = state.find_call(each->calls.back());
    if (call == nullptr || call->outcome == Outcome::ok) break;
    if (++refused_in_row > kMendsMax) {
      return {Fail{"plan.invalid",
                   "the model proposed no plan that can be carried out: " + call->message}};
    }
  }
  return {CallModel{}};
}

std::vector<Action> PlanAgent::follow_saved(const RunState& state) const {
  const CallState* call = state.find_call(kSavedPlan);
  if (call != nullptr && call->open) return {};
  if (call == nullptr) {
    const Result<Json> plan = checked_plan(options().plan, scope_of(state));
    if (!plan) return {Fail{"plan.invalid", plan.error().detail}};
    std::vector<Action> actions = carry_out(state, kSavedPlan, *plan);
    RunScript& script = std::get<RunScript>(actions.front());
    std::string prompt = state.task;
    if (!state.input.empty()) prompt += (prompt.empty() ? "" : "\n\n") + to_text(state.input);
    if (prompt.empty()) prompt = string_at(options().plan, "goal", "Say what came of the plan.");
    script.input["final"] = Json{{"prompt", prompt}, {"instructions", spec().instructions}};
    actions.insert(actions.begin(), ProposePlan{*plan});
    return actions;
  }
  if (call->outcome != Outcome::ok) return {Fail{"plan.failed", call->message}};
  const std::string text = string_at(call->value, "text");
  if (!output_) return {Complete{text, nullptr}};
  Message reply;
  reply.role = Role::assistant;
  reply.parts.emplace_back(TextPart{text});
  Result<Json> output = structured_output(*output_, reply);
  if (!output) return {Fail{"output.invalid", output.error().detail}};
  return {Complete{text, std::move(*output)}};
}

std::string PlanAgent::note_after(const Turn& turn) const {
  return answer_note(turn, output_.get());
}

void PlanAgent::shape(ModelRequest& request) const {
  std::string menu;
  std::vector<ToolSpec> offered;
  for (ToolSpec& tool : request.tools) {
    if (tool.name == kPlanTool) {
      offered.push_back(std::move(tool));
    } else {
      menu += menu_line(tool);
    }
  }
  request.tools = std::move(offered);
  request.instructions += (request.instructions.empty() ? "" : "\n\n") + std::string(kHow) +
                          "What steps may use:\n" + (menu.empty() ? "(nothing)\n" : menu);
}

}  // namespace yoke
