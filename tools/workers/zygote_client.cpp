#include "tools/workers/zygote_client.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "sandbox/worker/zygote.h"

namespace yoke {
namespace {

using sandbox::ZygoteReport;

constexpr int kEndWithinMs = 1'000;

Error cannot_start(int number) {
  return Error{Errc::unavailable, "the process that scripts run under cannot be started: " +
                                      std::generic_category().message(number)};
}

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
  }
  ~Attributes() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  // Nothing is inherited but the socket; a Ctrl-C at the terminal is not for it.
  int set(int socket) {
    int failed = posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    for (int stream = 0; failed == 0 && stream <= 2; ++stream) {
      failed = posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
    }
    if (failed == 0) {
      failed = posix_spawn_file_actions_adddup2(&actions_, socket, sandbox::kZygoteSocket);
    }
    if (failed == 0) {
      failed = posix_spawn_file_actions_addclosefrom_np(&actions_, sandbox::kZygoteSocket + 1);
    }
    return failed;
  }
  const posix_spawnattr_t* attributes() const { return &attributes_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

// The two descriptors that come with a report; fewer where this process may open no more.
std::pair<Handle, Handle> handles_of(msghdr& message) {
  std::pair<Handle, Handle> handles;
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  std::array<int, 2> numbers{-1, -1};
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
    return handles;
  }
  const std::size_t bytes = std::min<std::size_t>(head->cmsg_len - CMSG_LEN(0), sizeof numbers);
  std::memcpy(numbers.data(), CMSG_DATA(head), bytes);
  handles.first = Handle(numbers[0]);
  handles.second = Handle(numbers[1]);
  return handles;
}

}  // namespace

Result<std::unique_ptr<ZygoteClient>> ZygoteClient::start(const asio::any_io_executor& executor,
                                                          const std::string& program,
                                                          Events events) {
  // Or each zygote would start one of its own, without end.
  if (std::string_view(program_invocation_name) == sandbox::kZygoteName) {
    return Error{Errc::unavailable,
                 "this process was started to run scripts in, and its main() does not call "
                 "sandbox::run_if_zygote() first: let it"};
  }
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return cannot_start(errno);
  }
  Handle ours(ends[0]);
  Handle theirs(ends[1]);
  if (theirs.get() == sandbox::kZygoteSocket) {  // dup2() onto itself would leave it to be closed
    theirs = Handle(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, sandbox::kZygoteSocket + 1));
  }
  Attributes attributes;
  if (const int failed = attributes.set(theirs.get()); failed != 0) return cannot_start(failed);
  std::string name = sandbox::kZygoteName;
  std::array<char*, 2> arguments{name.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), attributes.actions(),
                                   attributes.attributes(), arguments.data(), environment.data());
  if (failed != 0) return cannot_start(failed);
  return std::make_unique<ZygoteClient>(executor, pid, std::move(ours), std::move(events));
}

ZygoteClient::ZygoteClient(const asio::any_io_executor& executor, pid_t pid, Handle socket,
                           Events events)
    : pid_(pid),
      socket_(std::move(socket)),
      events_(std::move(events)),
      watch_(std::make_unique<SocketWatch>(executor, socket_.get(), [this] { pump(); })) {}

// It ends by itself when its socket does, having waited for its workers; one that does not is
// killed.
ZygoteClient::~ZygoteClient() {
  watch_.reset();
  ::shutdown(socket_.get(), SHUT_RDWR);
  const Handle process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd end{process.get(), POLLIN, 0};
  if (process.get() < 0 || ::poll(&end, 1, kEndWithinMs) != 1) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ZygoteClient::order(const sandbox::SpawnOrder& order) {
  return !lost_ && ::send(socket_.get(), &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT) ==
                       static_cast<ssize_t>(sizeof order);
}

void ZygoteClient::pump() {
  while (!lost_) {
    ZygoteReport report;
    iovec part{&report, sizeof report};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got != static_cast<ssize_t>(sizeof report)) return lose();
    auto [socket, pidfd] = handles_of(message);
    take(report, std::move(socket), std::move(pidfd));
  }
}

void ZygoteClient::take(const ZygoteReport& report, Handle socket, Handle pidfd) {
  switch (report.kind) {
    case ZygoteReport::Kind::spawned:
      // Without them it ends by itself.
      if (pidfd.get() < 0) return events_.not_spawned(report.id, EMFILE);
      return events_.spawned(Spawned{report.id, report.pid, std::move(socket), std::move(pidfd)});
    case ZygoteReport::Kind::not_spawned:
      return events_.not_spawned(report.id, report.error);
    case ZygoteReport::Kind::ended:
      return events_.ended(report.pid, ProcessEnd{report.code, report.status});
  }
}

void ZygoteClient::lose() {
  lost_ = true;
  watch_.reset();
  events_.lost();
}

}  // namespace yoke
