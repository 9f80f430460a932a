#pragma once

#include <memory>

#include "hosts/app/app.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

// What a command that holds the store for a while offers to other commands of the same user: the
// hook's API (ApiSocket) on the control socket beside the store. What is handed over, and what an
// answer or a cancellation wakes, is driven here, each run for itself.
//
// Ownership: borrows what it is given. leave() has returned before it goes.
class ControlServer {
 public:
  // Null for a store that is no file, or when nothing can listen there: runs go on without it.
  static awaitable<std::unique_ptr<ControlServer>> open(App& app, Terminal& terminal);
  // The same at a path of the caller's.
  static awaitable<std::unique_ptr<ControlServer>> open_at(App& app, Terminal& terminal,
                                                           std::string path);
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
