#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/loop/asio.h"

namespace yoke {

// Turns on one loop: what is to be done for each of several parties waits in a line of its own. The
// line that has been served least goes first; of it at most kRow handlers run while others wait,
// and then what else the loop has to do gets its turn. So whoever has thousands waiting delays
// another's next one by a row at most, and by one handler if that other has asked for less than its
// share: what a line has not asked for is kept for it, up to kCredit handlers (start-time fair
// queueing).
//
// A seat is an executor that can change its line: for work that begins before it is known for whom,
// such as a connection.
//
// A line is an executor: a coroutine that is spawned on it runs there to its end, whatever it waits
// for. From a handler of a line, work is dispatched to that line at once, as on the loop itself.
//
// Ownership: lines may outlive this, and the loop; what waits in one is dropped when the loop goes.
// Threads:   loop thread only; another thread knocks at the LoopDoor.
class FairTurns {
 public:
  static constexpr int kRow = 4;
  static constexpr int kCredit = 64;

  explicit FairTurns(const asio::any_io_executor& loop);
  ~FairTurns();
  FairTurns(const FairTurns&) = delete;
  FairTurns& operator=(const FairTurns&) = delete;

  // Those of the executor's loop, made when they are first asked for: whoever does something for a
  // tenant does it on the tenant's line of these.
  static FairTurns& of(const asio::any_io_executor& executor);

  asio::any_io_executor line(const std::string& party);
  // In the line of those who have not said yet who they are, until it is moved by move_seat().
  asio::any_io_executor seat();
  std::size_t lines() const;  // those that somebody has

 private:
  friend const void* line_of(const asio::any_io_executor& executor);
  friend void move_seat(const asio::any_io_executor& seat, const std::string& party);

  struct State;
  struct Line;
  struct Seat;
  template <class Place>
  class Executor;
  const std::shared_ptr<State> state_;  // shared with the lines
};

// From here on, what is to be done on this seat waits in the line of this party. Of an executor
// that is no seat: does nothing.
void move_seat(const asio::any_io_executor& seat, const std::string& party);

// Tells the lines that somebody has apart, for whoever keeps a queue elsewhere; null when the
// executor is of none.
const void* line_of(const asio::any_io_executor& executor);

}  // namespace yoke
