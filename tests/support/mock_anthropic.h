#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/mock_vendor.h"

namespace yoke::testing {

// What the fake gave out, by which it knows its own blocks again.
struct AnthropicMemory {
  std::set<std::string> thinking;  // each block's text as JSON
  // Of each tool_use id, the thinking blocks of its answer.
  std::map<std::string, std::vector<std::string>> thinking_of_call;
  bool paused = false;  // the last answer was: it may be sent back as it is
};

// What Anthropic would say is wrong with a request; none when nothing is.
std::optional<VendorRefusal> anthropic_refusal(const MockRequest& raw, const Json& request,
                                               const AnthropicMemory& memory);

}  // namespace yoke::testing
