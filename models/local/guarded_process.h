#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"

namespace yoke::local {

// A command line, and all that it is given: nothing of this process's environment comes through.
struct Command {
  std::vector<std::string> words;  // the program first: a path, or a name to look up in PATH
  std::map<std::string, std::string> env;  // the whole of it
  std::string dir;                         // where it starts; absolute
};

// The program's file: as a shell finds it, but relative to the folder where the command starts.
// Errors: not_found.
Result<std::string> find_program(const Command& command);

// A child process with a guard between it and us. The child leads a process group of its own, reads
// nothing, and prints into a pipe. The guard is a process, too: it ends the group when this process
// is gone, however that happened, and takes in what the child leaves behind. Should the guard
// itself be killed, the kernel kills the child.
//
// Ownership: owns both processes. Its loop outlives it.
// Threads:   loop thread only.
// Errors:    start(): not_found (no such program or folder), unavailable.
class GuardedProcess {
 public:
  // Called from the loop, never from within a member. Must not destroy this.
  struct Events {
    std::function<void(std::string_view bytes)> output;
    std::function<void(const std::string& how)> ended;  // once, when the whole group has gone:
                                                        // "it exited with status 1"
  };

  static Result<std::unique_ptr<GuardedProcess>> start(const asio::any_io_executor& executor,
                                                       const Command& command,
                                                       std::chrono::milliseconds grace,
                                                       Events events);
  struct State;
  explicit GuardedProcess(std::shared_ptr<State> state);
  ~GuardedProcess();  // ends the group, and waits for that: SIGTERM, SIGKILL after the grace
  GuardedProcess(const GuardedProcess&) = delete;
  GuardedProcess& operator=(const GuardedProcess&) = delete;

  void terminate();   // SIGTERM to the group
  void kill();        // SIGKILL to the group
  void let_go();      // begins what the destructor waits for
  pid_t pid() const;  // of the child; 0 until it is known

 private:
  std::shared_ptr<State> state_;  // shared with the waits that are under way on the loop
};

}  // namespace yoke::local
