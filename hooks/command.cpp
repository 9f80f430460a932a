#include "hooks/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "runtime/base/handle.h"
#include "runtime/base/time.h"

namespace yoke::hooks {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kOutputMax = 1u << 20;
constexpr std::chrono::milliseconds kLookAgain{20};  // after its pipes are shut, for its end

struct Pipe {
  Handle read;
  Handle write;
};

bool make_pipe(Pipe& pipe) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe.read = Handle(ends[0]);
  pipe.write = Handle(ends[1]);
  return true;
}

void never_wait(const Handle& handle) {
  ::fcntl(handle.get(), F_SETFL, ::fcntl(handle.get(), F_GETFL) | O_NONBLOCK);
}

// While it lives, writing to a pipe that nobody reads ends in EPIPE and no signal on this thread.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec at_once{0, 0};
    while (::sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

std::string why(const std::string& what) { return what + ": " + std::strerror(errno); }

// The command while it runs. Its group is killed when this goes.
class HookChild {
 public:
  ~HookChild() {
    if (pid_ <= 0) return;
    kill_group();
    if (!ended_) ::waitpid(pid_, &status_, 0);
  }

  // Empty, or why it cannot be started.
  std::string start(const HookCommand& command) {
    Pipe in;
    Pipe out;
    Pipe err;
    if (!make_pipe(in) || !make_pipe(out) || !make_pipe(err)) return why("no pipe can be made");
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&how);
    ::posix_spawn_file_actions_adddup2(&files, in.read.get(), 0);
    ::posix_spawn_file_actions_adddup2(&files, out.write.get(), 1);
    ::posix_spawn_file_actions_adddup2(&files, err.write.get(), 2);
    ::posix_spawn_file_actions_addclosefrom_np(&files, 3);  // what this process was given by others
    ::posix_spawn_file_actions_addchdir_np(&files, command.dir.c_str());
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setsigdefault(&how, &all);
    ::posix_spawnattr_setpgroup(&how, 0);
    ::posix_spawnattr_setflags(
        &how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> settings;
    for (const auto& [name, value] : command.env) settings.push_back(name + "=" + value);
    std::vector<char*> env;
    for (std::string& each : settings) env.push_back(each.data());
    env.push_back(nullptr);
    std::string shell = "sh";
    std::string flag = "-c";
    std::string line = command.line;
    const std::array<char*, 4> words{shell.data(), flag.data(), line.data(), nullptr};
    const int failed = ::posix_spawn(&pid_, "/bin/sh", &files, &how, words.data(), env.data());
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&how);
    if (failed != 0) {
      pid_ = -1;
      errno = failed;
      return why("it cannot be started");
    }
    in_ = std::move(in.write);
    out_ = std::move(out.read);
    err_ = std::move(err.read);
    never_wait(in_);
    never_wait(out_);
    never_wait(err_);
    return {};
  }

  // Goes on for at most `patience`, or until `cancel` can be read. False: cancelled.
  bool step(const std::string& input, CommandEnd& end, int cancel,
            std::chrono::milliseconds patience) {
    const bool more = written_ < input.size();
    if (!more) in_ = Handle();
    std::array<pollfd, 4> waits{pollfd{cancel, POLLIN, 0}, pollfd{in_.get(), POLLOUT, 0},
                                pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(), static_cast<int>(patience.count()));
    if (waits[0].revents != 0) return false;
    if (waits[1].revents != 0) write(input);
    if (waits[2].revents != 0) read(out_, end.out);
    if (waits[3].revents != 0) read(err_, end.err);
    return true;
  }

  bool pipes_are_shut() const { return out_.get() < 0 && err_.get() < 0; }

  bool has_ended() {
    if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    return ended_;
  }
  // What is left to read once it has ended, while others may hold the pipes open.
  void drain(CommandEnd& end) {
    read(out_, end.out);
    read(err_, end.err);
  }
  void kill_group() const { ::kill(-pid_, SIGKILL); }
  int status() const { return status_; }

 private:
  void write(const std::string& input) {
    const NoBrokenPipe quiet;
    const ssize_t count = ::write(in_.get(), input.data() + written_, input.size() - written_);
    if (count > 0) written_ += static_cast<std::size_t>(count);
    const bool shut = count < 0 && errno != EAGAIN && errno != EINTR;
    if (shut) written_ = input.size();  // it does not want the rest
  }
  static void read(Handle& from, std::string& to) {
    std::array<char, 16'384> bytes{};
    while (from.get() >= 0 && to.size() <= kOutputMax) {
      const ssize_t count = ::read(from.get(), bytes.data(), bytes.size());
      if (count > 0) {
        to.append(bytes.data(), static_cast<std::size_t>(count));
        continue;
      }
      if (count < 0 && errno == EINTR) continue;
      if (count == 0 || errno != EAGAIN) from = Handle();
      return;
    }
  }

  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
  std::size_t written_ = 0;
  Handle in_;
  Handle out_;
  Handle err_;
};

CommandEnd carry_out(const HookCommand& command, const std::string& input, int cancel) {
  CommandEnd end;
  HookChild child;
  end.failure = child.start(command);
  if (!end.failure.empty()) return end;
  const SteadyClock::time_point until = SteadyClock::now() + command.timeout;
  while (!child.has_ended()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    if (left.count() <= 0) {
      end.failure = "it did not end within its " + to_short_text(command.timeout);
      return end;
    }
    // What has shut its pipes is about to end; what holds them open may end without a sign.
    const auto patience = std::min(left, child.pipes_are_shut() ? kLookAgain : 5 * kLookAgain);
    if (!child.step(input, end, cancel, patience)) {
      end.failure = "it was cancelled";
      return end;
    }
    if (end.out.size() > kOutputMax || end.err.size() > kOutputMax) {
      end.failure = "it wrote more than 1 MiB";
      return end;
    }
  }
  child.drain(end);
  const int status = child.status();
  if (WIFEXITED(status)) {
    end.status = WEXITSTATUS(status);
  } else {
    end.failure = "it was ended by signal " + std::to_string(WTERMSIG(status));
  }
  return end;
}

// Tells the thread that runs the command when nobody waits for it any more.
struct Leaving {
  std::shared_ptr<const Handle> bell;  // shared with the job
  ~Leaving() { ::eventfd_write(bell->get(), 1); }
};

}  // namespace

awaitable<CommandEnd> run_command(Pool& pool, HookCommand command, std::string input) {
  const int number = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const auto bell = std::make_shared<const Handle>(number);
  const Leaving leaving{bell};
  auto job = [bell, command = std::move(command), input = std::move(input)] {
    return carry_out(command, input, bell->get());
  };
  CommandEnd end = co_await offload(pool, std::move(job));
  co_return end;
}

}  // namespace yoke::hooks
