#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/loop/clock.h"

namespace yoke::local {

struct SupervisorRules {
  std::chrono::milliseconds load_timeout{std::chrono::minutes(15)};  // from the start to health
  std::chrono::milliseconds probe_every{250};
  std::chrono::milliseconds backoff_first{500};  // doubles with each crash in a row
  std::chrono::milliseconds backoff_max{30'000};
  std::chrono::milliseconds healthy_after{60'000};  // this long in health, and the crashes before
                                                    // are forgotten
  int crashes_max = 5;                              // in a row; then it is given up
  std::chrono::milliseconds rest{60'000};           // before a server that was given up is tried
                                                    // again
  std::chrono::milliseconds grace{5'000};           // from SIGTERM to SIGKILL
};

// The life of one server process, decided: when to start it, ask whether it is well, start it again
// or give it up. Events in, acts out; no clock, no I/O.
class Supervisor {
 public:
  using Time = LoopClock::time_point;

  enum class State : std::uint8_t {
    stopped,   // there is no process, and none is wanted
    starting,  // there is one, and it has not answered yet
    ready,
    stopping,  // told to end
    pausing,   // it crashed; the next start is due later
    given_up,  // it crashed too often; why() says how
  };

  struct Spawn {};
  struct Probe {};      // ask whether it is well, and tell by probed()
  struct Terminate {};  // SIGTERM to its group
  struct Kill {};       // SIGKILL to its group
  using Act = std::variant<Spawn, Probe, Terminate, Kill>;

  explicit Supervisor(SupervisorRules rules = {}) : rules_(rules) {}

  void want(Time now);                            // it is to run
  void unwant(Time now);                          // it is to be stopped
  void exited(const std::string& how, Time now);  // "it exited with status 1", "signal 9 ended it"
  void not_spawned(const std::string& why, Time now);  // for good: no such program
  void probed(bool well, Time now);

  std::vector<Act> next(Time now);   // each act is given once
  std::optional<Time> wake() const;  // when next() has more to say; none: never by itself

  State state() const { return state_; }
  const std::string& why() const { return why_; }  // how it last ended; empty: never
  Time since() const { return since_; }            // when the state began
  int crashes() const { return crashes_; }         // in a row
  int restarts() const { return restarts_; }       // since the beginning

 private:
  void enter(State state, Time now);
  void crash(const std::string& how, Time now);
  std::chrono::milliseconds backoff() const;

  SupervisorRules rules_;
  State state_ = State::stopped;
  bool wanted_ = false;
  bool process_ = false;  // there is one
  bool probing_ = false;
  bool spoken_ = false;  // the act that the state begins with was given
  bool killed_ = false;  // the process took too long to load, or to end
  int crashes_ = 0;
  int restarts_ = 0;
  Time since_ = {};
  Time next_probe_ = {};
  std::string why_;
};

std::string_view name_of(Supervisor::State state);

}  // namespace yoke::local
