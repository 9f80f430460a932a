#include "models/limits/limits_gate.h"

#include <algorithm>

#include "runtime/base/saturating.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kMinute{60};

// How long it takes until `amount` more has gone through, beyond what a window holds at once.
std::chrono::milliseconds whole_minutes(std::int64_t& amount, std::int64_t most) {
  const std::int64_t minutes = most > 0 ? (amount - 1) / most : 0;
  if (minutes <= 0) return milliseconds(0);
  constexpr std::int64_t kMinutesMax = 24 * 60;
  amount -= minutes * most;
  return std::min(minutes, kMinutesMax) * milliseconds(kMinute);
}

}  // namespace

struct LimitsGate::Waiter {
  Signal woken;  // look whether it is your turn
};

// A place in the queue, given up on every way out.
struct LimitsGate::Waiting {
  Waiting(LimitsGate& of, const std::string& tenant, std::int64_t weight)
      : gate(of), ticket(++of.last_ticket_) {
    gate.queue_.push(ticket, tenant, weight);
    gate.waiters_[ticket] = &waiter;
  }
  ~Waiting() {
    gate.waiters_.erase(ticket);
    gate.queue_.remove(ticket);
    gate.wake();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  LimitsGate& gate;
  const FairQueue::Ticket ticket;
  Waiter waiter = {};
};

LimitsGate::LimitsGate(const LimitSettings& limits)
    : limits_(limits), requests_(limits.requests_per_minute), tokens_(limits.tokens_per_minute) {}

Deadline LimitsGate::room_at(std::int64_t requests, std::int64_t tokens, Deadline now) const {
  Deadline at = now;
  if (limits_.requests_per_minute > 0) at = std::max(at, requests_.fits_at(requests, now));
  if (limits_.tokens_per_minute > 0) at = std::max(at, tokens_.fits_at(tokens, now));
  return at;
}

Permit LimitsGate::admit(std::int64_t tokens) {
  const Deadline now = LoopClock::now();
  if (limits_.requests_per_minute > 0) requests_.add(1, now);
  if (limits_.tokens_per_minute > 0) tokens_.add(tokens, now);
  ++running_;
  return Permit([this, now] { leave(now); });
}

void LimitsGate::leave(Deadline since) {
  --running_;
  const auto held = std::chrono::duration<double, std::milli>(LoopClock::now() - since).count();
  constexpr double kNew = 0.2;
  held_ms_ = held_ms_ == 0 ? held : held_ms_ + kNew * (held - held_ms_);
  wake();
}

void LimitsGate::wake() {
  const auto first = queue_.front();
  if (first) waiters_.at(*first)->woken.notify();
}

awaitable<Result<Permit>> LimitsGate::enter(GateRequest request, Deadline deadline) {
  const std::int64_t tokens = std::max<std::int64_t>(request.tokens, 0);
  const Deadline begun = LoopClock::now();
  if (queue_.empty() && has_place() && room_at(1, tokens, begun) <= begun) co_return admit(tokens);
  if (queue_.size() >= kWaitersMax) {
    co_return Error{Errc::unavailable, "too many requests wait for its limits already"};
  }
  Waiting place(*this, request.tenant, tokens);
  for (;;) {
    const Deadline now = LoopClock::now();
    const bool first = queue_.front() == place.ticket;
    const Deadline room = first && has_place() ? room_at(1, tokens, now) : kNoDeadline;
    if (room <= now) {
      queue_.pop();
      co_return admit(tokens);
    }
    if (now >= deadline) break;
    const Deadline until = std::min(room, deadline);
    auto waiting = place.waiter.woken.wait();
    try {
      co_await with_deadline(until, std::move(waiting));
    } catch (const DeadlineExceeded&) {
      continue;  // there may be room now, or no more time
    }
  }
  co_return Error{Errc::timed_out, "its limits let no request through in time"};
}

std::optional<milliseconds> LimitsGate::wait_for_place() const {
  if (limits_.concurrent == 0) return milliseconds(0);
  const auto queued = static_cast<std::int64_t>(queue_.size());
  const std::int64_t lacking = running_ + queued + 1 - limits_.concurrent;
  if (lacking <= 0) return milliseconds(0);
  if (held_ms_ == 0) return std::nullopt;
  const double rounds = static_cast<double>(lacking) / static_cast<double>(limits_.concurrent);
  return milliseconds(static_cast<std::int64_t>(rounds * held_ms_));
}

std::optional<milliseconds> LimitsGate::expected_wait(const GateRequest& request) const {
  const Deadline now = LoopClock::now();
  std::int64_t tokens = std::max<std::int64_t>(request.tokens, 0);
  if (!queue_.empty()) tokens = saturating_add(tokens, queue_.weight_ahead(request.tenant));
  auto requests = static_cast<std::int64_t>(queue_.size()) + 1;
  const milliseconds queued = std::max(whole_minutes(tokens, limits_.tokens_per_minute),
                                       whole_minutes(requests, limits_.requests_per_minute));
  const auto room = room_at(requests, tokens, now) - now;
  const milliseconds windows = queued + std::chrono::duration_cast<milliseconds>(room);
  const auto place = wait_for_place();
  if (!place) return windows.count() > 0 ? std::optional(windows) : std::nullopt;
  return std::max(windows, *place);
}

}  // namespace yoke
