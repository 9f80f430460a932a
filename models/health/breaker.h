#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/loop/clock.h"

namespace yoke {

// How soon requests are held back from what fails, and for how long.
struct BreakerSettings {
  int failures_max = 5;                            // in a row, that open it
  std::chrono::milliseconds pause_first{5'000};    // doubles with each probe that fails
  std::chrono::milliseconds pause_broken{60'000};  // the same, of what time will hardly mend
  std::chrono::milliseconds pause_max{600'000};
};

enum class BreakerState : std::uint8_t {
  closed,     // requests go
  open,       // none goes before open_until
  half_open,  // one goes, to see; the others wait for what becomes of it
};
std::string_view name_of(BreakerState state);

// Whether requests to one thing make sense now. Pure: the time is told.
//
// It opens after `failures_max` failures in a row, at once when what failed is broken (a dead key),
// or for as long as the other side says (cool). What opened for its failures lets a single probe
// through afterwards; what was cooled until a stated time is simply closed again then.
class Breaker {
 public:
  using Time = LoopClock::time_point;
  // A request that was let through. Reports of those from before it last opened no longer count.
  struct Ticket {
    std::uint64_t round = 0;
    bool probe = false;
  };

  explicit Breaker(BreakerSettings settings = {}) : settings_(settings) {}

  BreakerState state(Time now) const;
  Time open_until() const { return open_until_; }  // of state open
  int failures() const { return failures_; }       // in a row

  // None: not now. Each ticket is reported once, by one of the following.
  std::optional<Ticket> admit(Time now);
  void succeeded(Ticket ticket);
  void failed(Ticket ticket, Time now);
  void broke(Ticket ticket, Time now);   // opens at once
  void cool(Ticket ticket, Time until);  // nothing is to be sent before `until`
  void dropped(Ticket ticket);           // nothing was learned: the request was cancelled

 private:
  bool is_current(Ticket ticket) const { return ticket.round == round_; }
  void pause(Time now, std::chrono::milliseconds first);
  void open(Time until, bool must_probe);

  BreakerSettings settings_;
  std::uint64_t round_ = 0;  // how often it opened or was closed by a probe
  int failures_ = 0;
  int openings_ = 0;  // for failures, since the last success: the exponent of the pause
  Time open_until_ = Time::min();
  bool must_probe_ = false;  // after open_until_
  bool probing_ = false;
};

}  // namespace yoke
