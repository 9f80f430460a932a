#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/support/mock_vendor.h"

namespace yoke::testing {

// What the fake gave out: of each signature, the part that it came on (without it).
struct GeminiMemory {
  std::map<std::string, std::string> part_of_signature;
};

// What Gemini would say is wrong with a request; none when nothing is. Signatures are demanded of
// models whose name says a generation from the third on.
std::optional<VendorRefusal> gemini_refusal(const MockRequest& raw, const Json& request,
                                            const GeminiMemory& memory);
std::string gemini_model_of(const MockRequest& raw);  // "gemini-3-pro" of the request's path

}  // namespace yoke::testing
