#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/loop/offload.h"
#include "runtime/ports/policy.h"
#include "runtime/ports/script_host.h"
#include "sandbox/vm.h"
#include "tools/broker/broker.h"

namespace yoke {

// The bounds of a call, by profile: "define", "tool", "model", "test".
Result<sandbox::Quota> quota_of(const std::string& profile);

// Runs Lua in this process: each call in a fresh state, its host calls through the broker.
// The same source, call (by run_id and call_id), time and replies give the same outcome.
//
// Ownership: borrows everything in Services, which outlives it.
// Threads:   loop thread only. With `threads`, Lua itself runs there and the loop goes on; without,
//            it runs inside call(), as a simulation wants it. define() runs where it is called.
// Cancellation: a state that is computing ends at its quota, unseen, and keeps its thread until
//            then; what the broker performs may or may not have taken place.
// Limits:    kProgramsMax compiled sources are kept.
class ScriptRunner final : public ScriptHost {
 public:
  struct Services {
    Broker& broker;
    const Policy& policy;
    WallClock& wall;
    Pool* threads = nullptr;  // threads with at least 1 MiB of stack
  };
  static constexpr std::size_t kProgramsMax = 256;

  explicit ScriptRunner(Services services) : services_(services) {}

  Result<std::vector<ScriptDefinition>> define(const ScriptSource& source) override;
  awaitable<ToolOutcome> call(std::shared_ptr<const ScriptSource> source, ScriptCall call,
                              CallContext& context) override;

 private:
  class Session;
  using Program = std::shared_ptr<const sandbox::Program>;

  Result<Program> program_of(const ScriptSource& source);
  Result<std::shared_ptr<Session>> open(const ScriptSource& source, const ScriptCall& call,
                                        const Permissions& permissions);
  awaitable<sandbox::Step> step(std::shared_ptr<Session> session, sandbox::HostReply reply,
                                CallContext& context);
  awaitable<ToolOutcome> drive(std::shared_ptr<Session> session, CallScope& scope);

  Services services_;
  std::map<std::string, Program> programs_;  // by hash and name
  std::deque<std::string> oldest_programs_;
};

}  // namespace yoke
