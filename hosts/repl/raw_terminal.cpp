#include "hosts/repl/raw_terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

#include "hosts/repl/error_tap.h"
#include "runtime/base/ensure.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::string_view kEnter = "\x1b[?2004h";  // pastes are marked as such
constexpr std::string_view kLeave = "\x1b[?2004l\x1b[?2026l\x1b[0m\x1b[?25h";
constexpr std::size_t kBehindMax = 8u << 20;
constexpr std::array kFatal = {SIGABRT, SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                               SIGQUIT, SIGXCPU, SIGTRAP, SIGSYS};

// What a handler of a signal needs: it has nothing but globals. Set before `kept_fd`, which arms
// it.
termios kept_modes;
std::atomic<int> kept_fd = -1;

// Calls nothing but what a signal handler may.
void put_back(int fd, const termios& modes) noexcept {
  static_cast<void>(!::write(fd, kLeave.data(), kLeave.size()));
  static_cast<void>(!::write(fd, "\r\n", 2));
  ::tcsetattr(fd, TCSANOW, &modes);
}

extern "C" void put_back_and_die(int number) {
  const int fd = kept_fd.exchange(-1);
  if (fd >= 0) put_back(fd, kept_modes);
  ErrorTap::pour_out();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

bool same_modes(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_lflag == b.c_lflag &&
         a.c_cflag == b.c_cflag;
}

termios raw_of(const termios& modes) {
  termios raw = modes;
  raw.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return raw;
}

// The life of the small process: it waits for the end of the other one. A byte before that says
// that all is as it was. System calls alone, for the other may have had threads.
[[noreturn]] void watch_over(int pipe, int fd, const termios& raw, const termios& modes) {
  ::setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTTOU}) {
    ::signal(number, SIG_IGN);
  }
  char byte = 0;
  ssize_t got = 0;
  while ((got = ::read(pipe, &byte, 1)) < 0 && errno == EINTR) {
  }
  termios now;
  const bool ours = got == 0 && ::tcgetattr(fd, &now) == 0 && same_modes(now, raw);
  if (ours) put_back(fd, modes);
  ::_exit(0);
}

// Only what it needs stays open in it: whoever waits for an end of something waits for us too.
void close_others(int pipe, int fd) {
  const int low = std::min(pipe, fd);
  const int high = std::max(pipe, fd);
  if (low > 0) ::close_range(0, static_cast<unsigned>(low - 1), 0);
  if (high > low + 1) {
    ::close_range(static_cast<unsigned>(low + 1), static_cast<unsigned>(high - 1), 0);
  }
  ::close_range(static_cast<unsigned>(high + 1), ~0U, 0);
}

class Watchman {
 public:
  Watchman(int fd, const termios& raw, const termios& modes) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;  // then only signals are seen to
    pid_ = ::fork();
    if (pid_ == 0) {
      close_others(ends[0], fd);
      watch_over(ends[0], fd, raw, modes);
    }
    ::close(ends[0]);
    pipe_ = ends[1];
  }
  ~Watchman() {
    if (pipe_ < 0) return;
    static_cast<void>(!::write(pipe_, "x", 1));
    ::close(pipe_);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  Watchman(const Watchman&) = delete;
  Watchman& operator=(const Watchman&) = delete;

 private:
  int pipe_ = -1;
  pid_t pid_ = -1;
};

class FatalSignals {
 public:
  FatalSignals() {
    struct sigaction action {};
    action.sa_handler = &put_back_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &action, &before_[i]);
  }
  ~FatalSignals() {
    for (std::size_t i = 0; i < kFatal.size(); ++i) ::sigaction(kFatal[i], &before_[i], nullptr);
  }
  FatalSignals(const FatalSignals&) = delete;
  FatalSignals& operator=(const FatalSignals&) = delete;

 private:
  std::array<struct sigaction, kFatal.size()> before_{};
};

}  // namespace

struct RawTerminal::Parts {
  Parts(asio::any_io_executor executor_, int fd, const termios& modes_)
      : executor(executor_),
        stream(executor_, fd),
        modes(modes_),
        raw(raw_of(modes_)),
        watchman(fd, raw, modes),
        writing(executor_) {}

  void enter() {
    ::tcsetattr(stream.native_handle(), TCSADRAIN, &raw);
    put(kEnter);
  }
  void leave() {
    put(kLeave);
    flush();
    ::tcsetattr(stream.native_handle(), TCSADRAIN, &modes);
  }
  void put(std::string_view bytes) {
    if (behind.size() + bytes.size() > kBehindMax) behind.clear();  // nobody looks at it any more
    behind += bytes;
    write_some();
  }
  void write_some();
  void flush();  // waits, for a little while
  awaitable<void> write_rest();

  asio::any_io_executor executor;
  asio::posix::stream_descriptor stream;
  termios modes;
  termios raw;
  FatalSignals fatal;
  Watchman watchman;
  std::string behind;
  bool gone = false;
  bool lent = false;
  Signal back;  // it is lent no more
  Signal all_written;
  TaskGroup writing;  // last: it uses what is above
};

void RawTerminal::Parts::write_some() {
  while (!behind.empty() && !gone) {
    const ssize_t written = ::write(stream.native_handle(), behind.data(), behind.size());
    if (written > 0) {
      behind.erase(0, static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (writing.running() == 0) writing.spawn(write_rest());
      return;
    } else if (errno != EINTR) {
      gone = true;
    }
  }
  if (gone) behind.clear();
  all_written.notify();
}

awaitable<void> RawTerminal::Parts::write_rest() {
  while (!behind.empty() && !gone) {
    const auto [failed] = co_await stream.async_wait(asio::posix::stream_descriptor::wait_write,
                                                     asio::as_tuple(asio::use_awaitable));
    if (failed) co_return;  // lend() has written the rest, or the terminal goes
    const ssize_t written = ::write(stream.native_handle(), behind.data(), behind.size());
    if (written > 0) behind.erase(0, static_cast<std::size_t>(written));
    if (written < 0 && errno != EAGAIN && errno != EINTR) gone = true;
  }
  if (gone) behind.clear();
  all_written.notify();
}

void RawTerminal::Parts::flush() {
  constexpr int kPatienceMs = 500;
  pollfd out{stream.native_handle(), POLLOUT, 0};
  while (!behind.empty() && !gone && ::poll(&out, 1, kPatienceMs) > 0) {
    const ssize_t written = ::write(out.fd, behind.data(), behind.size());
    if (written <= 0) break;
    behind.erase(0, static_cast<std::size_t>(written));
  }
  behind.clear();
}

RawTerminal::RawTerminal(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  ENSURE(kept_fd.load() < 0);
  kept_modes = parts_->modes;
  kept_fd = parts_->stream.native_handle();
  parts_->enter();
}

RawTerminal::~RawTerminal() {
  kept_fd = -1;
  parts_->writing.cancel();
  parts_->leave();
}

Result<std::unique_ptr<RawTerminal>> RawTerminal::take(asio::any_io_executor executor) {
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) {
    return Error{Errc::unsupported, "standard input is no terminal"};
  }
  // Opened anew: whoever shares standard input must not find it non-blocking.
  const int fd = ::open("/proc/self/fd/0", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return Error{Errc::unavailable,
                 std::string("the terminal cannot be opened: ") + std::strerror(errno)};
  }
  auto parts = std::make_unique<Parts>(std::move(executor), fd, modes);
  return std::make_unique<RawTerminal>(std::move(parts));
}

awaitable<std::string> RawTerminal::read() {
  std::array<char, 16384> buffer{};
  while (!parts_->gone) {
    while (parts_->lent) co_await parts_->back.wait();
    const auto [failed] = co_await parts_->stream.async_wait(
        asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    if (failed && parts_->lent) continue;  // what is typed now is another program's
    if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
    const ssize_t got = ::read(parts_->stream.native_handle(), buffer.data(), buffer.size());
    if (got > 0) co_return std::string(buffer.data(), static_cast<std::size_t>(got));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    parts_->gone = true;
  }
  co_return std::string();
}

void RawTerminal::write(const std::string& bytes) {
  if (!bytes.empty()) parts_->put(bytes);
}

bool RawTerminal::is_behind() const { return !parts_->behind.empty(); }

awaitable<void> RawTerminal::caught_up() {
  while (is_behind() && !parts_->gone) co_await parts_->all_written.wait();
}

ScreenSize RawTerminal::size() const {
  winsize size{};
  ScreenSize found;
  if (::ioctl(parts_->stream.native_handle(), TIOCGWINSZ, &size) != 0) return found;
  if (size.ws_col >= 10) found.columns = size.ws_col;
  if (size.ws_row >= 4) found.rows = size.ws_row;
  return found;
}

void RawTerminal::lend() {
  kept_fd = -1;
  parts_->lent = true;
  parts_->leave();
  parts_->stream.cancel();
}

void RawTerminal::take_back() {
  parts_->lent = false;
  parts_->enter();
  parts_->back.notify();
  kept_fd = parts_->stream.native_handle();
}

}  // namespace yoke
