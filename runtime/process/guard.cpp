#include "runtime/process/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace yoke::process {
namespace {

constexpr int kSocket = 3;
constexpr int kFirstClosed = 4;
constexpr int kHighEnough = 10;  // out of the way of the standard streams
constexpr int kReapWithinMs = 5'000;
constexpr std::array kQuietSignals{SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE, SIGTSTP};

std::int64_t now_ms() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
}

void tell(GuardReport::Kind kind, int number) noexcept {
  const GuardReport report{kind, number};
  (void)!::send(kSocket, &report, sizeof report, MSG_NOSIGNAL);
}

void set_signals(void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  for (const int number : kQuietSignals) ::sigaction(number, &action, nullptr);
}

// Keeps the standard streams and the socket, and nothing else that the host has open.
void take_descriptors(const GuardOrder& order) noexcept {
  const int socket = ::fcntl(order.socket, F_DUPFD, kHighEnough);
  const int output = ::fcntl(order.output, F_DUPFD, kHighEnough);
  const int errors = order.errors < 0 ? output : ::fcntl(order.errors, F_DUPFD, kHighEnough);
  const int input =
      order.input < 0 ? ::open("/dev/null", O_RDONLY) : ::fcntl(order.input, F_DUPFD, kHighEnough);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(errors, 2);
  ::dup3(socket, kSocket, O_CLOEXEC);
  ::syscall(SYS_close_range, kFirstClosed, ~0U, 0U);
}

[[noreturn]] void run_child(const GuardOrder& order, pid_t guard) noexcept {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != guard) ::_exit(1);  // it died before the line above
  set_signals(SIG_DFL);
  if (::chdir(order.dir) == 0) ::execve(order.program, order.words, order.env);
  tell(GuardReport::Kind::not_started, errno);
  ::_exit(127);
}

// Signals the processes that the child left behind and that are ours now: those that made a group
// of their own.
void kill_adopted() noexcept {
  const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 4096> text;
  const ssize_t size = ::read(file, text.data(), text.size());
  ::close(file);
  pid_t pid = 0;
  for (ssize_t at = 0; at < size; ++at) {
    const char c = text[static_cast<std::size_t>(at)];
    if (c >= '0' && c <= '9') {
      pid = pid * 10 + (c - '0');
    } else {
      if (pid > 1) ::kill(pid, SIGKILL);
      pid = 0;
    }
  }
}

// Until nothing of the group is left, or it takes too long: what the kernel does not let go of
// cannot be waited for.
void reap_all(pid_t group) noexcept {
  const std::int64_t end = now_ms() + kReapWithinMs;
  while (now_ms() < end) {
    ::kill(-group, SIGKILL);
    kill_adopted();
    const pid_t gone = ::waitpid(-1, nullptr, WNOHANG);
    if (gone < 0 && errno == ECHILD) return;
    if (gone == 0) ::poll(nullptr, 0, 5);
  }
}

// The order that came; '\0' when the host has gone.
char read_order() noexcept {
  char order = '\0';
  const ssize_t got = ::recv(kSocket, &order, 1, MSG_DONTWAIT);
  if (got == 1) return order;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? ' ' : '\0';
}

// Returns when the child has ended, with its status.
int watch(pid_t child, const GuardOrder& order) noexcept {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  std::array<pollfd, 2> both{pollfd{process, POLLIN, 0}, pollfd{kSocket, POLLIN, 0}};
  std::int64_t kill_at = -1;
  bool asked = false;  // to end
  const auto ask = [&] {
    ::kill(-child, SIGTERM);
    asked = true;
    kill_at = now_ms() + order.grace_ms;
  };
  while (true) {
    const int wait =
        kill_at < 0 ? -1 : static_cast<int>(std::max<std::int64_t>(kill_at - now_ms(), 0));
    const int ready = ::poll(both.data(), kill_at < 0 ? 2 : 1, wait);
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return status;
    if (kill_at >= 0) {
      if (ready == 0 && !asked) {
        ask();
      } else if (ready == 0) {
        ::kill(-child, SIGKILL);
        kill_at = now_ms() + kReapWithinMs;
      }
      continue;
    }
    if (both[1].revents == 0) continue;
    const char what = read_order();
    if (what == kGuardTerminate) ::kill(-child, SIGTERM);
    if (what == kGuardKill) ::kill(-child, SIGKILL);
    if (what != '\0') continue;
    if (order.patience_ms > 0) {
      kill_at = now_ms() + order.patience_ms;  // the host's end of its input has closed
    } else {
      ask();
    }
  }
}

}  // namespace

void run_guard(const GuardOrder& order) noexcept {
  ::setsid();
  ::prctl(PR_SET_NAME, "yoke-guard");
  ::prctl(PR_SET_DUMPABLE, 0);  // it shares the host's memory as of the fork
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  take_descriptors(order);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  set_signals(SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, it would take the child's status away
  const pid_t guard = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    tell(GuardReport::Kind::not_started, errno);
    ::_exit(1);
  }
  if (child == 0) run_child(order, guard);
  ::setpgid(child, child);
  ::close(0);  // else the pipes would not end with the child
  ::close(1);
  ::close(2);
  tell(GuardReport::Kind::started, child);
  const int status = watch(child, order);
  reap_all(child);
  tell(GuardReport::Kind::ended, status);
  ::_exit(0);
}

}  // namespace yoke::process
