#include "tests/sim/actors.h"

#include "tests/sim/parts.h"
#include "tests/support/fakes.h"

namespace yoke::sim {
namespace {

using std::chrono::milliseconds;

constexpr const char* kToolNames[] = {"read.a",    "read.b",   "same.a",   "once.a",
                                      "once.sure", "ask.once", "ask.read", "deny.x"};

constexpr const char* kClientTools[] = {"client.look", "client.write"};

// How a tool behaves to these arguments.
struct Behaviour {
  Behaviour(std::uint64_t seed, const ToolRequest& request) {
    Chance chance(seed_of(seed, request.tool + to_text(request.args)));
    before = milliseconds(chance.below(400));
    after = milliseconds(chance.below(400));
    const std::uint64_t kind = chance.below(100);
    fails = kind < 8;
    throws = kind >= 8 && kind < 11;
    stalls = kind >= 11 && kind < 15;
    untrusted = chance.in(3);
    value = Json{{"tool", request.tool}, {"sum", chance.below(1000)}};
  }
  LoopClock::duration before{};
  LoopClock::duration after{};
  bool fails = false;
  bool throws = false;
  bool stalls = false;
  bool untrusted = false;
  Json value;
};

Effect effect_of(const std::string& name) {
  if (name.starts_with("same")) return Effect::idempotent;
  const bool reads = name.starts_with("read") || name.ends_with("read");
  return reads ? Effect::read : Effect::once;
}

// Each call that a message wants is answered by the next message, and no result stands alone.
bool is_paired(const std::vector<Message>& messages) {
  std::vector<std::string> wanted;
  for (const Message& message : messages) {
    std::vector<std::string> results;
    std::vector<std::string> calls;
    for (const Part& part : message.parts) {
      if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(call->id);
      if (const auto* result = std::get_if<ToolResultPart>(&part)) results.push_back(result->id);
    }
    if (results != wanted) return false;
    wanted = std::move(calls);
  }
  return wanted.empty();
}

Part random_call(Chance& chance, std::size_t index, const Scenario& scenario) {
  const bool of_clients = scenario.caller_tools;
  ToolCallPart part;
  part.id = "v" + std::to_string(index) + "." + std::to_string(chance.below(10'000));
  const std::uint64_t kind = chance.below(100);
  part.name = kToolNames[chance.below(std::size(kToolNames))];
  part.args = Json{{"n", chance.below(1'000'000)}};
  if (of_clients && chance.in(3)) part.name = kClientTools[chance.below(std::size(kClientTools))];
  if (kind < 4) part.name = "no.such";
  if (kind >= 4 && kind < 7) part.args = Json{{"m", 1}};
  if (kind >= 7 && kind < 10) {
    part.args = nullptr;
    part.bad_args = "{\"n\":";
  }
  if (scenario.parts && chance.in(5)) part.name = chance.in(3) ? kHelperTool : kCodeTool;
  return part;
}

bool is_script_asking(const ModelRequest& request) {
  return request.messages.size() == 1 && text_of(request.messages[0]).starts_with("script: ");
}

}  // namespace

std::string random_tool(Chance& chance, bool of_clients) {
  if (of_clients && chance.in(6)) return kClientTools[chance.below(std::size(kClientTools))];
  const std::uint64_t kind = chance.below(50);
  if (kind == 0) return "no.such";
  if (kind < 3) return kHelperTool;
  return kToolNames[chance.below(std::size(kToolNames))];
}

Json random_args(Chance& chance) {
  if (chance.in(30)) return Json{{"m", 1}};
  if (chance.in(40)) return "no object";
  return Json{{"n", chance.below(1'000'000)}};
}

Scenario::Scenario(std::uint64_t wanted) : seed(wanted) {
  Chance chance(seed_of(seed, "scenario"));
  runs = static_cast<int>(1 + chance.below(3));
  turns_max = 1 + chance.below(4);
  calls_at_once = chance.in(3) ? static_cast<int>(1 + chance.below(3)) : 16;
  session = chance.in(3);
  if (chance.in(5)) limits.steps = static_cast<std::int64_t>(1 + chance.below(3));
  if (chance.in(5)) limits.usd = static_cast<NanoUsd>(100 + chance.below(400));
  if (chance.in(8)) limits.tokens = static_cast<std::int64_t>(20 + chance.below(60));
  if (chance.in(3)) budget = static_cast<NanoUsd>(300 + chance.below(3000));
  overlaps = chance.in(2);
  queues = session && overlaps && chance.in(2);
  at_once = chance.in(2);
  interrupts = queues && chance.in(2);
  caller_tools = chance.in(3);
  parts = chance.in(2);
  changes = parts && chance.in(8);
}

SimTool::SimTool(std::string name, Effect effect, bool has_probe, std::uint64_t seed,
                 Outside& world, const std::int64_t& epoch)
    : seed_(seed), world_(world), epoch_(epoch) {
  spec_.name = std::move(name);
  spec_.effect = effect;
  spec_.has_probe = has_probe;
  if (spec_.name == kHelperTool) spec_.agent = kHelper;
  spec_.timeout = std::chrono::duration_cast<milliseconds>(kToolTimeout);
}

Result<Json> SimTool::check(const Json& args) const {
  if (!member_at(args, "n").is_number_unsigned()) {
    return Error{Errc::invalid, "at /n: expected an integer"};
  }
  Json filled = args;
  filled["unit"] = "mm";
  return filled;
}

awaitable<ToolOutcome> SimTool::call(ToolRequest request, CallContext& context) {
  world_.check_start(request, spec_.effect, epoch_);
  const Behaviour behaviour(seed_, request);
  Outside::Visit visit(world_, request, spec_.effect);
  context.progress(0, 1, request.tool);
  co_await pause_for(behaviour.before);
  if (!behaviour.fails) visit.take_place();
  const LoopClock::duration rest = behaviour.stalls ? kNever : behaviour.after;
  co_await pause_for(rest);
  visit.end(epoch_);
  if (behaviour.throws) throw Fault("the peer hung up");
  ToolOutcome outcome;
  outcome.label = behaviour.untrusted ? Label{} : kTrustedPublic;
  outcome.value = behaviour.value;
  if (spec_.effect == Effect::idempotent) {
    outcome.value = world_.remembered(request.idempotency_key, behaviour.value);
  }
  if (behaviour.fails) {
    outcome.outcome = Outcome::error;
    outcome.message = "the peer said no";
  }
  co_return outcome;
}

awaitable<ProbeOutcome> SimTool::probe(ToolRequest request, CallContext&) {
  co_await pause_for(milliseconds(20));
  ProbeOutcome outcome;
  outcome.answer = world_.probe(request.idempotency_key);
  outcome.value = Behaviour(seed_, request).value;
  co_return outcome;
}

SimTools::SimTools(std::uint64_t seed, Outside& world, const std::int64_t& epoch) {
  for (const char* name : kToolNames) {
    const bool has_probe = std::string_view(name) == "once.sure";
    tools_[name] = std::make_unique<SimTool>(name, effect_of(name), has_probe, seed, world, epoch);
  }
  tools_[kHelperTool] =
      std::make_unique<SimTool>(kHelperTool, Effect::read, false, seed, world, epoch);
}

Tool* SimTools::find(std::string_view name) const {
  const auto found = tools_.find(name);
  return found == tools_.end() ? nullptr : found->second.get();
}

std::vector<const ToolSpec*> SimTools::list() const {
  std::vector<const ToolSpec*> specs;
  for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
  return specs;
}

ModelReply SimModel::reply_to(const ModelRequest& request, Chance& chance) const {
  std::uint64_t turns = 0;
  for (const Message& message : request.messages) turns += message.role == Role::assistant ? 1 : 0;
  ModelReply reply;
  reply.message.role = Role::assistant;
  reply.target = request.target;
  reply.usage.input = 10;
  reply.usage.output = static_cast<std::int64_t>(1 + chance.below(10));
  const NanoUsd most = estimate(request)->cost;
  reply.cost = most - static_cast<NanoUsd>(chance.below(10));
  std::uint64_t wanted = turns < scenario_.turns_max ? chance.below(7) : 0;
  if (is_script_asking(request)) wanted = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    reply.message.parts.push_back(random_call(chance, i, scenario_));
    if (chance.in(12)) reply.message.parts.push_back(reply.message.parts.back());  // said twice
  }
  if (wanted == 0) {
    reply.message.parts.emplace_back(TextPart{"the answer is " + std::to_string(chance.next())});
  }
  reply.finish = wanted == 0 ? Finish::stop : Finish::tool_calls;
  return reply;
}

awaitable<ModelOutcome> SimModel::call(ModelRequest request, Deadline, DeltaSink sink) {
  if (!is_paired(request.messages)) world_.breach("a model was shown an orphaned call or result");
  Chance chance(seed_of(scenario_.seed, request.target + to_text(to_json(request))));
  Delta delta;
  delta.text = "hm";
  if (sink) sink(delta);
  const std::uint64_t kind = chance.below(200);
  const LoopClock::duration wait = kind == 0 ? kNever : milliseconds(chance.below(800));
  co_await pause_for(wait);
  if (kind == 1) throw Fault("no route to the model");
  if (kind == 2) {
    ModelFailure failure;
    failure.failure_class = FailureClass::quota;
    failure.message = "slow down";
    failure.retryable = true;
    co_return failure;
  }
  ModelReply reply = reply_to(request, chance);
  co_return reply;
}

Result<ModelEstimate> SimModel::estimate(const ModelRequest& request) const {
  ModelEstimate estimate;
  estimate.input_tokens = 10;
  estimate.output_tokens = 10;
  estimate.cost = static_cast<NanoUsd>(40 + 10 * request.messages.size());
  estimate.priced = true;
  return estimate;
}

PolicyDecision SimPolicy::decide(const PolicyQuery& query) const {
  PolicyDecision decision;
  decision.rule = "default";
  if (query.tool.starts_with("same")) decision.rule = "same.*";
  if (query.tool == "agent.helper" || query.tool == kHelperTool) decision.rule = "crew";
  if (query.tool.starts_with("ask")) decision = {Verdict::ask, "ask.*"};
  if (query.tool.starts_with("deny")) decision = {Verdict::deny, "deny.*"};
  return decision;
}

awaitable<Result<Program>> SimPrograms::restore(Json source) {
  Program copy = string_at(source, "agent") == kHelper ? helper : program;
  co_return copy;
}

std::vector<ToolSpec> tools_of_clients() {
  std::vector<ToolSpec> tools;
  for (const char* name : kClientTools) {
    tools.emplace_back();
    tools.back().name = name;
    tools.back().description = "the client does it";
    tools.back().input_schema = Json{{"type", "object"}};
  }
  return tools;
}

Json caller_answer(std::uint64_t seed, const QuestionState& question) {
  Chance chance(seed_of(seed, "client" + to_text(question.body)));
  if (chance.in(25)) return nullptr;
  if (chance.in(6)) return Json{{"error", "the client could not"}};
  return Json{{"seen", chance.below(1000)}};
}

Json late_answer() { return Json{{"seen", "too late"}}; }

Json approval_answer(std::uint64_t seed, const QuestionState& question) {
  Chance chance(seed_of(seed, to_text(question.body)));
  if (chance.in(4)) return "not today";
  if (chance.in(4)) return Json{{"approve", false}};
  return "yes";
}

}  // namespace yoke::sim
