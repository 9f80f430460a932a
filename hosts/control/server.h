#pragma once

#include <memory>
#include <string>

#include "hosts/app/project.h"
#include "runtime/engine/engine.h"

namespace yoke {

// The HTTP API on a Unix socket beside the store, for other commands of the same user:
//   POST /v1/runs {agent, task, session?, model?}      201 {run}
//   POST /v1/runs/{id}/answers {question, value, by}   200, 409 when answered already
//   POST /v1/runs/{id}/cancel {by}                     200, 409
//   GET  /healthz                                      200
// Errors are RFC 9457 problem documents. The socket's mode keeps other users out.
//
// Ownership: borrows what it is given; stops listening when destroyed.
class ControlServer {
 public:
  // Null when `path` is empty or nothing can listen there: runs go on without it.
  static std::unique_ptr<ControlServer> open(asio::any_io_executor executor, Engine& engine,
                                             Store& store, Project& project,
                                             const std::string& path);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Drives what was handed over to its end; a process leaves when this returns.
  awaitable<void> finish();

  struct Parts;
  explicit ControlServer(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
