#pragma once

#include <string>
#include <string_view>

#include "runtime/engine/settle.h"

// Room in a model's window: private to the engine, and pure.
namespace yoke::machine {

inline constexpr std::string_view kPurposeCompaction = "compaction";

// What a request takes up, roughly: four bytes a token, and so much an image.
std::int64_t tokens_of(const ModelRequest& request);

// Whether a vendor's words say that a request was too long for its model.
bool says_too_long(std::string_view message);

// Before a turn's model call: whether something comes first for the sake of room. A call that sums
// up what is older, its outcome as context.compacted, or the run's end where nothing more can be
// summed up. False: the request may be made.
//
// What is summed up: what came before the task, and the older turns, each whole; never the task,
// nor the newest turn. Each compaction stands for more than the one before it, so that they come to
// an end.
bool make_room(Draft& draft, const ModelRequest& request);

// Whether the last failure is to be followed by another try, since what was too long has been
// summed up or may be.
bool may_follow_too_long(const RunState& state);

}  // namespace yoke::machine
