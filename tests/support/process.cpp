#include "tests/support/process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace yoke::testing {
namespace {

// What the sanitizers and the loader need of the test's own environment.
constexpr std::array<const char*, 6> kInherited = {
    "PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"};

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("no pipe");
  return Pipe{ends[0], ends[1]};
}

void close_fd(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

int open_terminal(std::string& other_end) {
  const int fd = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || ::grantpt(fd) != 0 || ::unlockpt(fd) != 0) fail("no pseudo-terminal");
  std::array<char, 128> name{};
  if (::ptsname_r(fd, name.data(), name.size()) != 0) fail("the pseudo-terminal has no name");
  other_end = name.data();
  winsize size{};
  size.ws_row = 40;
  size.ws_col = 120;
  ::ioctl(fd, TIOCSWINSZ, &size);
  return fd;
}

std::vector<std::string> environment_of(const ProcessOptions& options) {
  std::map<std::string, std::string> env = {
      {"HOME", options.dir}, {"USER", "tester"}, {"TERM", "xterm"}, {"LANG", "C.UTF-8"}};
  for (const char* name : kInherited) {
    if (const char* value = ::getenv(name)) env[name] = value;
  }
  for (const auto& [name, value] : options.env) env[name] = value;
  std::vector<std::string> out;
  for (const auto& [name, value] : env) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Everything the child needs, made before the fork: after it only plain system calls are safe.
struct Launch {
  const char* program = nullptr;
  const char* dir = nullptr;
  const char* terminal = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  int in = -1;
  int out = -1;
  int err = -1;
  long file_bytes_max = -1;
  bool plain_user = false;
};

[[noreturn]] void become(const Launch& launch) {
  int in = launch.in;
  int out = launch.out;
  int err = launch.err;
  if (launch.terminal != nullptr) {
    ::setsid();
    in = out = err = ::open(launch.terminal, O_RDWR);
    ::ioctl(in, TIOCSCTTY, 0);
  }
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (launch.file_bytes_max >= 0) {
    const auto most = static_cast<rlim_t>(launch.file_bytes_max);
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (launch.plain_user) {  // fails where there are no such powers to drop
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
  }
  if (*launch.dir != '\0' && ::chdir(launch.dir) != 0) ::_exit(126);
  ::execve(launch.program, launch.argv, launch.envp);
  ::_exit(127);
}

}  // namespace

Process::Process(const std::string& program, const ProcessOptions& options) : name_(program) {
  for (const std::string& arg : options.args) name_ += " " + arg;
  unwritten_ = options.input;
  closes_ = !options.talks && !options.terminal;
  start(program, options);
}

void Process::start(const std::string& program, const ProcessOptions& options) {
  std::vector<std::string> args = {program};
  args.insert(args.end(), options.args.begin(), options.args.end());
  std::vector<std::string> env = environment_of(options);
  const std::vector<char*> argv = pointers_to(args);
  const std::vector<char*> envp = pointers_to(env);
  Launch launch;
  launch.program = program.c_str();
  launch.dir = options.dir.c_str();
  launch.argv = argv.data();
  launch.envp = envp.data();
  launch.file_bytes_max = options.file_bytes_max;
  launch.plain_user = options.plain_user;
  std::string terminal;
  Pipe in;
  Pipe out;
  Pipe err;
  if (options.terminal) {
    out_ = open_terminal(terminal);
    in_ = ::fcntl(out_, F_DUPFD_CLOEXEC, 0);
    launch.terminal = terminal.c_str();
  } else {
    in = make_pipe();
    out = make_pipe();
    err = make_pipe();
    launch.in = in.read;
    launch.out = out.write;
    launch.err = err.write;
    in_ = in.write;
    out_ = out.read;
    err_ = err.read;
  }
  pid_ = ::fork();
  if (pid_ < 0) fail("cannot start " + name_);
  if (pid_ == 0) become(launch);
  close_fd(in.read);
  close_fd(out.write);
  close_fd(err.write);
  ::fcntl(in_, F_SETFL, O_NONBLOCK);
  if (unwritten_.empty() && closes_) close_fd(in_);
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  close_fd(in_);
  close_fd(out_);
  close_fd(err_);
}

std::string Process::so_far() const {
  return "\n--- standard output:\n" + out_text_ + "\n--- standard error:\n" + err_text_;
}

void Process::read_into(int& fd, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {  // a pseudo-terminal ends with EIO
    close_fd(fd);
  }
}

void Process::write_input() {
  const ssize_t written = ::write(in_, unwritten_.data(), unwritten_.size());
  if (written > 0) unwritten_.erase(0, static_cast<std::size_t>(written));
  if (written < 0 && errno != EAGAIN && errno != EINTR) {  // whoever read it has gone
    unwritten_.clear();
    close_fd(in_);
  }
  if (unwritten_.empty() && closes_) close_fd(in_);
}

bool Process::pump() {
  if (out_ < 0 && err_ < 0) return false;
  std::array<pollfd, 3> wanted{};
  wanted[0] = {out_, POLLIN, 0};
  wanted[1] = {err_, POLLIN, 0};
  wanted[2] = {unwritten_.empty() ? -1 : in_, POLLOUT, 0};
  const int patience = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  const int ready = ::poll(wanted.data(), wanted.size(), patience);
  if (ready == 0) fail("nothing comes from " + name_ + so_far());
  if (wanted[0].revents != 0) read_into(out_, out_text_);
  if (wanted[1].revents != 0) read_into(err_, err_text_);
  if (wanted[2].revents != 0) write_input();
  return true;
}

std::optional<std::string> Process::line() {
  while (true) {
    const std::size_t end = out_text_.find('\n', line_at_);
    if (end != std::string::npos) {
      std::string found = out_text_.substr(line_at_, end - line_at_);
      line_at_ = end + 1;
      return found;
    }
    if (out_ < 0 || !pump()) return std::nullopt;
  }
}

void Process::wait_in(const std::string& text, const std::string& where, std::size_t& from) {
  while (true) {
    const std::size_t at = where.find(text, from);
    if (at != std::string::npos) {
      from = at + text.size();
      return;
    }
    if (!pump()) fail(name_ + " ended without '" + text + "'" + so_far());
  }
}

void Process::wait_for(const std::string& text) { wait_in(text, out_text_, out_seen_); }

void Process::wait_for_err(const std::string& text) { wait_in(text, err_text_, err_seen_); }

void Process::type(const std::string& text) {
  unwritten_ += text;
  while (!unwritten_.empty() && pump()) {
  }
}

void Process::close_input() {
  closes_ = true;
  if (unwritten_.empty()) close_fd(in_);
}

void Process::close_output() { close_fd(out_); }

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

Ended Process::wait() {
  while (pump()) {
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  Ended ended;
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  ended.out = out_text_;
  ended.err = err_text_;
  return ended;
}

}  // namespace yoke::testing
