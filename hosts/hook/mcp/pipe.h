#pragma once

#include "hosts/hook/mcp/server.h"
#include "runtime/loop/offload.h"

namespace yoke::mcp_hook {

// The two ends of a client that started this process: a message a line.
struct PipeEnds {
  int in = 0;
  int out = 1;
};

// Serves the client until it closes its end; then what is under way has a moment to end. `in` is
// read, and `out` written, on threads of their own.
//
// Errors: a Fault where `out` cannot be written any more.
awaitable<void> serve_pipe(std::shared_ptr<Server> server, Principal who, PipeEnds ends);

}  // namespace yoke::mcp_hook
