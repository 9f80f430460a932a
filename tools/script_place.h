#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/ports/script_host.h"
#include "sandbox/vm.h"

namespace yoke {

// What a script says while it runs: a line of its log, or how far it is.
struct ScriptLine {
  bool is_progress = false;
  double done = 0;
  double total = 0;
  std::string level = {};
  std::string text = {};
};

// One call's Lua, wherever it runs.
//
// Threads:   loop thread only.
// Cancellation: advance() throws; the session is of no use afterwards, and what it was computing
//            ends unseen.
class ScriptSession {
 public:
  virtual ~ScriptSession() = default;
  // Begins the call; from the second time on it answers the HostCall that the last step was.
  // Never Paused.
  virtual awaitable<sandbox::Step> advance(sandbox::HostReply reply) = 0;
  // What it has used; null when it was given up while it computed.
  virtual Json meter() const = 0;
};

// What a session is made of.
struct SessionOrder {
  std::shared_ptr<const ScriptSource> source;
  int definition = 0;
  std::string function;
  Json args = Json::array();
  sandbox::Quota quota;
  std::uint64_t seed = 0;
  Micros wall_us = 0;
  std::vector<std::string> modules;
  std::string run_id;  // calls of one run share one turn
  std::string tenant;
  bool is_durable = false;  // waits long, for people too: it takes no other call's place meanwhile
  std::function<void(const ScriptLine&)> on_line;  // called while the session lives
};

// A place where Lua runs: in this process, or in workers.
class ScriptPlace {
 public:
  virtual ~ScriptPlace() = default;
  // Runs the file's body. Blocks for as long as that takes; the quota bounds it.
  virtual Result<std::vector<sandbox::Definition>> define(const ScriptSource& source,
                                                          const sandbox::Quota& quota) = 0;
  // Waits for its turn where too many calls are under way.
  virtual awaitable<Result<std::unique_ptr<ScriptSession>>> open(SessionOrder order) = 0;
};

}  // namespace yoke
