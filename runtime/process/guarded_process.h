#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"

namespace yoke::process {

// A command line, and all that it is given: nothing of this process's environment comes through.
struct Command {
  std::vector<std::string> words;  // the program first: a path, or a name to look up in PATH
  std::map<std::string, std::string> env;  // the whole of it
  std::string dir;                         // where it starts; absolute
  // It reads what write() gives it, and its standard error comes apart from what it prints.
  bool converses = false;
  // How long it has to end by itself once its input has: before SIGTERM, whoever ends it.
  std::chrono::milliseconds patience{0};
};

// The program's file: as a shell finds it, but relative to the folder where the command starts.
// Errors: not_found.
Result<std::string> find_program(const Command& command);

// A child process with a guard between it and us. The child leads a process group of its own, reads
// nothing unless it converses, and prints into a pipe. The guard is a process, too: it ends the
// group when this process is gone, however that happened, and takes in what the child leaves
// behind. Should the guard itself be killed, the kernel kills the child.
//
// Ownership: owns both processes. Its loop outlives it.
// Threads:   loop thread only.
// Errors:    start(): not_found (no such program or folder), unavailable.
// Limits:    kUnsentBytesMax wait for the child to read them.
class GuardedProcess {
 public:
  static constexpr std::size_t kUnsentBytesMax = 32u << 20;

  // Called from the loop, never from within a member. Must not destroy this.
  struct Events {
    std::function<void(std::string_view bytes)> output;
    std::function<void(std::string_view bytes)> errors = {};  // of one that converses
    std::function<void(const std::string& how)> ended;  // once, when the whole group has gone:
                                                        // "it exited with status 1"
  };

  static Result<std::unique_ptr<GuardedProcess>> start(const asio::any_io_executor& executor,
                                                       const Command& command,
                                                       std::chrono::milliseconds grace,
                                                       Events events);
  struct State;
  explicit GuardedProcess(std::shared_ptr<State> state);
  // Ends the group, and waits for that: its input, after the patience SIGTERM, after the grace
  // SIGKILL.
  ~GuardedProcess();
  GuardedProcess(const GuardedProcess&) = delete;
  GuardedProcess& operator=(const GuardedProcess&) = delete;

  // To one that converses. False: it does not take it, for it has ended or does not read.
  bool write(std::string_view bytes);
  void close_input();  // once it has read all of it

  void terminate();   // SIGTERM to the group
  void kill();        // SIGKILL to the group
  void let_go();      // begins what the destructor waits for
  pid_t pid() const;  // of the child; 0 until it is known

 private:
  std::shared_ptr<State> state_;  // shared with the waits that are under way on the loop
};

}  // namespace yoke::process
