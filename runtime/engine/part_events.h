#pragma once

#include <string>

#include "runtime/engine/machine.h"

// The events for what children and scripts came to. Private to the engine.
namespace yoke {

// Of words that are ours alone, as those of a refusal are: whatever entered the run before, nothing
// of it stands in them.
Label label_of_own_words(const RunState& state);

// How a script ended; `call_id` is that of a script.
Event script_event_of(const RunState& state, const std::string& call_id, ToolOutcome outcome);
// What a child that has ended came to. `child`: its state, or why it cannot be read.
Event child_event_of(const RunState& state, const std::string& call_id, const RunRow& row,
                     const Result<RunState>& child);
// A child that could not be begun, or that is given up.
Event child_refused(const RunState& state, const std::string& call_id, const std::string& why);
Event child_cancelled(const RunState& state, const std::string& call_id, const std::string& why);

// Whether a journal that holds the value can be read back through the bounded door.
bool can_be_kept(const Json& value);

}  // namespace yoke
