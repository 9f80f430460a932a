#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/http/server.h"

namespace yoke {

// Where a request that began a run comes from (W3C Trace Context).
struct TraceParent {
  std::string trace_id;  // 32 hex digits
  std::string span_id;   // 16
};
// None where it is not valid, or of all zeros.
std::optional<TraceParent> parse_traceparent(std::string_view text);

// Keeps a request's traceparent in the note of the run that it begins, where it has a valid one:
// so every way in hands its trace on alike.
void note_trace(const HttpRequest& request, Json& note);
// What was kept so.
std::optional<TraceParent> noted_trace(const Json& note);

}  // namespace yoke
