#include "hosts/repl/error_tap.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "runtime/loop/asio.h"

namespace yoke {
namespace {

// For a handler of a signal, which has nothing but globals.
std::atomic<int> tapped_from = -1;
std::atomic<int> tapped_to = -1;

}  // namespace

ErrorTap::ErrorTap(const asio::any_io_executor& executor) : from_(executor) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
  standard_error_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  from_.assign(ends[0]);
  tapped_to = standard_error_;
  tapped_from = ends[0];
}

ErrorTap::~ErrorTap() {
  if (standard_error_ < 0) return;
  pour_out();
  tapped_from = -1;
  ::dup2(standard_error_, STDERR_FILENO);
  ::close(standard_error_);
}

awaitable<std::string> ErrorTap::read() {
  std::array<char, 8192> buffer{};
  while (from_.is_open()) {
    co_await from_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    const ssize_t got = ::read(from_.native_handle(), buffer.data(), buffer.size());
    if (got > 0) co_return std::string(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  co_return std::string();
}

void ErrorTap::pour_out() noexcept {
  const int from = tapped_from;
  if (from < 0) return;
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = ::read(from, buffer.data(), buffer.size())) > 0) {
    if (::write(tapped_to, buffer.data(), static_cast<std::size_t>(got)) < 0) return;
  }
}

}  // namespace yoke
