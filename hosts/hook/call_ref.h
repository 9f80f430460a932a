#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yoke {

// A tool call of a run: the index-th of a model's reply, or a call of an agent's run by its id. As
// an id it is handed out to clients of other wires and comes back. It is no secret and no proof:
// whoever reads one back checks whose the run is.
struct CallRef {
  std::string run_id;
  std::string call;

  bool operator==(const CallRef&) const = default;
};
std::string to_id(std::string_view prefix, const CallRef& ref);  // "toolu_" + "RUN_CALL"
// None: it is no id of that prefix that to_id made.
std::optional<CallRef> call_ref_of(std::string_view prefix, std::string_view id);

}  // namespace yoke
