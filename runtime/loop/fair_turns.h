#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/loop/asio.h"

namespace yoke {

// Turns on one loop: what is to be done for each of several parties waits in a line of its own. Of
// each line in turn at most kRow handlers run, then what else the loop has to do gets its turn. So
// whoever has thousands waiting delays another's next one by one row, not by all of them.
//
// A line is an executor: a coroutine that is spawned on it runs there to its end, whatever it waits
// for. From a handler of a line, work is dispatched to that line at once, as on the loop itself.
//
// Ownership: lines may outlive this, and the loop; what waits in one is dropped when the loop goes.
// Threads:   loop thread only; another thread knocks at the LoopDoor.
class FairTurns {
 public:
  static constexpr int kRow = 4;

  explicit FairTurns(const asio::any_io_executor& loop);
  ~FairTurns();
  FairTurns(const FairTurns&) = delete;
  FairTurns& operator=(const FairTurns&) = delete;

  // Those of the executor's loop, made when they are first asked for: whoever does something for a
  // tenant does it on the tenant's line of these.
  static FairTurns& of(const asio::any_io_executor& executor);

  asio::any_io_executor line(const std::string& party);
  std::size_t lines() const;  // those that somebody has

 private:
  friend const void* line_of(const asio::any_io_executor& executor);

  struct State;
  struct Line;
  class Executor;
  const std::shared_ptr<State> state_;  // shared with the lines
};

// Tells the lines that somebody has apart, for whoever keeps a queue elsewhere; null when the
// executor is of none.
const void* line_of(const asio::any_io_executor& executor);

}  // namespace yoke
