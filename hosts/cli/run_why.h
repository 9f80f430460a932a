#pragma once

#include <string>
#include <vector>

#include "runtime/journal/event.h"
#include "runtime/store/types.h"

// Why a run did what it did, from its journal alone. Pure.
namespace yoke {

// {"run","agent","status","task","steps":[{"step","event","call","thought","route","said","calls",
// "usage","cost"}],"answer"…}. `thought.kind` says what is known of it: "text" (the model's own
// words), "summary" (what the vendor shows of it beside an opaque block), "opaque" (a block that
// only the vendor can read), "hidden" (tokens were counted, nothing was shown) or "none". Each call
// has `follows`, the event whose reasoning it followed.
// Errors: unavailable, a damaged journal.
Result<Json> run_why(const RunRow& run, const std::vector<Event>& events);

// The same as a story for people; text from outside is made printable.
std::string why_text(const Json& why);

}  // namespace yoke
