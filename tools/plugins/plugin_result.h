#pragma once

#include "tools/plugins/plugin_tool.h"

namespace yoke {

// The value of a result as the function's response semantics shape it. Pure.
Json shaped_result(const ResponseSemantics& semantics, Json reply, const PluginLimits& limits);

// "Find {{ function.parameters.query }}" with the arguments' names of our schema in the place of
// those of the document. An argument's bare name, "{{ query }}", is read as the same: `arguments`
// are the schema's properties.
std::string confirmation_words(const std::string& text, const openapi::Operation* operation,
                               const Json& arguments);

}  // namespace yoke
