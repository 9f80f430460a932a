#include "sandbox/worker/zygote.h"

#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>
#include <string_view>

#include "runtime/base/handle.h"
#include "sandbox/jail/jail.h"
#include "sandbox/worker/serve.h"
#include "sandbox/worker/zygote_frame.h"

namespace yoke::sandbox {

namespace {

struct Child {
  pid_t pid = -1;  // 0 in the child itself
  Handle pidfd;
  bool is_alone = false;
};

// fork() by hand: it takes the flags for a process namespace, and gives a pidfd without a race.
Child fork_with(unsigned long flags) {
  Child child;
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_PIDFD | flags;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  child.pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (child.pid > 0) child.pidfd = Handle(pidfd);
  child.is_alone = flags != 0;
  return child;
}

class Zygote {
 public:
  Zygote(int control, sigset_t before) : control_(control), before_(before) {}

  // The status to exit with; also in a worker, when that is done.
  int serve(int signals) {
    std::array<pollfd, 2> sources{pollfd{control_, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    for (;;) {
      if (::poll(sources.data(), sources.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return 1;
      }
      if (sources[1].revents != 0) reap(signals);
      if (sources[0].revents == 0) continue;
      SpawnOrder order;
      const ssize_t got = ::recv(control_, &order, sizeof order, 0);
      if (got != static_cast<ssize_t>(sizeof order)) return end(got == 0 ? 0 : 1);
      if (const std::optional<int> status = spawn(order)) return *status;
    }
  }

 private:
  // Takes its workers along and waits for them, so that nobody else has to.
  int end(int status) {
    for (const pid_t child : children_) ::kill(child, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
    return status;
  }

  // A status in the new worker, nothing in the zygote.
  std::optional<int> spawn(const SpawnOrder& order) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      return tell_failure(order.id, errno);
    }
    Handle host_end(ends[0]);
    Handle worker_end(ends[1]);
    Child child = fork_with(jail_.clone_flags());
    if (child.pid < 0 && jail_.clone_flags() != 0) child = fork_with(0);
    if (child.pid < 0) return tell_failure(order.id, errno);
    if (child.pid == 0) {
      host_end = Handle();
      return work(worker_end.get(), order, child.is_alone);
    }
    children_.insert(child.pid);
    ZygoteReport report;
    report.kind = ZygoteReport::Kind::spawned;
    report.id = order.id;
    report.pid = child.pid;
    tell(report, {host_end.get(), child.pidfd.get()});
    return std::nullopt;
  }

  int work(int socket, const SpawnOrder& order, bool is_alone) {
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    Jail::Limits limits;
    limits.memory_bytes_max = order.memory_bytes_max;
    const Layers layers = jail_.enter(socket, limits, is_alone);
    return yoke::sandbox::serve(socket, layers);
  }

  std::nullopt_t tell_failure(std::uint32_t id, int error) {
    ZygoteReport report;
    report.kind = ZygoteReport::Kind::not_spawned;
    report.id = id;
    report.error = error;
    tell(report, {-1, -1});
    return std::nullopt;
  }

  void tell(ZygoteReport report, std::array<int, 2> handles) {
    iovec part{&report, sizeof report};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof handles)] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (handles[0] >= 0) {
      message.msg_control = room;
      message.msg_controllen = sizeof room;
      cmsghdr* const head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof handles);
      std::memcpy(CMSG_DATA(head), handles.data(), sizeof handles);
    }
    static_cast<void>(::sendmsg(control_, &message, MSG_NOSIGNAL));
  }

  void reap(int signals) {
    signalfd_siginfo ignored{};
    static_cast<void>(::read(signals, &ignored, sizeof ignored));
    for (;;) {
      siginfo_t info{};
      if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
      children_.erase(info.si_pid);
      ZygoteReport report;
      report.kind = ZygoteReport::Kind::ended;
      report.pid = info.si_pid;
      report.code = info.si_code;
      report.status = info.si_status;
      tell(report, {-1, -1});
    }
  }

  const int control_;
  std::set<pid_t> children_;
  const sigset_t before_;
  const Jail jail_ = Jail::prepare();
};

int be_zygote() {
  ::prctl(PR_SET_NAME, kZygoteName, 0, 0, 0);
  warm_up();
  sigset_t wanted;
  sigset_t before;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &wanted, &before);
  const Handle signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (signals.get() < 0) return 1;
  Zygote zygote(kZygoteSocket, before);
  return zygote.serve(signals.get());
}

}  // namespace

std::optional<int> run_if_zygote(int argc, char** argv) {
  if (argc != 1 || std::string_view(argv[0]) != kZygoteName) return std::nullopt;
  const int status = be_zygote();
  // No destructor of this program's has anything to do here.
  ::_exit(status);
}

}  // namespace yoke::sandbox
