#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/support/mock_vendor.h"

namespace yoke::testing {

// What the fake gave out: of each enciphered thought, the reasoning item that it is part of.
struct ResponsesMemory {
  std::map<std::string, std::string> item_of_cipher;
};

// What OpenAI's Responses would say is wrong with a request; none when nothing is.
std::optional<VendorRefusal> responses_refusal(const MockRequest& raw, const Json& request,
                                               const ResponsesMemory& memory);

// A server as strict as OpenAI's Responses with nothing kept at the vendor's: it knows the
// reasoning items that it gave, and takes one only as it was and before what followed it.
std::unique_ptr<MockVendor> mock_responses(MockVendor::Options options);

// Thinks, calls the first tool that it is offered, and answers with what that gave; without tools
// it says back what it was told.
VendorTurn responses_talk(const Json& request, int number);

}  // namespace yoke::testing
