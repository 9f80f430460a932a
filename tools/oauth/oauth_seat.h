#pragma once

#include <algorithm>
#include <list>

#include "runtime/loop/signal.h"
#include "tools/oauth/oauth_credentials.h"

// Private to OAuthCredentials.
namespace yoke {

struct OAuthCredentials::Seat {
  std::string tenant;
  std::optional<OAuthRecord> record = {};
  bool loaded = false;
  std::uint64_t edition = 1;  // of the token that is there
  bool replaced = false;      // it was got because another was refused
  int step_ups = 0;

  bool busy = false;
  std::list<Signal*> line = {};
};

class OAuthCredentials::Turn {
 public:
  static awaitable<Turn> take(std::shared_ptr<Seat> seat) {
    if (!seat->busy) {
      seat->busy = true;
      co_return Turn(std::move(seat));
    }
    Signal mine;
    Place place(seat, mine);
    co_await mine.wait();
    place.taken = true;
    co_return Turn(std::move(seat));
  }

  Turn() = default;
  Turn(Turn&& other) noexcept : seat_(std::move(other.seat_)) {}
  Turn& operator=(Turn&& other) noexcept {
    std::swap(seat_, other.seat_);
    return *this;
  }
  ~Turn() {
    if (seat_) pass_on(*seat_);
  }

 private:
  // In the line; a turn that comes when nobody waits for it any more goes to the next.
  struct Place {
    Place(std::shared_ptr<Seat> at, Signal& signal) : seat(std::move(at)), mine(signal) {
      seat->line.push_back(&mine);
    }
    ~Place() {
      const auto waiting = std::find(seat->line.begin(), seat->line.end(), &mine);
      if (waiting != seat->line.end()) {
        seat->line.erase(waiting);
      } else if (!taken) {
        pass_on(*seat);
      }
    }
    std::shared_ptr<Seat> seat;
    Signal& mine;
    bool taken = false;
  };

  explicit Turn(std::shared_ptr<Seat> seat) : seat_(std::move(seat)) {}

  static void pass_on(Seat& seat) {
    if (seat.line.empty()) {
      seat.busy = false;
      return;
    }
    Signal* next = seat.line.front();
    seat.line.pop_front();
    next->notify();
  }

  std::shared_ptr<Seat> seat_;
};

}  // namespace yoke
