#pragma once

#include "runtime/journal/event.h"
#include "trials/comparison.h"

namespace yoke {

// What the journal of a one-call run says of its cell: whose answer it is, what it used, cost and
// took, or how it failed. Calls that were cut off by an end of the process are in `lost` alone. It
// counts as answered when the model replied, whatever became of the reply. `call`: of another run,
// that model call of it.
Cell cell_of(const std::vector<Event>& events, std::string_view call = {});

// Whether it is known what the model call that `closing` ends has cost: whether every target that
// was billed for it has a price, not whether every one that its route names does. As in the ledger.
bool has_known_cost(const std::vector<Event>& events, const Event& closing);
// The same of all that a run called itself, without what a fork's parent did.
bool has_known_cost(const std::vector<Event>& events);

}  // namespace yoke
