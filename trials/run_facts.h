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
// In the order in which they came back, those that were denied with them; calls that could not be
// begun or were cancelled are left out, and so are those that stand for an agent: its own calls are
// in its own journal.
std::vector<RecordedCall> recorded_calls(const std::vector<Event>& events);

// Whether a run that ended for this reason never came to be judged: a model could not be asked, or
// its answer was lost on the way ("model.quota", "model.server", …). What a filter
// says no to, and what is wrong with the request, is not of these.
bool failed_on_the_way(std::string_view reason);
// Of those, what is worth asking again soon: not a key that is refused.
bool may_pass(std::string_view reason);

Json to_json(const RecordedCall& call);
// Errors: invalid, without a place.
Result<RecordedCall> recorded_call_from_json(const Json& value);

}  // namespace yoke
