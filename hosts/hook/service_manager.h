#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

using Variable = std::function<std::string(const std::string& name)>;  // empty: not set

// A listening socket that the service manager has opened for this process.
struct PassedSocket {
  int descriptor = -1;
  std::string name = {};  // FileDescriptorName= of its unit; empty: none
};

// The sockets of LISTEN_FDS, none where LISTEN_PID is another process's. Pure; the descriptors
// are looked at by whoever adopts them.
// Errors: invalid, when the variables contradict each other.
Result<std::vector<PassedSocket>> passed_sockets(const Variable& variable, long own_pid);

// The numeric address that it listens at; empty: a socket file. What is no socket has the address
// of all, for whoever is careful by it.
std::string address_of(const PassedSocket& socket);

// Tells the service manager how the process is doing, by the protocol of systemd's sd_notify; a
// manager that is not there is told nothing.
//
// Threads: any; a message is sent at once and never waited for.
class ServiceManager {
 public:
  // NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
  ServiceManager(const Variable& variable, long own_pid);

  bool is_there() const { return !socket_path_.empty(); }

  // Each gives what could not be sent: unavailable, naming the socket. Nobody there is no error.
  Result<void> ready(std::string status);
  Result<void> reloading();  // ready() follows when it is over
  Result<void> stopping();
  Result<void> status(std::string text);
  // May be sent by nobody but a process that is well: on the loop, in turn with its work.
  Result<void> alive();

  // Twice as often as the manager asks, so that one late turn is forgiven. None: it does not ask.
  std::optional<std::chrono::milliseconds> alive_interval() const { return alive_interval_; }
  // Sends alive() while the loop turns; until it is cancelled.
  awaitable<void> keep_alive();

 private:
  Result<void> send(std::string message);

  std::string socket_path_;
  std::optional<std::chrono::milliseconds> alive_interval_;
};

// The environment's variables, for the two above. They are then taken out of it, and the sockets
// that were passed are closed to programs that are started: no child is to have them for its own.
// For the start of main(), before there are threads.
Variable take_service_variables();

// Raises the soft limit of open descriptors to the hard one: each connection is one. Gives what
// holds now.
std::size_t raise_descriptor_limit();

}  // namespace yoke
