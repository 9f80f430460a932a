#pragma once

#include <string>

#include "models/openai_responses/dialect.h"
#include "models/wire/wire.h"

namespace yoke::openai_responses {

// The dialect of one of the vendor's models: those that do not reason refuse to encrypt any.
Dialect dialect_for_model(const Dialect& vendor, std::string_view model);

// The body of POST …/responses. Nothing is kept at the vendor's (`store` is false), so all of the
// conversation goes along, reasoning items word for word and before what followed them. Parts of
// other origins that only their maker can read are left out.
//
// Of the operator's fields, `text`, `include` and `tools` are joined with ours; `store` replaces
// it.
std::string encode_request(const ModelRequest& request, const ToolNames& names,
                           const Dialect& dialect, const WireForm& form);

}  // namespace yoke::openai_responses
