#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "runtime/base/id.h"
#include "runtime/base/saturating.h"
#include "runtime/ports/model.h"

namespace yoke {

// How often, and how patiently, a failed request is sent again.
struct RetryPolicy {
  int attempts_max = 3;                          // the first one counted
  std::chrono::milliseconds backoff_first{500};  // doubles with each attempt
  std::chrono::milliseconds backoff_max{8'000};
  std::chrono::milliseconds retry_after_max{
      30'000};  // a server that asks for more is not waited for
};

// How long to wait after the `attempt`th attempt (from 1) failed; none: do not try again. The wait
// is what the server asked for, else a random half-to-whole of the backoff; never past the
// deadline.
std::optional<std::chrono::milliseconds> wait_before_next(const RetryPolicy& policy,
                                                          const ModelFailure& failure, int attempt,
                                                          Deadline deadline, Random& random);

// What the attempts of one call may cost together. The first one is granted; what failed without a
// bill leaves the grant whole.
struct Allowance {
  std::optional<NanoUsd> granted;  // none: no limit of money is in force
  NanoUsd attempt = 0;             // what one attempt may cost

  bool covers_another(NanoUsd spent) const {
    return !granted || spent == 0 || saturating_add(spent, attempt) <= *granted;
  }
  std::string refusal() const;  // said of an attempt that is not made
};

// One request to one server.
class Attempt {
 public:
  virtual ~Attempt() = default;
  virtual awaitable<ModelOutcome> run(Deadline deadline, DeltaSink sink) = 0;
  // How many ways there are; no more are tried one after the other at once.
  virtual std::size_t ways() const { return 1; }
  // Whether the next one would go another way, such as with another key, that this failure says
  // nothing of: then it goes at once and counts for nothing.
  virtual bool has_other_way(const ModelFailure&) const { return false; }
};

// How often a call is tried again.
struct Retrying {
  RetryPolicy policy;
  Allowance allowance;
  Deadline deadline = kNoDeadline;
  // Asked before each further attempt; empty: yes.
  std::function<bool(const ModelFailure&, std::chrono::milliseconds wait)> may_retry = {};
};

// Runs `attempt` until it succeeds, fails for good, or there has been enough: by the policy, by
// may_retry, or because the allowance does not cover one more. What an attempt had streamed before
// it failed is voided with Delta::reset before the next; what it had used up is counted in the
// outcome. `attempt` and `random` outlive the call.
awaitable<ModelOutcome> call_with_retries(Attempt& attempt, Retrying retrying, DeltaSink sink,
                                          Random& random);

// Passes deltas on and remembers whether any stands that was not voided.
class StreamWatch {
 public:
  explicit StreamWatch(DeltaSink sink) : sink_(std::move(sink)) {}
  StreamWatch(const StreamWatch&) = delete;
  StreamWatch& operator=(const StreamWatch&) = delete;

  DeltaSink sink();  // borrows this; empty when there is nobody to stream to
  bool streamed() const { return streamed_; }
  void reset();  // voids what was streamed, if anything was

 private:
  void pass(const Delta& delta);

  DeltaSink sink_;
  bool streamed_ = false;
};

// What lost attempts have used up, added to the outcome of the last one.
struct Spent {
  Usage usage;
  NanoUsd cost = 0;
  int attempts = 0;

  void add(const ModelFailure& failure);
  void settle(ModelOutcome& outcome) const;
};

}  // namespace yoke
