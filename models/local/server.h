#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "models/local/log_ring.h"
#include "models/local/server_kind.h"
#include "models/local/settings.h"
#include "models/local/supervisor.h"
#include "runtime/loop/asio.h"
#include "runtime/process/guarded_process.h"

namespace yoke::local {

// One server that we start: its process, its port, its log, and the supervisor that decides.
//
// Ownership: owns the process. Its loop outlives it.
// Threads:   loop thread only.
class Server {
 public:
  struct Events {
    std::function<void()> changed;  // step() has something to do; called from the loop
    std::function<void(const std::string& line)> line;  // of its log
  };

  // `base_url` is that of its API, with "{port}" where the port goes.
  Server(const asio::any_io_executor& executor, LaunchSettings settings, const ServerKind& kind,
         std::string base_url, const std::string& log_file, Events events);

  // Does what is due. True: it wants to be asked whether it is well; then probed() is called.
  bool step(Supervisor::Time now);

  Supervisor& supervisor() { return supervisor_; }
  const Supervisor& supervisor() const { return supervisor_; }
  const LogRing& log() const { return log_; }
  std::string root() const;  // where it listens: "http://127.0.0.1:41235"
  std::string health_url() const;
  std::optional<int> percent() const { return percent_; }  // of loading, where it says so
  pid_t pid() const;                                       // 0: there is none
  std::string last_words() const;  // how it last ended, the end of its log, and where the rest is
  void let_go();                   // begins what the destructor waits for

 private:
  Result<void> choose_port();
  process::Command command() const;
  void spawn(Supervisor::Time now);
  void take_line(const std::string& line);

  const asio::any_io_executor executor_;
  const LaunchSettings settings_;
  const ServerKind& kind_;
  const std::string base_url_;
  const bool own_port_;  // we choose it
  const Events events_;
  Supervisor supervisor_;
  LogRing log_;
  int port_ = 0;
  std::optional<int> percent_;
  std::unique_ptr<process::GuardedProcess> process_;
};

// A port of the loopback that nobody listens on now. Errors: unavailable.
Result<int> free_port();
bool port_is_taken(int port);

}  // namespace yoke::local
