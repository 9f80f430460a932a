#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "runtime/engine/driver.h"

// Where a driver asks an operator's hooks: around each call, and before the run's end.
namespace yoke {
namespace {

class UnheardCall final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

void append(std::vector<Event>& to, std::vector<Event> more) {
  for (Event& each : more) to.push_back(std::move(each));
}

std::string stop_words(const HookAnswer& answer) {
  return answer.verdict == HookVerdict::stop ? words_of(answer) : std::string();
}

}  // namespace

HookEvent Driver::hook_event(HookPoint on, const std::string& call_id) const {
  HookEvent event;
  event.on = on;
  event.identity.run_id = claim_.run_id;
  event.identity.call_id = call_id;
  event.identity.agent = state_.agent;
  event.identity.session = state_.session;
  event.identity.tenant = state_.tenant;
  event.identity.label = state_.label;
  return event;
}

awaitable<Driver::HookedCall> Driver::asked_before(std::string call_id) {
  HookedCall asked;
  RunHooks* hooks = hooks_of(program_);
  const CallState* call = state_.find_call(call_id);
  ENSURE(call != nullptr);  // its intent was handed in
  if (hooks == nullptr || !hooks->has(HookPoint::pre_tool_use, call->tool)) co_return asked;
  const std::string name = call->tool;
  const Json wanted = call->args;
  const Effect effect = call->effect;
  HookEvent event = hook_event(HookPoint::pre_tool_use, call_id);
  event.tool = name;
  event.details = Json{{"tool_name", name}, {"tool_input", wanted}, {"tool_use_id", call_id}};
  UnheardCall context;
  HookAnswer answer = co_await hooks->ask(std::move(event), context);
  asked.ran = hook_events(HookPoint::pre_tool_use, answer, call_id, state_.label);
  asked.stops = stop_words(answer);
  if (keeps_back(answer)) {
    asked.refusal = words_of(answer);
  } else if (answer.args) {
    asked.refusal = refusal_of(name, call_id, effect, *answer.args);
    asked.args = std::move(answer.args);
  }
  co_return asked;
}

// Why arguments that a hook put in place of a call's may not be used; completes them otherwise.
std::string Driver::refusal_of(const std::string& name, const std::string& call_id, Effect effect,
                               Json& args) const {
  const Tool* tool = program_.tools->find(name);
  if (tool == nullptr) return {};
  Result<Json> checked = tool->check(args);
  if (!checked) return "the arguments that a hook gave do not fit: " + checked.error().detail;
  args = std::move(*checked);
  PolicyQuery query;
  query.call_id = call_id;
  query.agent = state_.agent;
  query.tool = name;
  query.args = args;
  query.effect = effect;
  query.tool_asks = tool->spec().confirmation.asks;
  query.label = state_.label;
  const PolicyDecision decision = engine_.services_.policy.decide(query);
  if (decision.verdict == Verdict::allow) return {};
  const char* what = decision.verdict == Verdict::deny ? "' forbids" : "' asks a person about";
  return "the rule '" + decision.rule + what + " the arguments that a hook gave";
}

awaitable<Driver::ToolDone> Driver::asked_after(ToolDone done, Json args) {
  RunHooks* hooks = hooks_of(program_);
  const CallState* call = state_.find_call(done.call_id);
  ENSURE(call != nullptr);
  const std::string name = call->tool;
  if (hooks == nullptr || !hooks->has(HookPoint::post_tool_use, name)) co_return done;
  const bool ok = done.outcome.outcome == Outcome::ok;
  HookEvent event = hook_event(HookPoint::post_tool_use, done.call_id);
  event.tool = name;
  event.details = Json{{"tool_name", name},
                       {"tool_input", std::move(args)},
                       {"tool_use_id", done.call_id},
                       {"outcome", name_of(done.outcome.outcome)},
                       {"tool_response", ok ? done.outcome.value : Json(done.outcome.message)}};
  UnheardCall context;
  const HookAnswer answer = co_await hooks->ask(std::move(event), context);
  append(done.ran, hook_events(HookPoint::post_tool_use, answer, done.call_id, state_.label));
  add_words(done.outcome, answer);
  if (done.stops.empty()) done.stops = stop_words(answer);
  co_return done;
}

awaitable<Driver::HookedCall> Driver::asked_before_model(std::string call_id, Json details) {
  HookedCall asked;
  RunHooks* hooks = hooks_of(program_);
  const CallState* call = state_.find_call(call_id);
  ENSURE(call != nullptr);
  const bool compacts = call->purpose == "compaction";
  const HookPoint on = compacts ? HookPoint::pre_compact : HookPoint::pre_model_call;
  if (hooks == nullptr || !hooks->has(on, "")) co_return asked;
  HookEvent event = hook_event(on, call_id);
  event.details = std::move(details);
  if (compacts) event.details["trigger"] = "auto";
  UnheardCall context;
  const HookAnswer answer = co_await hooks->ask(std::move(event), context);
  asked.ran = hook_events(on, answer, call_id, state_.label);
  asked.stops = stop_words(answer);
  if (answer.verdict >= HookVerdict::deny) asked.refusal = words_of(answer);
  co_return asked;
}

awaitable<Driver::ModelDone> Driver::asked_after_model(ModelDone done) {
  RunHooks* hooks = hooks_of(program_);
  auto* reply = std::get_if<ModelReply>(&done.outcome);
  const bool asks = hooks != nullptr && reply != nullptr;
  if (!asks || !hooks->has(HookPoint::post_model_call, "")) co_return done;
  HookEvent event = hook_event(HookPoint::post_model_call, done.call_id);
  event.details = details_of(*reply);
  UnheardCall context;
  const HookAnswer answer = co_await hooks->ask(std::move(event), context);
  append(done.ran, hook_events(HookPoint::post_model_call, answer, done.call_id, state_.label));
  if (done.stops.empty()) done.stops = stop_words(answer);
  if (answer.verdict < HookVerdict::deny) co_return done;
  ModelFailure failure;
  failure.failure_class = FailureClass::content;
  failure.message = words_of(answer);
  failure.usage = reply->usage;
  failure.cost = reply->cost;
  failure.target = reply->target;
  failure.attempts = reply->attempts;
  failure.route = std::move(reply->route);
  done.outcome = std::move(failure);
  co_return done;
}

// What Stop says comes before the run's end and is on record; the run has its answer all the same.
awaitable<Plan> Driver::asked_at_end(Plan plan) {
  RunHooks* hooks = hooks_of(program_);
  if (hooks == nullptr || !hooks->has(HookPoint::stop, "")) co_return plan;
  HookEvent event = hook_event(HookPoint::stop, "");
  event.details["stop_hook_active"] = false;
  event.details["text"] = string_at(plan.events.back().fields, "text");
  UnheardCall context;
  const HookAnswer answer = co_await hooks->ask(std::move(event), context);
  const std::vector<Event> ran = hook_events(HookPoint::stop, answer, "", state_.label);
  plan.events.insert(plan.events.begin(), ran.begin(), ran.end());
  co_return plan;
}

awaitable<void> Driver::end_by_hook() {
  co_await stop_tasks();
  if (over()) co_return;
  Ending ending{std::string(kStoppedByHook), stopped_by_hook_};
  co_await end_run(std::move(ending));
}

}  // namespace yoke
