#pragma once

#include "runtime/engine/agent.h"
#include "runtime/ports/flow_policy.h"

// What policy says of a call, and how that is journaled. Pure. Private to the engine.
namespace yoke {

// Asks the policy; one that goes by sources is shown them. `of_caller`: whoever started the run
// carries the call out, so where its arguments came from is theirs to judge.
FlowDecision decide_call(const RunState& state, const Program& program, const Policy& policy,
                         const ToolSpec& tool, PolicyQuery query, bool of_caller);

// The fields of policy.decided.
Json decided_fields(const FlowDecision& said, const std::string& tool);
// What a person who is asked is shown.
Json question_body(const FlowDecision& said, const std::string& tool, const Json& args);

}  // namespace yoke
