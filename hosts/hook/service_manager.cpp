#include "hosts/hook/service_manager.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <system_error>

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr int kFirstPassed = 3;
constexpr long kPassedMax = 64;
constexpr std::array kVariables{"LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES",
                                "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};

std::optional<long> number_in(const std::string& text) {
  long value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

Error no_number(const std::string& name, const std::string& text) {
  return Error{Errc::invalid, name + "='" + printable(text) +
                                  "' is no number: it is the service manager's to set"};
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

Result<std::vector<PassedSocket>> passed_sockets(const Variable& variable, long own_pid) {
  std::vector<PassedSocket> sockets;
  const std::string count_text = variable("LISTEN_FDS");
  if (count_text.empty()) return sockets;
  const std::string pid_text = variable("LISTEN_PID");
  const std::optional<long> pid = number_in(pid_text);
  if (!pid) return no_number("LISTEN_PID", pid_text);
  if (*pid != own_pid) return sockets;
  const std::optional<long> count = number_in(count_text);
  if (!count || *count > kPassedMax) return no_number("LISTEN_FDS", count_text);
  std::vector<std::string> names;
  const std::string names_text = variable("LISTEN_FDNAMES");
  if (!names_text.empty()) names = split(names_text, ':');
  if (!names.empty() && names.size() != static_cast<std::size_t>(*count)) {
    return Error{Errc::invalid, "LISTEN_FDNAMES names " + std::to_string(names.size()) +
                                    " sockets, LISTEN_FDS passes " + count_text};
  }
  names.resize(static_cast<std::size_t>(*count));
  int descriptor = kFirstPassed;
  for (std::string& name : names) sockets.push_back({descriptor++, std::move(name)});
  return sockets;
}

std::string address_of(const PassedSocket& socket) {
  sockaddr_storage raw{};
  socklen_t bytes = sizeof(raw);
  if (::getsockname(socket.descriptor, reinterpret_cast<sockaddr*>(&raw), &bytes) != 0) {
    return "0.0.0.0";
  }
  if (raw.ss_family == AF_UNIX) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = &reinterpret_cast<const sockaddr_in*>(&raw)->sin_addr;
  if (raw.ss_family == AF_INET6) {
    address = &reinterpret_cast<const sockaddr_in6*>(&raw)->sin6_addr;
  }
  return ::inet_ntop(raw.ss_family, address, text.data(), text.size()) != nullptr ? text.data()
                                                                                  : "0.0.0.0";
}

ServiceManager::ServiceManager(const Variable& variable, long own_pid)
    : socket_path_(variable("NOTIFY_SOCKET")) {
  const std::optional<long> interval = number_in(variable("WATCHDOG_USEC"));
  const std::string pid = variable("WATCHDOG_PID");
  const bool ours = pid.empty() || number_in(pid) == own_pid;
  if (!interval || *interval < 2000 || !ours) return;
  alive_interval_ = std::chrono::milliseconds(*interval / 2000);
}

Result<void> ServiceManager::ready(std::string status) {
  return send("READY=1\nSTATUS=" + one_line(std::move(status)));
}

Result<void> ServiceManager::reloading() {
  return send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds());
}

Result<void> ServiceManager::stopping() { return send("STOPPING=1"); }

Result<void> ServiceManager::status(std::string text) {
  return send("STATUS=" + one_line(std::move(text)));
}

Result<void> ServiceManager::alive() { return send("WATCHDOG=1"); }

awaitable<void> ServiceManager::keep_alive() {
  while (alive_interval_) {
    static_cast<void>(alive());  // a manager that hears nothing does what it was told to do then
    co_await sleep_until(LoopClock::now() + *alive_interval_);
  }
}

Result<void> ServiceManager::send(std::string message) {
  if (!is_there()) return {};
  const auto cannot = [this](const std::string& why) {
    return Error{Errc::unavailable,
                 "cannot tell the service manager at '" + printable(socket_path_) + "': " + why};
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool known = socket_path_.front() == '/' || socket_path_.front() == '@';
  if (!known || socket_path_.size() >= sizeof(address.sun_path)) {
    return cannot("NOTIFY_SOCKET is no address of a Unix socket");
  }
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  if (socket_path_.front() == '@') address.sun_path[0] = '\0';  // in the abstract namespace
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return cannot(std::generic_category().message(errno));
  const auto sent = ::sendto(socket, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), bytes);
  const int problem = errno;
  ::close(socket);
  if (sent < 0) return cannot(std::generic_category().message(problem));
  return {};
}

Variable take_service_variables() {
  std::map<std::string, std::string> taken;
  for (const char* name : kVariables) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    taken[name] = value;
    ::unsetenv(name);
  }
  Variable variable = [taken](const std::string& name) {
    const auto found = taken.find(name);
    return found == taken.end() ? std::string() : found->second;
  };
  const Result<std::vector<PassedSocket>> passed = passed_sockets(variable, ::getpid());
  if (!passed) return variable;  // told by whoever asks for them
  for (const PassedSocket& socket : *passed) ::fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC);
  return variable;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur == limit.rlim_max) return limit.rlim_cur;
  rlimit wanted = limit;
  wanted.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &wanted) == 0 ? wanted.rlim_cur : limit.rlim_cur;
}

}  // namespace yoke
