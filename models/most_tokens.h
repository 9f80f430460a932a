#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/ports/model.h"

namespace yoke {

// What a request may come to in tokens at most, for reserving money by. No vendor's tokenizer is
// known here: each kind of character counts as the one that cuts it smallest, short of single
// bytes. English comes out about a third above what it is, JSON and code up to twice. Never a bill.
std::int64_t most_input_tokens(const ModelRequest& request);
std::int64_t most_tokens(std::string_view text);

}  // namespace yoke
