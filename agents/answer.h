#pragma once

#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/schema/schema.h"

namespace yoke {

// What a reply that wants no call ends the run with: its text, or the value in it that fits
// `output` (null: free text). One that does not fit is asked for again `repairs_max` times in a
// row.
std::vector<Action> answer_of(const RunState& state, const Turn& turn, const Schema* output,
                              int repairs_max);
// What to tell the model of such a reply; empty: it fits.
std::string answer_note(const Turn& turn, const Schema* output);

}  // namespace yoke
