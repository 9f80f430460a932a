#pragma once

#include <chrono>
#include <map>
#include <string>

#include "hooks/contract.h"
#include "runtime/loop/offload.h"

namespace yoke::hooks {

// A command line for the shell, and all that it is given.
struct HookCommand {
  std::string line;                        // for /bin/sh -c
  std::string dir;                         // where it starts; absolute
  std::map<std::string, std::string> env;  // the whole of it
  std::chrono::milliseconds timeout{60'000};
};

// Runs the command with `input` on its standard input, in a process group of its own, on a thread
// of the pool. The group is killed when the time is up, when more than 1 MiB came out of it, and
// when the caller is cancelled; what the command leaves running in its group when it ends is killed
// too. Never throws for what the command did: that is in the end's `failure`.
awaitable<CommandEnd> run_command(Pool& pool, HookCommand command, std::string input);

}  // namespace yoke::hooks
