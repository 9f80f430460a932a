#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/local/local_servers.h"
#include "models/local/schedule.h"
#include "models/local/server.h"
#include "runtime/loop/signal.h"

namespace yoke::local {

// A request that waits at a gate, for as long as its coroutine does.
struct Waiter {
  Signal decided;
  bool granted = false;
  std::optional<Error> refused;
};

}  // namespace yoke::local

namespace yoke {

// What LocalServers is made of: the schedule, the servers, and the turns of the loop that join
// them. Every event ends in turn(), which does all that is due and sets the timer for the rest.
struct LocalServers::State {
  struct One {  // a backend
    std::string name;
    LocalBackend backend;
    const local::ServerKind* kind = nullptr;
    std::unique_ptr<local::Server> server = {};  // null: it runs without us
    std::unique_ptr<Gate> gate = {};
    std::unique_ptr<HttpSender> sender = {};
    std::string placeholder = {};       // base_url with a port that stands for the real one
    std::string model = {};             // that was asked for last
    std::set<std::string> models = {};  // that were asked for, to be unloaded by name
    local::Supervisor::State told = local::Supervisor::State::stopped;  // the schedule and hooks
    LoopClock::time_point loading_since = {};
    LoopClock::time_point next_note = {};
  };

  State(const asio::any_io_executor& on, HttpSender& by, local::Schedule planned)
      : executor(on), http(by), schedule(std::move(planned)), timer(std::make_unique<Timer>(on)) {}

  static void turn(const std::shared_ptr<State>& self);
  static awaitable<Result<Permit>> enter(std::shared_ptr<State> self, std::string backend,
                                         GateRequest request, Deadline deadline);
  void close();

  One& at(const std::string& name) { return backends.at(name); }

  asio::any_io_executor executor;
  HttpSender& http;
  std::map<std::string, One> backends;
  local::Schedule schedule;
  std::map<local::Schedule::Ticket, local::Waiter*> waiters;  // on the frames of enter()
  Hooks hooks;
  bool closed = false;
  bool turning = false;
  bool again = false;
  std::unique_ptr<Timer> timer;

 private:
  static void set_timer(const std::shared_ptr<State>& self);
  static bool step(const std::shared_ptr<State>& self, One& one, LoopClock::time_point now);
  static void act(const std::shared_ptr<State>& self, const local::Schedule::Act& act);
  static void load(const std::shared_ptr<State>& self, One& one);
  static void unload(const std::shared_ptr<State>& self, One& one);
  static awaitable<void> probe(std::shared_ptr<State> self, std::string name);
  static awaitable<void> unload_models(std::shared_ptr<State> self, std::string name);
  void follow(One& one, LoopClock::time_point now);
  void fail_waiters(const One& one);
  void note_loading(LoopClock::time_point now);
  void note(const One& one, LoadNote::Phase phase, LoopClock::time_point now) const;
  bool is_loading_somewhere() const;
};

}  // namespace yoke
