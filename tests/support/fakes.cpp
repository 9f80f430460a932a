#include "tests/support/fakes.h"

#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr Micros kWallStart = 1'790'000'000'000'000;

// Counts a call that ends before it was let go.
struct StopCount {
  int& stopped;
  bool done = false;
  ~StopCount() { stopped += done ? 0 : 1; }
};

}  // namespace

Micros VirtualWall::now() {
  const auto since = LoopClock::now().time_since_epoch();
  return kWallStart + skew + std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

awaitable<void> pause_for(LoopClock::duration delay) {
  if (delay <= LoopClock::duration::zero()) co_return;
  const Deadline at = delay == kNever ? kNoDeadline : LoopClock::now() + delay;
  co_await sleep_until(at);
}

FakeReply says(std::string words, NanoUsd cost) {
  ModelReply reply;
  reply.message.role = Role::assistant;
  reply.message.parts.emplace_back(TextPart{std::move(words)});
  reply.usage.input = 10;
  reply.usage.output = 5;
  reply.cost = cost;
  reply.target = "lab/small";
  FakeReply fake;
  fake.outcome = std::move(reply);
  return fake;
}

FakeReply wants(std::vector<Part> calls, NanoUsd cost) {
  FakeReply fake = says("let me see", cost);
  ModelReply& reply = std::get<ModelReply>(fake.outcome);
  reply.finish = Finish::tool_calls;
  for (Part& call : calls) reply.message.parts.push_back(std::move(call));
  return fake;
}

FakeReply breaks(FailureClass failure_class, std::string message) {
  ModelFailure failure;
  failure.failure_class = failure_class;
  failure.message = std::move(message);
  FakeReply fake;
  fake.outcome = std::move(failure);
  return fake;
}

awaitable<ModelOutcome> FakeModel::call(ModelRequest request, Deadline, DeltaSink sink) {
  requests.push_back(request);
  FakeReply reply = script(request, static_cast<int>(requests.size()));
  StopCount count{stopped};
  for (const Delta& delta : reply.deltas) {
    if (sink) sink(delta);
  }
  co_await pause_for(reply.delay);
  count.done = true;
  if (reply.throws) std::rethrow_exception(reply.throws);
  co_return std::move(reply.outcome);
}

Result<ModelEstimate> FakeModel::estimate(const ModelRequest& request) const {
  if (request.target == unknown_target) {
    return Error{Errc::not_found, "no model '" + request.target + "'"};
  }
  ModelEstimate estimate;
  estimate.input_tokens = 10;
  estimate.output_tokens = 10;
  estimate.cost = estimated_cost;
  estimate.cost_most = most_cost;
  estimate.priced = priced;
  if (!priced) estimate.unpriced = "no price is known for '" + request.target + "'";
  return estimate;
}

void FakeModel::answer_in_turn(std::vector<FakeReply> replies) {
  script = [replies = std::move(replies)](const ModelRequest&, int number) {
    const auto index = static_cast<std::size_t>(number) - 1;
    return index < replies.size() ? replies[index] : says("nothing more");
  };
}

FakeTool::FakeTool(std::string name, Effect effect) {
  spec_.name = std::move(name);
  spec_.effect = effect;
}

Result<Json> FakeTool::check(const Json& args) const {
  if (!refuses.empty()) return Error{Errc::invalid, refuses};
  Json filled = defaults;
  if (args.is_object()) filled.update(args);
  return filled;
}

awaitable<ToolOutcome> FakeTool::call(ToolRequest request, CallContext& context) {
  started.push_back(request);
  if (on_start) on_start(request, context);
  const LoopClock::duration wait = delay ? delay(request) : LoopClock::duration::zero();
  StopCount count{stopped};
  co_await pause_for(wait);
  ToolOutcome outcome;
  outcome.value = request.args;
  outcome.label = kTrustedPrivate;
  if (work) {
    auto doing = work(request, context);
    outcome = co_await std::move(doing);
  }
  count.done = true;
  ++finished;
  if (throws) std::rethrow_exception(throws);
  if (answer) outcome = answer(request);
  co_return outcome;
}

awaitable<ProbeOutcome> FakeTool::probe(ToolRequest, CallContext&) {
  ++probes;
  co_await pause_for(probe_delay);
  if (throws) std::rethrow_exception(throws);
  co_return probed;
}

void FakeTool::answer_probes(ProbeOutcome outcome) {
  spec_.has_probe = true;
  probed = std::move(outcome);
}

FakeTool& FakeTools::add(std::string name, Effect effect) {
  auto& place = tools_[name];
  place = std::make_unique<FakeTool>(std::move(name), effect);
  return *place;
}

Tool* FakeTools::find(std::string_view name) const {
  const auto found = tools_.find(name);
  return found == tools_.end() ? nullptr : found->second.get();
}

std::vector<const ToolSpec*> FakeTools::list() const {
  std::vector<const ToolSpec*> specs;
  for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
  return specs;
}

PolicyDecision FakePolicy::decide(const PolicyQuery& query) const {
  queries.push_back(query);
  const auto rule = rules.find(query.tool);
  if (rule != rules.end()) return rule->second;
  PolicyDecision decision;
  decision.rule = query.agent_asks ? "approve" : "default";
  decision.verdict = query.agent_asks ? Verdict::ask : Verdict::allow;
  return decision;
}

awaitable<Result<Program>> FakePrograms::restore(Json source) {
  restored.push_back(std::move(source));
  if (delay > LoopClock::duration::zero()) co_await pause_for(delay);
  if (!refuses.empty()) co_return Error{Errc::invalid, refuses};
  Program copy = of_source ? of_source(restored.back()) : program;
  co_return copy;
}

}  // namespace yoke
