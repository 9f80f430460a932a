#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>

#include "runtime/loop/asio.h"

namespace yoke {

// Standard error of this process, as text, for as long as it lives: what anybody writes there would
// land in the middle of a screen. A process that is aborted meanwhile still says why.
//
// Ownership: one at a time in a process.
// Threads:   the loop's; anybody may write to standard error.
// Limits:    what is written faster than it is read is lost beyond a pipe's size.
class ErrorTap {
 public:
  explicit ErrorTap(const asio::any_io_executor& executor);
  ~ErrorTap();
  ErrorTap(const ErrorTap&) = delete;
  ErrorTap& operator=(const ErrorTap&) = delete;

  awaitable<std::string> read();  // what came; empty: there is no tap. Cancelled: throws

  // For the handler of a fatal signal: what was written and not read goes where it was meant to.
  static void pour_out() noexcept;

 private:
  asio::posix::stream_descriptor from_;
  int standard_error_ = -1;
};

}  // namespace yoke
