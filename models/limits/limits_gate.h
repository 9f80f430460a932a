#pragma once

#include <map>

#include "models/fair_queue.h"
#include "models/gate.h"
#include "models/limits/limits.h"
#include "models/limits/minute_window.h"
#include "models/queue_length.h"

namespace yoke {

// The operator's limits on one backend: a request that would pass them waits, fairly by tenant.
//
// Ownership: shared by all calls of a backend; outlives its permits and its waiters.
// Limits:    kWaitersMax requests wait; one more is refused as unavailable.
class LimitsGate final : public Gate, public QueueLength {
 public:
  static constexpr std::size_t kWaitersMax = 10'000;

  explicit LimitsGate(const LimitSettings& limits);

  awaitable<Result<Permit>> enter(GateRequest request, Deadline deadline) override;
  // None where only places lack and no request has given one back yet.
  std::optional<std::chrono::milliseconds> expected_wait(const GateRequest& request) const override;
  std::size_t waiting() const override { return queue_.size(); }

 private:
  struct Waiter;
  struct Waiting;

  // When the windows have room for as many; `now` for at once. Places are not looked at.
  Deadline room_at(std::int64_t requests, std::int64_t tokens, Deadline now) const;
  bool has_place() const { return limits_.concurrent == 0 || running_ < limits_.concurrent; }
  std::optional<std::chrono::milliseconds> wait_for_place() const;
  Permit admit(std::int64_t tokens);
  void leave(Deadline since);
  void wake();  // the next one in the queue, if it may go

  const LimitSettings limits_;
  mutable MinuteWindow requests_;  // looking at them drops what is old
  mutable MinuteWindow tokens_;
  std::int64_t running_ = 0;
  double held_ms_ = 0;  // how long a place is held: a mean in which old ones weigh ever less
  FairQueue queue_;
  std::map<FairQueue::Ticket, Waiter*> waiters_;  // on the stacks of their enter()
  FairQueue::Ticket last_ticket_ = 0;
};

}  // namespace yoke
