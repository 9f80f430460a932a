#pragma once

#include <string_view>

#include "runtime/base/json.h"
#include "runtime/ports/model.h"

// What is told of a run while it goes and never journaled, as JSON: the same on standard output and
// over HTTP.
namespace yoke {

std::string_view kind_of(const Delta& delta);  // "delta.text", …, "reset"
Json live_json(std::string_view run_id, std::string_view call_id, const Delta& delta);
Json progress_json(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message);

}  // namespace yoke
