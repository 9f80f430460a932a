#pragma once

#include "runtime/ports/tool.h"
#include "sandbox/vm.h"

namespace yoke {

// What a failed step means for the call: the outcome and a text that a model can read.
ToolOutcome outcome_of(const sandbox::Failed& failure);

Json to_json(const sandbox::Meter& meter);

// The seed of a call's random numbers: the same over every attempt.
std::uint64_t seed_of(const ToolRequest& identity);

}  // namespace yoke
