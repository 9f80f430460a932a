#pragma once

#include <optional>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/label.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {

enum class Verdict : std::uint8_t { allow, ask, deny };
std::string_view name_of(Verdict verdict);

// What is about to happen: a tool call, or an inner request of a script.
struct PolicyQuery {
  std::string call_id;
  std::string agent;
  std::string tool;  // qualified name
  Json args;
  Effect effect = Effect::once;
  Label label;                         // of the arguments
  bool agent_asks = false;             // the agent's own `approve` list names it
  std::optional<bool> tool_asks = {};  // its maker wants it confirmed, or not
};

struct PolicyDecision {
  Verdict verdict = Verdict::allow;
  std::string rule;  // which rule decided, as the operator wrote it; "default" when none did
};

// A pure function of its arguments and of the rules it was built with.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual PolicyDecision decide(const PolicyQuery& query) const = 0;
};

}  // namespace yoke
