#pragma once

#include <memory>
#include <string>

#include "hosts/app/app.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

// The HTTP API on a Unix socket beside the store, for other commands of the same user:
//   POST /v1/runs {agent | plain, task, input?, limits?, session? | continue?, model?, project?,
//   by}
//                                                      201 {run}
//   POST /v1/runs/{id}/answers {question, value, by}   200, 409 when answered already
//   POST /v1/runs/{id}/cancel {by}                     200, 409
//   GET  /healthz                                      200
// Errors are RFC 9457 problem documents. The socket's mode keeps other users out. What was handed
// over, and what an answer or a cancellation wakes, is driven here, each run for itself.
//
// Ownership: borrows what it is given. leave() has returned before it goes.
class ControlServer {
 public:
  // Null for a store that is no file, or when nothing can listen there: runs go on without it.
  static std::unique_ptr<ControlServer> open(App& app, Terminal& terminal);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Drives what was handed over to its end, then stops listening. SIGINT and SIGTERM meanwhile are
  // a stop().
  awaitable<void> leave();
  // Stops driving what was handed over, which survives it; the person is told how to go on with it.
  void stop();

  struct Parts;
  explicit ControlServer(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
