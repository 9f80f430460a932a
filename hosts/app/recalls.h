#pragma once

#include <memory>

#include "runtime/memory/memory.h"
#include "runtime/ports/recall.h"

namespace yoke {

// Looks in memory for what may matter to a run as it begins. `settings`: {"most":5,"scopes":[…]}
// as AgentExtras::recall has them. Borrows the memory, which outlives every run.
std::shared_ptr<Recall> make_recall(Memory& memory, const Json& settings);

}  // namespace yoke
