#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "guards/rule.h"
#include "runtime/loop/offload.h"
#include "runtime/ports/model.h"

namespace yoke::guards {

// What guards are carried out with. Everything in it outlives them.
struct GuardServices {
  ScriptHost& scripts;
  Pool& pool;  // where long texts are gone through
  // Asks a judge on behalf of a run and its call; its answer's text. May be empty: no judge
  // answers.
  std::function<awaitable<Result<std::string>>(ModelRequest request, ToolRequest of)> ask = {};
};

// The guards that an agent has: those it names and those that say so themselves. Patterns come
// first, then scripts, then judges; among these they are in the order of their names.
// Errors: not_found: a name that is none.
Result<std::vector<GuardRule>> guards_of(const std::vector<GuardRule>& all,
                                         const std::string& agent,
                                         const std::vector<std::string>& named);

// Guards over rules that have passed check_rule(); null when there are none. Every guard that
// stands at a place looks at it, in the order given, each at what those before it left.
std::shared_ptr<Guards> make_guards(std::vector<GuardRule> rules, const GuardServices& services);

// What a judge is asked about a value, and what its answer means. Pure.
ModelRequest judge_request(const GuardRule& rule, const Json& value);
GuardDecision judge_decision(const GuardRule& rule, const std::string& answer);

// As data, for a run's program.
Json to_json(const std::vector<GuardRule>& rules);
Result<std::vector<GuardRule>> rules_from_json(const Json& value);

}  // namespace yoke::guards
