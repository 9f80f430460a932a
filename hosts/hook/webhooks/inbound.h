#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/hook/webhooks/delivery.h"
#include "runtime/ports/script_host.h"

namespace yoke {

// A webhook that comes in, as [hooks.NAME] says it, ready to be used.
struct Inbound {
  std::string name;
  HookScheme scheme = HookScheme::standard;
  std::vector<HookKey> keys;
  std::string agent;
  std::string session;  // a pattern; see fill_session()
  std::string tenant;
  std::vector<std::string> events;
  std::chrono::seconds tolerance{300};
  std::shared_ptr<const ScriptSource> map;  // shared with the calls of it; null: none
};
using Inbounds = std::map<std::string, Inbound, std::less<>>;

// All hooks of yoke.toml. Errors name its line: no such scheme, agent or script, a secret that is
// not there or of another kind.
Result<Inbounds> read_inbounds(App& app);

// A signal to a run under way.
struct HookSignal {
  std::string name;
  std::string run;      // its id; or:
  std::string session;  // the newest in it that has not ended; empty: as the hook has it
  Json value = nullptr;
};

// What the map's `run` made of a delivery.
struct Mapped {
  bool skip = false;
  HookStart start;
  std::optional<HookSignal> signal = {};  // instead of a start
  std::string reply;  // told to the person who wrote; empty: as the scheme has it
};
// From {task =, input =, session =, reply =}, {signal =, run =, session =, value =, reply =},
// {skip = true}, or nil, which skips it, too. What it
// leaves out is as in `plain`, save that a task of its own has no input unless it says one. Errors:
// invalid, naming the script.
Result<Mapped> mapped_of(const ToolOutcome& outcome, const std::string& script, HookStart plain);

// That the file defines one hook, and nothing else. Errors: those of define(); invalid.
Result<void> require_hook(const ScriptSource& source, ScriptHost& scripts);

// Asks the hook's map, in the sandbox and without permissions.
awaitable<Result<Mapped>> map_delivery(std::shared_ptr<const ScriptSource> map, Json delivery,
                                       HookStart plain, ScriptHost& scripts, Deadline until);

}  // namespace yoke
