#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "models/gate.h"
#include "models/http_sender.h"
#include "models/local/settings.h"
#include "runtime/base/result.h"
#include "runtime/loop/asio.h"

namespace yoke {

struct ModelsConfig;

// The file of the program that a launch starts. Errors: not_found, with how to mend it.
Result<std::string> launch_program(const LaunchSettings& launch);

// One backend whose server is on this machine.
struct LocalBackend {
  std::string preset;
  std::string base_url;  // of its API; with "{port}" when its launch says so
  LocalSettings settings;
};

// What there is to tell while a server loads.
struct LoadNote {
  enum class Phase : std::uint8_t { loading, restarting, ready, failed };
  std::string backend;
  std::string model;  // that is waited for; may be empty
  Phase phase = Phase::loading;
  std::chrono::milliseconds since{0};  // it began
  std::optional<int> percent = {};     // where the server says so
  std::string detail = {};             // restarting, failed: why
};

// How a backend's server is doing.
struct LocalLook {
  std::string state;  // "not loaded", "loading", "ready", "unloading", "restarting", "given up"
  int busy = 0;
  int slots = 1;
  std::size_t waiting = 0;
  int restarts = 0;
  long pid = 0;          // 0: no process of ours
  std::string address;   // "http://127.0.0.1:41235"
  std::string why = {};  // how it last ended
};

// The servers of this machine, under one scheduler: starts those that have a launch when they are
// first needed, again when they die, and stops them with this process; lets as many requests
// through as they have slots, in turn among the tenants; loads and unloads them so that their
// memory is never above the limit.
//
// Ownership: borrows the executor's loop and `http`; both outlive it. Its gates and senders live as
//            long as it does; a permit may outlive it.
// Threads:   loop thread only.
// Limits:    kWaitingMax requests wait for a server; more are refused.
class LocalServers {
 public:
  static constexpr std::size_t kWaitingMax = 10'000;

  // What a terminal shows. Called from the loop.
  struct Hooks {
    std::function<void(const LoadNote& note)> load = {};  // about once a second, and at each change
    std::function<void(const std::string& backend, const std::string& line)> log = {};
  };

  // Of the backends that have anything local about them. Errors: invalid, naming the key:
  // "backends.big.memory: …".
  static Result<std::unique_ptr<LocalServers>> make(const asio::any_io_executor& executor,
                                                    HttpSender& http, const ModelsConfig& config);
  static Result<std::unique_ptr<LocalServers>> make(const asio::any_io_executor& executor,
                                                    HttpSender& http,
                                                    std::map<std::string, LocalBackend> backends,
                                                    LocalLimits limits);
  struct State;
  explicit LocalServers(std::shared_ptr<State> state);
  ~LocalServers();  // stops the servers that it started, and waits until they have gone
  LocalServers(const LocalServers&) = delete;
  LocalServers& operator=(const LocalServers&) = delete;

  void set_hooks(Hooks hooks);

  // Null when the backend is not one of these.
  Gate* gate(const std::string& backend) const;
  // Sends to wherever the backend's server listens now. Null when its address is fixed.
  HttpSender* sender(const std::string& backend) const;
  // The base_url that requests are written with; sender() puts the real address in its place.
  std::string base_url(const std::string& backend) const;

  // Starts the server and waits until it answers. Errors: as Gate::enter().
  awaitable<Result<void>> bring_up(std::string backend, Deadline deadline);

  std::optional<LocalLook> look(const std::string& backend) const;

 private:
  std::shared_ptr<State> state_;  // shared with the tasks that are under way on the loop
};

}  // namespace yoke
