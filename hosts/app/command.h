#pragma once

#include <string>

#include "hosts/terminal/terminal.h"
#include "runtime/base/result.h"
#include "runtime/loop/asio.h"
#include "runtime/store/types.h"

// How a command runs and ends.
namespace yoke {

// Exit statuses (surface.md).
enum Exit : int {
  kExitCompleted = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitWaiting = 3,
  kExitLimit = 4,
  kExitCancelled = 130,
};

// "yoke: MESSAGE" on standard error.
int fail(Terminal& terminal, const Error& error);

// The exit status that an error means: 2 for wrong usage or configuration, else 1.
int exit_of(const Error& error);
// The exit status of a run that ended so.
int exit_of(RunStatus status, const std::string& reason);

// Runs the coroutine on the loop to its end; a fault becomes one line and exit status 1.
int run_to_end(asio::io_context& io, Terminal& terminal, awaitable<int> work);

std::string user_name();  // who starts, answers and cancels, for the record

}  // namespace yoke
