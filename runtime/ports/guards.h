#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/tool.h"

namespace yoke {

// Where a guardrail stands.
enum class GuardPlace : std::uint8_t {
  input,        // the task, what else a run is started with, and what signals bring
  output,       // what a model says
  tool_args,    // what a model hands to a tool
  tool_result,  // what a tool hands to a model
};
inline constexpr std::array kGuardPlaces{GuardPlace::input, GuardPlace::output,
                                         GuardPlace::tool_args, GuardPlace::tool_result};
std::string_view name_of(GuardPlace place);
Result<GuardPlace> guard_place_from_name(std::string_view name);

enum class GuardVerdict : std::uint8_t {
  pass,
  flag,    // on record; nothing changes
  redact,  // what was found is cut out
  block,   // it goes no further
};
std::string_view name_of(GuardVerdict verdict);
Result<GuardVerdict> guard_verdict_from_name(std::string_view name);

// What a guardrail looks at.
struct GuardSubject {
  GuardPlace place = GuardPlace::input;
  std::string tool;           // tool_args, tool_result
  Json value;                 // a text, or any JSON
  ToolRequest identity = {};  // of the run and the call: ids, agent, tenant, deadline
};

struct GuardDecision {
  std::string guard;  // its name
  GuardVerdict verdict = GuardVerdict::pass;
  std::string rule;      // "find email", "topic 'weapons'"
  std::string why;       // for people; never what was found
  Json found = nullptr;  // how often what was found: {"email":2}
};

struct Guarded {
  Json value;                            // with what was redacted cut out
  std::vector<GuardDecision> decisions;  // none that passed
  const GuardDecision* blocked() const;  // the first that blocks; null: none does
};

// The guardrails that a run has, fixed with its program. Called on the loop thread.
class Guards {
 public:
  virtual ~Guards() = default;
  // Whether any stands there; `tool` is of tool_args and tool_result alone.
  virtual bool watches(GuardPlace place, std::string_view tool) const = 0;
  // Whether any stands where a model's reply goes by, whatever the tool: it is not shown then while
  // it streams.
  virtual bool holds_back() const = 0;
  // All that stand there, each at what those before it left. One that comes to nothing blocks or
  // flags, as the operator said: never throws for what a script or a judge did.
  virtual awaitable<Guarded> check(GuardSubject subject, CallContext& context) = 0;
};

}  // namespace yoke
