#include "models/routes/asking.h"

#include <algorithm>

#include "models/estimate.h"
#include "models/most_tokens.h"
#include "models/retry.h"
#include "models/routes/tool_images.h"

namespace yoke {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// Counts a request as waiting for its first piece.
class Waiting {
 public:
  explicit Waiting(Pace& pace) : pace_(pace) { ++pace_.in_flight; }
  ~Waiting() { --pace_.in_flight; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Pace& pace_;
};

std::int64_t micros_between(CommitBuffer::Time from, CommitBuffer::Time to) {
  return duration_cast<microseconds>(to - from).count();
}

bool says_something_of_pace(FailureClass failure_class) {
  return failure_class == FailureClass::server || failure_class == FailureClass::network ||
         failure_class == FailureClass::malformed || failure_class == FailureClass::timed_out;
}

// Leaves the images of tools out where the model is known not to see. The request to ask with
// where, asked with them, it fails for it; none: it sees, or there are none.
std::optional<ModelRequest> ready_images(const Target& asked, ModelRequest& request) {
  if (!shows_tool_images(request)) return std::nullopt;
  const Known sees = asked.pace->is_blind ? Known::no : asked.backend->facts(asked.model).images_in;
  if (sees == Known::yes) return std::nullopt;
  if (sees == Known::no) {
    leave_out_tool_images(request);
    return std::nullopt;
  }
  ModelRequest without = request;
  leave_out_tool_images(without);
  return without;
}

// Servers say in their own ways that they take no images; all do so before they say anything else.
bool may_be_blind(const ModelOutcome& outcome, const Lane& lane) {
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure == nullptr || lane.first) return false;
  return failure->failure_class == FailureClass::client ||
         failure->failure_class == FailureClass::server;
}

}  // namespace

NanoUsd cost_at(const Target& target, const Usage& usage) {
  const std::optional<Price> price = target.backend->price_of(target.model);
  return price ? cost_of(usage, *price) : 0;
}

NanoUsd most_at(const Target& target, const Usage& usage) {
  const std::optional<Price> price = target.backend->price_of(target.model);
  return price ? most_cost_of(usage, *price) : 0;
}

Usage most_of(const ModelRequest& request) {
  Usage usage;
  usage.input = most_input_tokens(request);
  usage.output = std::max<std::int64_t>(request.output_tokens_max, 0);
  return usage;
}

Asking::Asking(const Terms& terms, std::optional<NanoUsd> granted, DeltaSink sink)
    : terms_(terms),
      granted_(granted),
      streams_(static_cast<bool>(sink) || terms.watches),
      buffer_(terms.settings.commit, std::move(sink)) {}

void Asking::on_delta(Lane& lane, const Delta& delta) {
  const auto now = LoopClock::now();
  if (!lane.first) {
    lane.first = now;
    target(lane.target).pace->observe(duration_cast<milliseconds>(now - lane.started), now);
  }
  lane.bytes += static_cast<std::int64_t>(delta.text.size());
  if (lane.sink) {
    lane.sink(delta);
  } else {
    buffer_.take(delta, now);
  }
}

// An attempt has failed and another follows: who is cancelled then pays for both.
void Asking::note_attempt(Lane& lane, const ModelFailure& failure) {
  lane.attempts_before += failure.attempts;
  lane.bytes = 0;
  if (failure.usage.input == 0 && failure.usage.output == 0) return;
  lane.before += failure.usage;
  lane.cost_before = saturating_add(lane.cost_before, failure.cost);
}

bool Asking::may_retry(const Lane& lane, const ModelFailure& failure, milliseconds wait) const {
  const bool nobody_knows = failure.attempts == 0 && !failure.retry_after;  // when it is back
  if (lane.others && nobody_knows) return false;
  const bool may_void = terms_.settings.after == AfterCommit::restart;
  if (buffer_.shows() && !may_void) return false;
  return !lane.others || wait <= terms_.settings.wait;
}

awaitable<ModelOutcome> Asking::ask(Lane& lane, ModelRequest request) {
  const Target& asked = target(lane.target);
  const std::int64_t input_tokens = granted_ || lane.others ? estimate_input_tokens(request) : 0;
  request.target = asked.model;
  if (granted_) {
    request.reserved = *granted_ - std::min(saturating_add(spent_, lane.aside), *granted_);
  }
  // The same without images of tools, for a model of which nobody knows whether it sees.
  std::optional<ModelRequest> blind = ready_images(asked, request);
  CallTerms terms;
  terms.may_retry = [this, &lane](const ModelFailure& failure, milliseconds wait) {
    const bool again = may_retry(lane, failure, wait);
    if (again) note_attempt(lane, failure);
    return again;
  };
  terms.continues = lane.continues;
  lane.started = LoopClock::now();
  const auto& patience = terms_.settings.spill_after;
  if (lane.others && patience) terms.queue_until = lane.started + *patience;
  DeltaSink watched;
  if (streams_) watched = [this, &lane](const Delta& delta) { on_delta(lane, delta); };
  ModelOutcome outcome;
  std::exception_ptr thrown;
  {
    const Waiting waiting(*asked.pace);
    auto called = asked.backend->call_within(terms, std::move(request), terms_.deadline, watched);
    try {
      outcome = co_await std::move(called);
      if (blind && may_be_blind(outcome, lane)) {
        note_attempt(lane, std::get<ModelFailure>(outcome));
        auto again = asked.backend->call_within(terms, std::move(*blind), terms_.deadline, watched);
        outcome = co_await std::move(again);
        asked.pace->is_blind = std::holds_alternative<ModelReply>(outcome);
      }
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  if (thrown) {
    record_lost(lane, input_tokens);
    std::rethrow_exception(thrown);
  }
  std::visit([&asked](auto& one) { one.target = asked.name; }, outcome);
  record_outcome(lane, outcome);
  co_return outcome;
}

void Asking::pass_over(const Lane& lane, std::string why) {
  ModelTry& row = tries_.emplace_back();
  row.target = target(lane.target).name;
  row.role = lane.role;
  row.failure = FailureClass::quota;
  row.message = std::move(why);
  row.attempts = 0;
}

ModelTry& Asking::record(const Lane& lane) {
  ModelTry& row = tries_.emplace_back();
  row.target = target(lane.target).name;
  row.role = lane.role;
  if (lane.first)
    row.first_us = std::max<std::int64_t>(1, micros_between(lane.started, *lane.first));
  row.total_us = micros_between(lane.started, LoopClock::now());
  return row;
}

void Asking::record_outcome(const Lane& lane, const ModelOutcome& outcome) {
  ModelTry& row = record(lane);
  const auto copy = [&row](const auto& one) {
    row.usage = one.usage;
    row.cost = one.cost;
    row.attempts = one.attempts;
  };
  std::visit(copy, outcome);
  spent_ = saturating_add(spent_, row.cost);
  const auto now = LoopClock::now();
  Pace& pace = *target(lane.target).pace;
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    row.failure = failure->failure_class;
    row.fault = failure->fault;
    row.message = failure->message;
    if (!lane.first && says_something_of_pace(failure->failure_class)) pace.fail(now);
  } else if (!lane.first && !streams_) {
    pace.observe(duration_cast<milliseconds>(now - lane.started), now);
  }
}

void Asking::record_lost(const Lane& lane, std::int64_t input_tokens) {
  ModelTry& row = record(lane);
  row.failure = FailureClass::cancelled;
  row.message = "it was no longer waited for";
  row.usage.input = input_tokens;
  row.usage.output = (lane.bytes + 3) / 4;
  row.usage.estimated = true;
  row.cost = saturating_add(cost_at(target(lane.target), row.usage), lane.cost_before);
  row.usage += lane.before;
  row.attempts += lane.attempts_before;
  spent_ = saturating_add(spent_, row.cost);
}

bool Asking::covers(std::size_t at, const Usage& most, NanoUsd under_way) const {
  const NanoUsd so_far = saturating_add(spent_, under_way);
  return Allowance{granted_, most_at(target(at), most)}.covers_another(so_far);
}

std::string Asking::refusal() const { return Allowance{granted_, 0}.refusal(); }

void Asking::settle(ModelOutcome& outcome) {
  Usage usage;
  int attempts = 0;
  for (const ModelTry& one : tries_) {
    attempts += one.attempts;
    if (one.usage.input != 0 || one.usage.output != 0) usage += one.usage;
  }
  const auto sum_up = [&](auto& one) {
    if (tries_.size() > 1) one.usage = usage;
    one.cost = spent_;
    one.attempts = attempts;
    one.route.tries = std::move(tries_);
  };
  std::visit(sum_up, outcome);
}

}  // namespace yoke
