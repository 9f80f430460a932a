#include "models/limits/limits_gate.h"

#include <algorithm>

#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"

namespace yoke {

struct LimitsGate::Waiter {
  std::int64_t tokens = 0;
  Signal woken;  // look whether it is your turn
};

LimitsGate::LimitsGate(const LimitSettings& limits)
    : limits_(limits), requests_(limits.requests_per_minute), tokens_(limits.tokens_per_minute) {}

Deadline LimitsGate::room_at(std::int64_t tokens, Deadline now) const {
  Deadline at = now;
  if (limits_.requests_per_minute > 0) at = std::max(at, requests_.fits_at(1, now));
  if (limits_.tokens_per_minute > 0) at = std::max(at, tokens_.fits_at(tokens, now));
  return at;
}

Permit LimitsGate::admit(std::int64_t tokens) {
  const Deadline now = LoopClock::now();
  if (limits_.requests_per_minute > 0) requests_.add(1, now);
  if (limits_.tokens_per_minute > 0) tokens_.add(tokens, now);
  ++running_;
  return Permit([this] {
    --running_;
    wake();
  });
}

void LimitsGate::wake() {
  if (!queue_.empty()) queue_.front()->woken.notify();
}

awaitable<Result<Permit>> LimitsGate::enter(GateRequest request, Deadline deadline) {
  const std::int64_t tokens = std::max<std::int64_t>(request.tokens, 0);
  const Deadline begun = LoopClock::now();
  if (queue_.empty() && has_place() && room_at(tokens, begun) <= begun) co_return admit(tokens);
  if (queue_.size() >= kWaitersMax) {
    co_return Error{Errc::unavailable, "too many requests wait for its limits already"};
  }
  Waiter waiter;
  waiter.tokens = tokens;
  const Queue::Place place =
      queue_.push(request.tenant, std::max<std::int64_t>(tokens, 1), &waiter);
  std::exception_ptr stopped;
  for (;;) {
    const Deadline now = LoopClock::now();
    const bool first = queue_.front() == &waiter;
    const Deadline room = first && has_place() ? room_at(tokens, now) : kNoDeadline;
    if (room <= now) {
      queue_.pop();
      Permit permit = admit(tokens);
      wake();
      co_return permit;
    }
    if (now >= deadline) break;
    auto waiting = waiter.woken.wait();
    try {
      co_await with_deadline(std::min(room, deadline), std::move(waiting));
    } catch (const DeadlineExceeded&) {
      continue;  // there may be room now, or no more time
    } catch (...) {
      stopped = std::current_exception();
    }
    if (stopped) break;
  }
  queue_.erase(place);
  wake();
  if (stopped) std::rethrow_exception(stopped);
  co_return Error{Errc::timed_out, "its limits let no request through in time"};
}

std::optional<std::chrono::milliseconds> LimitsGate::expected_wait(
    const GateRequest& request) const {
  const Deadline now = LoopClock::now();
  if (!has_place() || !queue_.empty()) return std::nullopt;
  const auto wait = room_at(std::max<std::int64_t>(request.tokens, 0), now) - now;
  return std::chrono::duration_cast<std::chrono::milliseconds>(wait);
}

}  // namespace yoke
