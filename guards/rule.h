#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/ports/guards.h"
#include "runtime/ports/script_host.h"

namespace yoke::guards {

// What an operator wrote under [guards.NAME]. Plain data.
struct GuardRule {
  std::string name;
  std::vector<GuardPlace> at = {kGuardPlaces.begin(), kGuardPlaces.end()};
  std::vector<std::string> agents = {};    // globs: those that have it without naming it
  std::vector<std::string> tools = {"*"};  // globs: of tool_args and tool_result
  GuardVerdict verdict = GuardVerdict::block;
  std::vector<std::string> find = {};  // kinds of detectors.h, "personal", "secrets"
  std::vector<std::pair<std::string, std::string>> patterns = {};  // name, RE2
  std::vector<std::string> allow = {};      // globs: what was found and is none
  std::vector<std::string> topics = {};     // words or phrases, whatever their case
  std::int64_t chars_max = 0;               // 0: any length
  std::string why = {};                     // the operator's words for whoever meets it
  std::optional<ScriptSource> script = {};  // `check { run = function(subject) … end }`
  std::string judge = {};                   // a route or "backend/model"; empty: none
  std::string ask = {};                     // what the judge is to find out
  bool closed = true;  // a script or judge that comes to nothing blocks; else it flags
};

// As data, for a run's program: rule_from_json(to_json(r)) is r.
Json to_json(const GuardRule& rule);
Result<GuardRule> rule_from_json(const Json& value);

// Whether the rule says something, and nothing that cannot be: a kind that is not known, a bad
// expression, `redact` where nothing can be cut out … Errors: invalid; `place` is the key.
Result<void> check_rule(const GuardRule& rule);

// A rule, ready to check texts with. Immutable.
class PatternGuard {
 public:
  // The rule has passed check_rule().
  explicit PatternGuard(GuardRule rule);
  ~PatternGuard();
  PatternGuard(const PatternGuard&) = delete;
  PatternGuard& operator=(const PatternGuard&) = delete;

  const GuardRule& rule() const { return rule_; }
  bool stands_at(GuardPlace place, std::string_view tool) const;
  // What the patterns, topics and the length say of every text in the value, its keys and its long
  // numbers included. The value comes back with what was found cut out, unless the verdict is to
  // flag. Pure; safe on any thread.
  Guarded check(Json value) const;

 private:
  struct Expressions;
  class Look;
  GuardRule rule_;
  std::unique_ptr<const Expressions> expressions_;
};

}  // namespace yoke::guards
