#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooks/command.h"
#include "runtime/ports/script_host.h"

namespace yoke::hooks {

// What an operator wrote under [[hooks.POINT]]. Plain data.
struct HookRule {
  std::string name;  // "PreToolUse 1": for the journal and for errors
  HookPoint on = HookPoint::stop;
  std::string matcher;  // RE2 over the whole of a tool's name; empty or "*": all
  std::string command;  // a command line, or
  std::optional<ScriptSource> script = {};  // hook { run = function(event) … end }
  std::chrono::milliseconds timeout{60'000};
  bool closed = false;  // one that fails denies; else the run goes on as if it had said nothing
};

// Errors: invalid: neither a command nor a script, both, or a matcher that RE2 cannot read; `place`
// is the key.
Result<void> check_hook(const HookRule& rule);

// What hooks are carried out with. Everything in it outlives them.
struct HookServices {
  ScriptHost& scripts;
  Pool& pool;                                   // where commands are waited for: one thread each
  std::string folder;                           // the project's: where commands start
  std::map<std::string, std::string> env = {};  // what commands are given
};

// Hooks over rules that have passed check_hook(); null when there are none. Those of a point are
// asked in the order given.
std::shared_ptr<RunHooks> make_hooks(std::vector<HookRule> rules, const HookServices& services);

}  // namespace yoke::hooks
