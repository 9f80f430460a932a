#include "models/health/breaker.h"

#include <algorithm>

namespace yoke {

std::string_view name_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      break;
  }
  return "half_open";
}

BreakerState Breaker::state(Time now) const {
  if (now < open_until_) return BreakerState::open;
  return must_probe_ ? BreakerState::half_open : BreakerState::closed;
}

std::optional<Breaker::Ticket> Breaker::admit(Time now) {
  const BreakerState at = state(now);
  if (at == BreakerState::open) return std::nullopt;
  if (at == BreakerState::closed) return Ticket{round_, false};
  if (probing_) return std::nullopt;
  probing_ = true;
  return Ticket{round_, true};
}

void Breaker::succeeded(Ticket ticket) {
  if (!is_current(ticket)) return;
  failures_ = 0;
  openings_ = 0;
  if (!ticket.probe) return;
  probing_ = false;
  must_probe_ = false;
  ++round_;
}

void Breaker::failed(Ticket ticket, Time now) {
  if (!is_current(ticket)) return;
  ++failures_;
  if (ticket.probe || failures_ >= settings_.failures_max) pause(now, settings_.pause_first);
}

void Breaker::broke(Ticket ticket, Time now) {
  if (!is_current(ticket)) return;
  ++failures_;
  pause(now, settings_.pause_broken);
}

void Breaker::pause(Time now, std::chrono::milliseconds first) {
  constexpr int kDoublingsMax = 20;
  const int doublings = std::min(openings_, kDoublingsMax);
  ++openings_;
  open(now + std::min(first * (1 << doublings), settings_.pause_max), true);
}

void Breaker::cool(Ticket ticket, Time until) {
  if (is_current(ticket)) {
    open(until, false);
  } else {
    open_until_ = std::max(open_until_, until);  // said later, and longer
  }
}

void Breaker::dropped(Ticket ticket) {
  if (is_current(ticket) && ticket.probe) probing_ = false;
}

void Breaker::open(Time until, bool must_probe) {
  open_until_ = until;
  must_probe_ = must_probe;
  probing_ = false;
  ++round_;
}

}  // namespace yoke
