#include "models/local/supervisor.h"

#include <algorithm>

namespace yoke::local {

using std::chrono::milliseconds;

std::string_view name_of(Supervisor::State state) {
  switch (state) {
    case Supervisor::State::stopped:
      return "not running";
    case Supervisor::State::starting:
      return "loading";
    case Supervisor::State::ready:
      return "ready";
    case Supervisor::State::stopping:
      return "stopping";
    case Supervisor::State::pausing:
      return "restarting";
    case Supervisor::State::given_up:
      return "given up";
  }
  return "";
}

void Supervisor::enter(State state, Time now) {
  state_ = state;
  since_ = now;
  spoken_ = false;
  killed_ = false;
}

milliseconds Supervisor::backoff() const {
  constexpr int kDoublingsMax = 16;
  const int doublings = std::clamp(crashes_ - 1, 0, kDoublingsMax);
  return std::min(rules_.backoff_first * (1 << doublings), rules_.backoff_max);
}

void Supervisor::want(Time now) {
  wanted_ = true;
  if (state_ == State::stopped) return enter(State::starting, now);
  if (state_ == State::given_up && now - since_ >= rules_.rest) {
    crashes_ = 0;
    enter(State::starting, now);
  }
}

void Supervisor::unwant(Time now) {
  wanted_ = false;
  if (state_ == State::stopped || state_ == State::stopping) return;
  enter(process_ ? State::stopping : State::stopped, now);
}

void Supervisor::crash(const std::string& how, Time now) {
  if (state_ == State::ready && now - since_ >= rules_.healthy_after) crashes_ = 0;
  why_ = how;
  ++crashes_;
  enter(crashes_ >= rules_.crashes_max ? State::given_up : State::pausing, now);
}

void Supervisor::exited(const std::string& how, Time now) {
  process_ = false;
  probing_ = false;
  if (state_ == State::stopping) {
    return enter(wanted_ ? State::starting : State::stopped, now);
  }
  crash(killed_ ? "it was not ready in time" : how, now);
}

void Supervisor::not_spawned(const std::string& why, Time now) {
  process_ = false;
  why_ = why;
  if (!wanted_) return enter(State::stopped, now);
  crashes_ = rules_.crashes_max;
  enter(State::given_up, now);
}

void Supervisor::probed(bool well, Time now) {
  probing_ = false;
  if (state_ != State::starting) return;
  if (well && process_ && !killed_) return enter(State::ready, now);
  next_probe_ = now + rules_.probe_every;
}

std::vector<Supervisor::Act> Supervisor::next(Time now) {
  std::vector<Act> acts;
  if (state_ == State::pausing && now >= since_ + backoff()) {
    ++restarts_;
    enter(State::starting, now);
  }
  if (state_ == State::starting && !spoken_) {
    spoken_ = true;
    process_ = true;
    next_probe_ = now + rules_.probe_every;
    acts.emplace_back(Spawn{});
  } else if (state_ == State::starting && !killed_ && now >= since_ + rules_.load_timeout) {
    killed_ = true;
    acts.emplace_back(Kill{});
  } else if (state_ == State::starting && !killed_ && !probing_ && now >= next_probe_) {
    probing_ = true;
    acts.emplace_back(Probe{});
  } else if (state_ == State::stopping && !spoken_) {
    spoken_ = true;
    acts.emplace_back(Terminate{});
  } else if (state_ == State::stopping && process_ && now >= since_ + rules_.grace && !killed_) {
    killed_ = true;
    acts.emplace_back(Kill{});
  }
  return acts;
}

std::optional<Supervisor::Time> Supervisor::wake() const {
  switch (state_) {
    case State::pausing:
      return since_ + backoff();
    case State::starting: {
      if (!spoken_) return since_;
      if (killed_) return std::nullopt;
      const Time limit = since_ + rules_.load_timeout;
      return probing_ ? limit : std::min(limit, next_probe_);
    }
    case State::stopping:
      if (!spoken_) return since_;
      if (killed_) return std::nullopt;
      return since_ + rules_.grace;
    default:
      return std::nullopt;
  }
}

}  // namespace yoke::local
