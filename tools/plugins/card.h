#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// The card that an Adaptive Card template makes of `data`: ${…} filled in, elements repeated over
// `$data`, left out by `$when`. A text that is one ${…} takes the value's type; in a longer text a
// null is nothing. What is no expression stays as it is.
// Errors: exhausted: it takes over 100,000 steps or 2 MiB of text, or makes over 20,000 elements.
Result<Json> expand_card(const Json& card_template, const Json& data);

// The expressions of a template that cannot be read here, one line each with its JSON pointer.
std::vector<std::string> check_card(const Json& card_template);

// What a card says, as plain text for a terminal and for a model: texts, facts, tables, the words
// for pictures and inputs, the addresses of links. No control characters; at most `bytes_max`.
std::string card_as_text(const Json& card, std::size_t bytes_max = 32u << 10);

}  // namespace yoke
