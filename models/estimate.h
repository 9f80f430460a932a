#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/ports/model.h"

namespace yoke {

// Tokens of a request before it is sent, roughly: a token for each four bytes of text, four for
// each message and tool, a thousand for each image. Good enough to reserve money by; never a bill.
std::int64_t estimate_input_tokens(const ModelRequest& request);
std::int64_t estimate_tokens(std::string_view text);

// About how long the canonical text of `value` is, without writing it.
std::size_t approximate_bytes(const Json& value);

}  // namespace yoke
