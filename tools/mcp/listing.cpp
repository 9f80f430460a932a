#include "tools/mcp/listing.h"

#include <algorithm>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke::mcp {
namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kDescriptionBytesMax = 10'000;
constexpr std::size_t kSchemaBytesMax = 256u << 10;
constexpr std::size_t kToolNameMax = 64;
constexpr std::size_t kHashDigits = 8;

std::optional<bool> flag_at(const Json& value, std::string_view key) {
  const Json& flag = member_at(value, key);
  if (!flag.is_boolean()) return std::nullopt;
  return flag.get<bool>();
}

std::string hash_of_tool(const Json& value) {
  Hasher hasher;
  for (const char* key :
       {"name", "title", "description", "inputSchema", "outputSchema", "annotations"}) {
    hasher.field(yoke::to_text(member_at(value, key)));
  }
  return to_hex(hasher.finish());
}

Result<Json> usable_schema(const Json& schema, const char* what) {
  if (!schema.is_object()) return Error{Errc::invalid, std::string(what) + " is no object"};
  if (yoke::to_text(schema).size() > kSchemaBytesMax) {
    return Error{Errc::too_large, std::string(what) + " is over 256 KiB"};
  }
  const auto compiled = Schema::compile(schema);
  if (!compiled) {
    return Error{compiled.error().code,
                 std::string(what) + " cannot be checked: " + compiled.error().message()};
  }
  return schema;
}

// MCP's extension for user interfaces.
bool is_kept_from_models(const Json& tool) {
  const Json& visible = member_at(member_at(member_at(tool, "_meta"), "ui"), "visibility");
  return visible.is_array() && !visible.empty() &&
         std::ranges::none_of(visible, [](const Json& whom) { return whom == "model"; });
}

Result<ListedTool> read_tool(const Json& value, bool over_http) {
  ListedTool tool;
  if (is_kept_from_models(value)) {
    return Error{Errc::denied,
                 "it is for what the server shows to a person (_meta.ui.visibility), and for no "
                 "model"};
  }
  tool.name = string_at(value, "name");
  if (tool.name.empty() || tool.name.size() > kNameBytesMax) {
    return Error{Errc::invalid, "its name is empty or over 128 characters"};
  }
  Result<Json> input = usable_schema(member_at(value, "inputSchema"), "its inputSchema");
  if (!input) return input.error();
  if (string_at(*input, "type", "object") != "object") {
    return Error{Errc::invalid, "its inputSchema takes no object"};
  }
  tool.input_schema = std::move(*input);
  tool.input_schema["type"] = "object";
  if (value.contains("outputSchema")) {
    Result<Json> output = usable_schema(member_at(value, "outputSchema"), "its outputSchema");
    if (output) tool.output_schema = std::move(*output);
  }
  if (over_http) {
    Result<std::vector<ParamHeader>> mirrored = param_headers(tool.input_schema);
    if (!mirrored) return mirrored.error();
    tool.mirrored = std::move(*mirrored);
  }
  const std::string title = string_at(value, "title");
  const std::string words = string_at(value, "description", title);
  tool.description = to_valid_utf8(shorten(words, kDescriptionBytesMax));
  const Json& hints = member_at(value, "annotations");
  tool.hints = {flag_at(hints, "readOnlyHint"), flag_at(hints, "destructiveHint"),
                flag_at(hints, "idempotentHint")};
  tool.hash = hash_of_tool(value);
  return tool;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// Each part begins with what a part may begin with.
std::string in_our_letters(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool at_start = out.empty() || out.back() == '.';
    if (c == '.' && !at_start) {
      out += '.';
    } else {
      out += is_name_char(c) ? c : '_';
    }
  }
  if (out.ends_with('.')) out.back() = '_';
  return out;
}

}  // namespace

const ListedTool* ToolListing::find(std::string_view name) const {
  const auto found = std::ranges::find(tools, name, &ListedTool::name);
  return found == tools.end() ? nullptr : &*found;
}

ToolListing read_tools(const Json& array, bool over_http, const std::vector<std::string>& allowed) {
  ToolListing listing;
  std::set<std::string> names;
  if (!array.is_array()) return listing;
  for (const Json& value : array) {
    const std::string name = string_at(value, "name");
    const auto matches = [&](const std::string& glob) { return glob_match(glob, name); };
    if (std::ranges::none_of(allowed, matches)) continue;
    Result<ListedTool> tool = read_tool(value, over_http);
    if (tool && !names.insert(name).second) tool = Error{Errc::conflict, "it is listed twice"};
    if (tool) {
      listing.tools.push_back(std::move(*tool));
    } else {
      listing.left_out.push_back(printable(to_valid_utf8(shorten(name, 60))) + ": " +
                                 printable(shorten(tool.error().message(), 400)));
    }
  }
  return listing;
}

std::string tool_name_for(const std::string& server, const std::string& name) {
  const std::string own = in_our_letters(name);
  const std::string whole = "mcp:" + server + "." + own;
  if (own == name && whole.size() <= kToolNameMax) return whole;
  const std::string mark = "_" + to_hex(sha256(name)).substr(0, kHashDigits);
  return whole.substr(0, kToolNameMax - mark.size()) + mark;
}

}  // namespace yoke::mcp
