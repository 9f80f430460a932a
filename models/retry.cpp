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
  cost += failure.cost;
}

void Spent::settle(ModelOutcome& outcome) const {
  const auto settle_one = [this](auto& one) {
    one.attempts += attempts;
    one.usage += usage;
    one.cost += cost;
  };
  std::visit(settle_one, outcome);
}

awaitable<ModelOutcome> call_with_retries(Attempt& attempt, RetryPolicy policy, Deadline deadline,
                                          DeltaSink sink, Random& random) {
  StreamWatch watch(std::move(sink));
  Spent spent;
  for (int number = 1;; ++number) {
    const DeltaSink watched = watch.sink();
    ModelOutcome outcome = co_await attempt.run(deadline, watched);
    const auto* failure = std::get_if<ModelFailure>(&outcome);
    std::optional<milliseconds> wait;
    if (failure != nullptr) wait = wait_before_next(policy, *failure, number, deadline, random);
    if (!wait) {
      spent.settle(outcome);
      co_return outcome;
    }
    spent.add(*failure);
    watch.reset();
    const Deadline next = LoopClock::now() + *wait;
    co_await sleep_until(next);
  }
}

}  // namespace yoke
