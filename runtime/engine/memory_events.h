#pragma once

#include <string>
#include <vector>

#include "runtime/journal/event.h"
#include "runtime/journal/run_state.h"

namespace yoke {

// What a call that came back says it remembered or forgot (`wrote` in the entries of its audit): a
// memory.written each, to be journaled before its result. Text is not among it.
std::vector<Event> memory_events_of(const RunState& state, const std::string& call_id,
                                    const ToolOutcome& outcome);

}  // namespace yoke
