#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/journal/run_state.h"

namespace yoke {

// What a model is shown of a run: earlier runs of the session, the messages that it began with, the
// task (none where it has only messages), every reply and after it
// the result of every call it wanted, in its order. A view over the state, made for each call and
// never stored. What a compaction stands for is shown as its summary, after the task. Every call in
// it has its result: a turn whose calls are not all settled ends the view before it. `note_after`
// may add a user's message after a reply (what was wrong with it): it sees the journal's turn
// alone, so the view stays a function of the state.
using NoteAfter = std::function<std::string(const Turn&)>;
std::vector<Message> history_of(const RunState& state, const NoteAfter& note_after = {});

// The result of a call as the model is to read it: JSON text of the value, or "outcome: message".
ToolResultPart result_part(const CallState& call, const ToolCallPart& wanted);
// The same, and behind it the images in it (shown_value.h), for a model that sees: in a message of
// the tool's role an image belongs to the result before it.
std::vector<Part> result_parts(const CallState& call, const ToolCallPart& wanted);

}  // namespace yoke
