#include "models/retry.h"

#include <algorithm>

#include "runtime/loop/deadline.h"

namespace yoke {

using std::chrono::milliseconds;

std::optional<milliseconds> wait_before_next(const RetryPolicy& policy, const ModelFailure& failure,
                                             int attempt, Deadline deadline, Random& random) {
  if (!failure.retryable || attempt >= policy.attempts_max) return std::nullopt;
  milliseconds wait{0};
  if (failure.retry_after) {
    wait = *failure.retry_after;
    if (wait > policy.retry_after_max) return std::nullopt;
  } else {
    constexpr int kDoublingsMax = 20;
    const int doublings = std::clamp(attempt - 1, 0, kDoublingsMax);
    const auto whole = std::min(policy.backoff_first * (1 << doublings), policy.backoff_max);
    const auto half = static_cast<std::uint64_t>(whole.count() / 2);
    wait = whole - milliseconds(static_cast<std::int64_t>(random.next() % (half + 1)));
  }
  if (deadline != kNoDeadline && LoopClock::now() + wait >= deadline) return std::nullopt;
  return wait;
}

DeltaSink StreamWatch::sink() {
  if (!sink_) return {};
  return [this](const Delta& delta) { pass(delta); };
}

void StreamWatch::pass(const Delta& delta) {
  streamed_ = delta.kind != Delta::Kind::reset;
  sink_(delta);
}

void StreamWatch::reset() {
  if (!streamed_) return;
  Delta delta;
  delta.kind = Delta::Kind::reset;
  pass(delta);
}

void Spent::add(const ModelFailure& failure) {
  attempts += failure.attempts;
  if (failure.usage.input == 0 && failure.usage.output == 0) return;
  usage += failure.usage;
  cost = saturating_add(cost, failure.cost);
}

void Spent::settle(ModelOutcome& outcome) const {
  const auto settle_one = [this](auto& one) {
    one.attempts += attempts;
    one.usage += usage;
    one.cost = saturating_add(one.cost, cost);
  };
  std::visit(settle_one, outcome);
}

std::string Allowance::refusal() const {
  return "could come to more than the " + to_dollars(granted.value_or(0)) +
         " reserved for the call";
}

namespace {

// How long to wait before the next attempt; none: that was the last. Says in the failure why none
// is made that would have been.
std::optional<milliseconds> wait_before_another(const Retrying& retrying, ModelFailure& failure,
                                                bool other_way, int attempt, NanoUsd spent,
                                                Random& random) {
  std::optional<milliseconds> wait;
  const bool in_time = LoopClock::now() < retrying.deadline;
  if (other_way && in_time) {
    wait = milliseconds(0);
  } else {
    wait = wait_before_next(retrying.policy, failure, attempt, retrying.deadline, random);
  }
  if (!wait) return std::nullopt;
  if (retrying.may_retry && !retrying.may_retry(failure, *wait)) return std::nullopt;
  if (retrying.allowance.covers_another(saturating_add(spent, failure.cost))) return wait;
  failure.message += "; not tried again: that " + retrying.allowance.refusal();
  return std::nullopt;
}

}  // namespace

awaitable<ModelOutcome> call_with_retries(Attempt& attempt, Retrying retrying, DeltaSink sink,
                                          Random& random) {
  StreamWatch watch(std::move(sink));
  Spent spent;
  std::size_t ways = 1;  // tried since the last wait
  for (int number = 1;;) {
    const DeltaSink watched = watch.sink();
    ModelOutcome outcome = co_await attempt.run(retrying.deadline, watched);
    auto* failure = std::get_if<ModelFailure>(&outcome);
    const bool other_way =
        failure != nullptr && ways < attempt.ways() && attempt.has_other_way(*failure);
    std::optional<milliseconds> wait;
    if (failure != nullptr) {
      wait = wait_before_another(retrying, *failure, other_way, number, spent.cost, random);
    }
    if (!wait) {
      spent.settle(outcome);
      co_return outcome;
    }
    spent.add(*failure);
    watch.reset();
    ways = other_way ? ways + 1 : 1;
    if (!other_way) ++number;
    if (*wait == milliseconds(0)) continue;
    const Deadline next = LoopClock::now() + *wait;
    co_await sleep_until(next);
  }
}

}  // namespace yoke
