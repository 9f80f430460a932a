#pragma once

#include <string>

#include "models/wire/wire.h"

namespace yoke::anthropic {

// The `thinking` of a request: what the operator set stands; else what the caller asked for, in the
// words that the model takes: older ones want a budget, newer ones none. Null: it is not spoken of.
Json thinking_of(const ModelRequest& request, const WireForm& form, std::int64_t output_tokens);

// How much effort the caller asked for; empty: none, or the model takes no such word.
std::string effort_of(const ModelRequest& request, const WireForm& form);

}  // namespace yoke::anthropic
