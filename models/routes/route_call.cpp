#include "models/routes/route_call.h"

#include <algorithm>

#include "models/routes/checks.h"
#include "models/routes/continuation.h"
#include "models/routes/race.h"
#include "models/structured.h"
#include "runtime/base/saturating.h"
#include "runtime/schema/answer.h"

namespace yoke {
namespace {

std::shared_ptr<const Schema> shape_of(const ModelRequest& request) {
  if (request.output_schema.is_null()) return nullptr;
  auto schema = Schema::compile(request.output_schema);
  return schema ? std::move(*schema) : nullptr;  // what cannot be checked is taken as it comes
}

std::string seconds_of(std::chrono::milliseconds wait) {
  return std::to_string((wait.count() + 999) / 1000) + " s";
}

bool was_refused(const ModelOutcome& outcome) {
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  return failure != nullptr && failure->failure_class == FailureClass::client;
}

// Of failures one after the other, as one line.
std::string lost_before(const std::vector<ModelTry>& tries) {
  std::string lost;
  for (std::size_t at = 0; at + 1 < tries.size(); ++at) {
    const ModelTry& one = tries[at];
    if (!one.failure || *one.failure == FailureClass::cancelled) continue;
    lost += one.message + "; then ";
  }
  return lost;
}

}  // namespace

bool another_may_do(const ModelFailure& failure) {
  switch (failure.failure_class) {
    case FailureClass::key:
    case FailureClass::quota:
    case FailureClass::server:
    case FailureClass::network:
    case FailureClass::malformed:
      return true;
    default:
      return false;
  }
}

RouteCall::RouteCall(const RouteFrame& frame, RoutePlan plan, ModelRequest request,
                     Deadline deadline, DeltaSink sink)
    : frame_(frame),
      plan_(std::move(plan)),
      request_(std::move(request)),
      most_(most_of(request_)),
      deadline_(deadline),
      shape_(shape_of(request_)),
      asking_(Asking::Terms{frame_.settings, frame_.targets, deadline,
                            frame_.settings.strategy == "fastest" ||
                                frame_.settings.strategy == "hedged"},
              request_.reserved, std::move(sink)) {}

// An answer that may not be taken is held back until it is; so is one that may need mending, where
// nothing may be voided.
void RouteCall::begin_target() {
  const bool checked = !frame_.settings.checks.empty() && !is_last();
  const bool mended = shape_ && frame_.settings.after != AfterCommit::restart;
  CommitPoint point = frame_.settings.commit;
  if (checked || mended) point.kind = CommitPoint::Kind::whole;
  asking_.buffer().set_point(point);
}

Lane RouteCall::lane_of(std::size_t at) const {
  Lane lane;
  lane.target = plan_.order[at];
  lane.role = role_;
  lane.others = at + 1 < plan_.order.size();
  return lane;
}

// Whether a target's queue is longer than the route waits while another could be asked.
bool RouteCall::passes_over() {
  const auto& patience = frame_.settings.spill_after;
  if (is_last() || !patience) return false;
  const Target& one = asking_.target(target());
  const Gate* gate = one.backend->gate();
  if (gate == nullptr) return false;
  const GateRequest wanted{one.model, request_.tenant, saturating_add(most_.input, most_.output)};
  const auto wait = gate->expected_wait(wanted);
  if (!wait || *wait <= *patience) return false;
  plan_.why = "'" + one.name + "' was passed over: its queue takes about " + seconds_of(*wait);
  asking_.pass_over(lane_of(at_), plan_.why);
  return true;
}

awaitable<ModelOutcome> RouteCall::run() {
  for (;; ++at_) {
    if (passes_over()) continue;
    begin_target();
    auto asked = ask();
    ModelOutcome outcome = co_await std::move(asked);
    Next next = Next::end;
    if (auto* reply = std::get_if<ModelReply>(&outcome)) {
      auto judged = judge(*reply);
      const Result<void> verdict = co_await std::move(judged);
      next = after_reply(*reply, verdict);
    } else {
      next = after_failure(std::get<ModelFailure>(outcome));
    }
    if (next == Next::end) co_return finish(std::move(outcome));
  }
}

awaitable<ModelOutcome> RouteCall::ask() {
  ModelOutcome outcome;
  const bool hedged = at_ == 0 && plan_.hedge_after && !is_last();
  if (hedged) {
    auto two = ask_two();
    outcome = co_await std::move(two);
  } else {
    Lane lane = lane_of(at_);
    const bool needed_again = !is_last() || shape_ || frame_.settings.after == AfterCommit::go_on;
    ModelRequest one = needed_again ? request_ : std::move(request_);
    auto asked = asking_.ask(lane, std::move(one));
    outcome = co_await std::move(asked);
  }
  if (std::holds_alternative<ModelFailure>(outcome)) {
    auto going_on = written_on(std::move(outcome));
    outcome = co_await std::move(going_on);
  }
  auto shaping = shaped(std::move(outcome));
  co_return co_await std::move(shaping);
}

awaitable<ModelOutcome> RouteCall::ask_two() {
  Lane first = lane_of(at_);
  Lane second = lane_of(at_ + 1);
  second.role = "hedge";
  const NanoUsd under_way = most_at(asking_.target(first.target), most_);
  const bool covered = asking_.covers(second.target, most_, under_way);
  ModelOutcome outcome;
  if (!covered) {
    auto asked = asking_.ask(first, request_);
    outcome = co_await std::move(asked);
    co_return outcome;
  }
  first.aside = most_at(asking_.target(second.target), most_);
  second.aside = under_way;
  Race race(asking_, first, second, frame_.memory.extra);
  const Deadline hedge_at = LoopClock::now() + *plan_.hedge_after;
  auto racing = race.run(request_, hedge_at);
  outcome = co_await std::move(racing);
  if (race.second_stands()) {
    ++at_;
    plan_.why = "the first had not begun to answer after " +
                std::to_string(plan_.hedge_after->count()) + " ms";
  }
  co_return outcome;
}

// The targets that can write an answer on: first the one that broke off.
std::vector<std::size_t> RouteCall::who_writes_on() const {
  std::vector<std::size_t> who;
  for (std::size_t at = at_; at < plan_.order.size(); ++at) {
    const Target& one = asking_.target(plan_.order[at]);
    if (one.backend->can_continue(one.model)) who.push_back(at);
  }
  return who;
}

awaitable<ModelOutcome> RouteCall::written_on(ModelOutcome outcome) {
  if (frame_.settings.after != AfterCommit::go_on) co_return outcome;
  for (const std::size_t at : who_writes_on()) {
    const auto* failure = std::get_if<ModelFailure>(&outcome);
    if (failure == nullptr || !another_may_do(*failure)) co_return outcome;
    if (!asking_.buffer().shows_text_alone()) co_return outcome;
    ModelRequest rest = continuing_request(request_, asking_.buffer().shown_text());
    if (!asking_.covers(plan_.order[at], most_of(rest))) co_return outcome;
    Lane lane = lane_of(at);
    lane.role = "continue";
    lane.continues = true;
    Continuation continuation(asking_.buffer().shown_text(), asking_.buffer().shown_reasoning());
    lane.sink = [&continuation, this](const Delta& delta) {
      for (const Delta& piece : continuation.take(delta)) {
        asking_.buffer().take(piece, LoopClock::now());
      }
    };
    auto asked = asking_.ask(lane, std::move(rest));
    ModelOutcome written = co_await std::move(asked);
    if (was_refused(written)) continue;  // it cannot write on after all
    at_ = at;
    outcome = std::move(written);
    if (auto* reply = std::get_if<ModelReply>(&outcome)) continuation.join(reply->message);
  }
  co_return outcome;
}

// Has an answer that does not have its shape mended, as often as the route allows.
awaitable<ModelOutcome> RouteCall::shaped(ModelOutcome outcome) {
  if (!shape_) co_return outcome;
  const Target& asked = asking_.target(target());
  StructuredNote note;
  note.mode = name_of(asked.backend->schema_mode(asked.model));
  for (;; ++note.attempts) {
    const auto* reply = std::get_if<ModelReply>(&outcome);
    if (reply == nullptr || !is_structured_answer(*reply)) co_return outcome;
    const Result<Json> answer = read_answer(text_of(reply->message), *shape_);
    note.degraded = !answer.has_value();
    structured_ = note;
    if (answer || note.attempts >= frame_.settings.structured_attempts) co_return outcome;
    ModelRequest again = repair_request(request_, reply->message, answer.error().detail);
    if (!asking_.covers(target(), most_of(again))) {
      asking_.tries().back().message = "not mended: that " + asking_.refusal();
      co_return outcome;
    }
    asking_.tries().back().message = "it does not fit: " + answer.error().detail;
    asking_.buffer().void_all();
    Lane lane = lane_of(at_);
    lane.role = "repair";
    auto repairing = asking_.ask(lane, std::move(again));
    outcome = co_await std::move(repairing);
  }
}

awaitable<Result<void>> RouteCall::judge(const ModelReply& reply) {
  if (is_last()) co_return Result<void>();
  for (const RouteCheck& check : frame_.settings.checks) {
    Result<void> verdict;
    if (check.kind == RouteCheck::Kind::lua && frame_.scripts != nullptr) {
      auto asked = check_by_script(check, request_, reply, *frame_.scripts, deadline_);
      verdict = co_await std::move(asked);
    } else {
      verdict = check_reply(check, request_, reply);
    }
    if (!verdict) co_return verdict;
  }
  co_return Result<void>();
}

RouteCall::Next RouteCall::after_reply(ModelReply& reply, const Result<void>& verdict) {
  if (verdict) return Next::end;
  const std::string& why = verdict.error().detail;
  if (!asking_.covers(plan_.order[at_ + 1], most_)) {
    plan_.why = "taken although " + why + ": another request " + asking_.refusal();
    return Next::end;
  }
  asking_.tries().back().message = why;
  plan_.why = reply.target + " was not good enough: " + why;
  asking_.buffer().void_all();
  structured_.reset();
  role_ = "escalated";
  return Next::another;
}

RouteCall::Next RouteCall::after_failure(ModelFailure& failure) {
  if (is_last() || !another_may_do(failure)) return Next::end;
  const bool seen = asking_.buffer().shows();
  if (seen && frame_.settings.after == AfterCommit::error) return Next::end;
  const Target& other = asking_.target(plan_.order[at_ + 1]);
  if (!asking_.covers(plan_.order[at_ + 1], most_)) {
    failure.message += "; '" + other.name + "' is not asked: it " + asking_.refusal();
    return Next::end;
  }
  asking_.buffer().void_all();
  if (role_ != "escalated") role_ = seen ? "restart" : "";
  return Next::another;
}

ModelOutcome RouteCall::finish(ModelOutcome outcome) {
  auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure == nullptr) {
    asking_.buffer().accept();
  } else {
    asking_.buffer().drop();
    failure->message.insert(0, lost_before(asking_.tries()));
  }
  asking_.settle(outcome);
  const auto note = [this](RouteNote& route) {
    route.route = frame_.name;
    if (!frame_.name.empty()) route.strategy = frame_.settings.strategy;
    route.why = std::move(plan_.why);
    for (const std::size_t at : plan_.shadows) route.shadows.push_back(frame_.targets[at].name);
    route.structured = std::move(structured_);
  };
  std::visit([&note](auto& one) { note(one.route); }, outcome);
  return outcome;
}

}  // namespace yoke
