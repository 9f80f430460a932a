#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "sandbox/jail/jail.h"
#include "tests/sandbox/jail/crimes.h"

// Enters the jail as a worker does and commits one crime there. For the tests alone: it says on one
// line what became of it, "killed by SIGSYS", "denied (ENOMEM)", "succeeded".
namespace yoke::sandbox::test {

namespace {

pid_t fork_as_worker(unsigned long flags) {
  clone_args args{};
  args.flags = flags;
  args.exit_signal = SIGCHLD;
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
}

// In the worker: what is still said comes over the socket, as there is nothing else left.
[[noreturn]] void offend(const Jail& jail, const Crime& crime, int socket, bool is_alone) {
  Jail::Limits limits;
  limits.memory_bytes_max = 64 << 20;
  const Layers layers = jail.enter(socket, limits, is_alone);
  int outcome = layers.seccomp ? 0 : -1;
  ::send(socket, &outcome, sizeof outcome, MSG_NOSIGNAL);
  outcome = crime.commit != nullptr ? crime.commit(socket)
                                    : (::syscall(crime.number, 0, 0, 0, 0, 0, 0) < 0 ? errno : 0);
  ::send(socket, &outcome, sizeof outcome, MSG_NOSIGNAL);
  ::syscall(SYS_exit_group, 0);
  __builtin_unreachable();
}

std::string describe(int status, bool entered, bool told, int outcome) {
  if (!entered) return "did not enter the jail";
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return number == SIGSYS ? "killed by SIGSYS" : "killed by signal " + std::to_string(number);
  }
  if (!told) return "ended without a word";
  if (outcome == 0) return "succeeded";
  return "denied (" + std::string(::strerrorname_np(outcome)) + ")";
}

int run(const Crime& crime) {
  const Jail jail = Jail::prepare();
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return 1;
  pid_t child = fork_as_worker(jail.clone_flags());
  const bool is_alone = child >= 0 && jail.clone_flags() != 0;
  if (child < 0) child = fork_as_worker(0);
  if (child < 0) return 1;
  if (child == 0) offend(jail, crime, ends[1], is_alone);
  ::close(ends[1]);
  int entered = -1;
  int outcome = 0;
  const bool in = ::recv(ends[0], &entered, sizeof entered, 0) == sizeof entered;
  const bool told = in && ::recv(ends[0], &outcome, sizeof outcome, 0) == sizeof outcome;
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return 1;
  std::printf("%s\n", describe(status, in && entered == 0, told, outcome).c_str());
  return 0;
}

}  // namespace

}  // namespace yoke::sandbox::test

int main(int argc, char** argv) {
  using yoke::sandbox::test::crimes;
  for (const auto& crime : crimes()) {
    if (argc == 2 && std::string_view(argv[1]) == crime.name)
      return yoke::sandbox::test::run(crime);
  }
  std::fprintf(stderr, "usage: %s CRIME\n", argv[0]);
  return 2;
}
