#pragma once

#include "hosts/hook/openai/ask.h"

namespace yoke::openai {

inline constexpr std::int64_t kOutputTokensMost = 10'000'000;

// The body of POST /v1/chat/completions. What it asks that would change the answer and cannot be
// had is refused by its name.
Checked<Ask> read_chat(const Json& body);

}  // namespace yoke::openai
