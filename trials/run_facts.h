#pragma once

#include "runtime/journal/run_state.h"
#include "trials/comparison.h"

namespace yoke {

// What the journal of an agent's run says of its cell: its answer, the tools and agents it called,
// its steps, and what it cost and took, its children with it. It has answered when the run
// completed. `state` is the same events, folded.
Cell cell_of_agent_run(const std::vector<Event>& events, const RunState& state);

// A result of a tool as a journal has it, to be given again without calling the tool.
struct RecordedCall {
  std::string tool;
  Json args;
  Outcome outcome = Outcome::ok;
  Json value;
  std::string message;
  Label label;
};
// In the order in which they came back; calls that were not made (denied, never started) are left
// out, and so are those that stand for an agent: its own calls are in its own journal.
std::vector<RecordedCall> recorded_calls(const std::vector<Event>& events);

Json to_json(const RecordedCall& call);
// Errors: invalid, without a place.
Result<RecordedCall> recorded_call_from_json(const Json& value);

}  // namespace yoke
