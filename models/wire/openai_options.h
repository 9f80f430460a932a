#pragma once

#include <string_view>

#include "models/tool_names.h"
#include "runtime/base/json_writer.h"
#include "runtime/ports/model.h"

// What OpenAI's two protocols write alike of a caller's options.
namespace yoke {

// The operator wrote it for the backend: that stands, whatever a caller asks.
bool is_operators(const Json& extra_body, std::string_view key);

enum class NamedTool : std::uint8_t {
  nested,  // {"type":"function","function":{"name" …}}
  flat,    // {"type":"function","name" …}
};
// top_p.
void write_sampling(JsonWriter& writer, const CallOptions& options, const Json& extra_body);
// tool_choice and parallel_tool_calls, of a request that has tools.
void write_tool_options(JsonWriter& writer, const CallOptions& options, const ToolNames& names,
                        NamedTool form, const Json& extra_body);

}  // namespace yoke
