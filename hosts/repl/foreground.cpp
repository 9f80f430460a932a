#include "hosts/repl/foreground.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtime/loop/deadline.h"

extern char** environ;

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kLookAgain{20};

// What a process at the prompt heeds or ignores is its own affair.
void set_defaults(posix_spawnattr_t& attributes) {
  sigset_t all;
  ::sigemptyset(&all);
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ,
                           SIGWINCH, SIGHUP, SIGCHLD}) {
    ::sigaddset(&all, number);
  }
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

// The terminal is ours again, though we are in the background by then.
void take_terminal_back() {
  sigset_t stop;
  sigset_t before;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &stop, &before);
  ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Ends the group and reaps it, whatever way this goes.
class ForegroundChild {
 public:
  explicit ForegroundChild(pid_t pid) : pid_(pid) {}
  ~ForegroundChild() {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    take_terminal_back();
  }
  ForegroundChild(const ForegroundChild&) = delete;
  ForegroundChild& operator=(const ForegroundChild&) = delete;

  // Whether it has ended, and how.
  bool look(int& status) {
    int how = 0;
    const pid_t seen = ::waitpid(pid_, &how, WNOHANG | WUNTRACED);
    if (seen == 0 || (seen < 0 && errno == EINTR)) return false;
    if (seen == pid_ && WIFSTOPPED(how)) {
      ::kill(-pid_, SIGTERM);
      ::kill(-pid_, SIGCONT);
      return false;
    }
    status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    pid_ = -1;
    return true;
  }

 private:
  pid_t pid_;
};

// At a terminal it has that; else it reads nothing, and writes where messages go.
void set_streams(posix_spawn_file_actions_t& actions) {
  if (::isatty(STDIN_FILENO) == 1) {
    ::posix_spawn_file_actions_addtcsetpgrp_np(&actions, STDIN_FILENO);
    // Standard error may be tapped: it writes where its output goes.
    ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    return;
  }
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
}

}  // namespace

awaitable<Result<int>> run_in_foreground(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_init(&actions);
  set_defaults(attributes);
  set_streams(actions);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, argv.front(), &actions, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    take_terminal_back();
    co_return Error{Errc::unavailable,
                    "cannot run " + words.front() + ": " + std::strerror(failed)};
  }
  ForegroundChild child(pid);
  int status = 0;
  while (!child.look(status)) {
    const Deadline next = LoopClock::now() + kLookAgain;
    co_await sleep_until(next);
  }
  co_return status;
}

}  // namespace yoke
