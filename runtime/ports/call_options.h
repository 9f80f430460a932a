#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// What stands up to here stays as it is in later requests: a vendor that keeps what it has read, if
// it is told where, is to keep it.
struct CacheMark {
  enum class After : std::uint8_t { tools, instructions, message };
  After after = After::instructions;
  std::size_t message = 0;  // its index in the request
  std::string ttl = {};     // in the vendor's words: "1h"; empty: its usual one

  bool operator==(const CacheMark&) const = default;
};

// How an answer is to be made. What is not set is left to the vendor. What a vendor's protocol
// cannot say is refused with the option's name, never dropped, save for what is only a hint there:
// models/README.md says which.
struct CallOptions {
  std::optional<double> top_p = {};
  std::optional<std::int64_t> top_k = {};
  std::optional<std::int64_t> seed = {};
  std::vector<std::string> stop = {};  // the answer ends before the first of these
  std::string reasoning_effort = {};   // in the vendor's words: "low", "high" …
  std::string tool_choice = {};        // "auto", "none", "required", or "tool": the one named next
  std::string tool = {};
  std::optional<bool> parallel_tools = {};  // false: one call at a time
  std::string thinking = {};                // "on", "off", or "adaptive": as the model sees fit
  std::optional<std::int64_t> thinking_tokens = {};  // at most, where it is on
  std::vector<CacheMark> cache_marks = {};           // in order; none: where the backend sees fit

  bool operator==(const CallOptions&) const = default;
};
// Only what is set. Errors: invalid, with the option.
Json to_json(const CallOptions& options);
Result<CallOptions> call_options_from_json(const Json& value);

}  // namespace yoke
