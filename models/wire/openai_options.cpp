#include "models/wire/openai_options.h"

namespace yoke {
namespace {

void write_tool_choice(JsonWriter& writer, const CallOptions& options, const ToolNames& names,
                       NamedTool form) {
  if (options.tool_choice.empty()) return;
  writer.key("tool_choice");
  if (options.tool_choice != "tool") {
    writer.text(options.tool_choice);
    return;
  }
  writer.open_object().member("type", "function");
  if (form == NamedTool::nested) writer.key("function").open_object();
  writer.member("name", names.wire(options.tool)).close_object();
  if (form == NamedTool::nested) writer.close_object();
}

}  // namespace

bool is_operators(const Json& extra_body, std::string_view key) {
  return extra_body.is_object() && extra_body.contains(key);
}

void write_sampling(JsonWriter& writer, const CallOptions& options, const Json& extra_body) {
  if (options.top_p && !is_operators(extra_body, "top_p")) {
    writer.key("top_p").number(*options.top_p);
  }
}

void write_tool_options(JsonWriter& writer, const CallOptions& options, const ToolNames& names,
                        NamedTool form, const Json& extra_body) {
  if (!is_operators(extra_body, "tool_choice")) write_tool_choice(writer, options, names, form);
  if (options.parallel_tools && !is_operators(extra_body, "parallel_tool_calls")) {
    writer.key("parallel_tool_calls").boolean(*options.parallel_tools);
  }
}

}  // namespace yoke
