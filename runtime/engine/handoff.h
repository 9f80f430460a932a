#pragma once

#include <string>
#include <vector>

#include "runtime/engine/settle.h"
#include "runtime/ports/message.h"

// Handing a conversation to another agent: private to the engine.
namespace yoke {

// What was said and done in a run and before it, as one who has other tools is shown it: calls and
// their results in words. The newest where all of it would be more than a run may begin with.
std::vector<Message> conversation_of(const RunState& state);

// What the agent that takes over is told last; empty where the conversation ends with the user.
std::string handoff_task(const RunState& state, const ChildState& child);

namespace machine {

// Goes on with whom the conversation is with. True: there is such a one, and the run's own agent is
// not asked.
bool follow_handoff(Draft& draft);

// Whether the handoff that a reply wanted is made now: when all else that it wanted is back. One
// that came too late is refused.
bool may_hand_over(Draft& draft, const Wanted& wanted);

}  // namespace machine
}  // namespace yoke
