#pragma once

#include <memory>
#include <string>

#include "hosts/screen/live_screen.h"
#include "runtime/base/result.h"
#include "runtime/loop/asio.h"

namespace yoke {

// The terminal of this process, each key as it is pressed and nothing echoed; as it was before when
// this goes. When the process dies otherwise, by a signal, abort() or a crash, a handler of the
// signal puts it back; after a SIGKILL a small process does that was made to wait for it, unless
// somebody else has set the terminal since.
//
// Ownership: one at a time in a process (ENSURE). Its loop outlives it.
// Threads:   loop thread only.
class RawTerminal {
 public:
  // Errors: unsupported (standard input is no terminal), unavailable.
  static Result<std::unique_ptr<RawTerminal>> take(asio::any_io_executor executor);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // What was typed next. Empty: the terminal has gone. Cancelled: throws, nothing is lost.
  awaitable<std::string> read();
  // Never waits: what the terminal does not take yet is kept, and written as it does.
  void write(const std::string& bytes);
  bool is_behind() const;  // something waits to be written
  awaitable<void> caught_up();
  ScreenSize size() const;

  // Lends the terminal to another program, as it was; a read() that is under way waits meanwhile.
  void lend();
  void take_back();

  struct Parts;
  explicit RawTerminal(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
