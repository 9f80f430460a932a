#include "hosts/hook/openai/ask.h"

#include <algorithm>
#include <map>
#include <set>

#include "hosts/hook/openai/tool_forms.h"
#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

constexpr std::size_t kToolsMax = 512;
constexpr std::size_t kToolNameCharsMax = 128;
constexpr std::size_t kStopsMax = 16;

std::string at(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

bool is_tool_name(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= kToolNameCharsMax &&
         std::all_of(name.begin(), name.end(), fine);
}

// The media type of an image that is sent with its address; none: it is no "data:" with base64.
std::optional<std::string> data_type(std::string_view url) {
  constexpr std::string_view kData = "data:";
  constexpr std::string_view kBase64 = ";base64,";
  const std::size_t end = url.find(kBase64);
  if (!url.starts_with(kData) || end == std::string_view::npos) return std::nullopt;
  const std::string_view type = url.substr(kData.size(), end - kData.size());
  return std::string(type.substr(0, type.find(';')));
}

Refusal bad_tool_name(const std::string& path) {
  return bad_param(
      path + ".name",
      "'" + path + ".name' has letters, digits, '_', '-' and '.', at most 128 of them");
}

void read_function(Fields& fields, const Json& function, const std::string& path, Ask& ask) {
  Fields one(function, path);
  ToolSpec tool;
  tool.name = one.needed_text("name");
  tool.description = one.text("description");
  tool.input_schema = one.object("parameters");
  one.pass({"strict", "type", "defer_loading", "allowed_callers"});
  one.refuse_rest();
  if (one.ok() && !is_tool_name(tool.name)) one.refuse(bad_tool_name(path));
  if (!one.ok()) return fields.refuse(*one.problem());
  if (tool.input_schema.is_null()) {
    tool.input_schema = {{"type", "object"}, {"properties", Json::object()}};
  }
  ask.request.tools.push_back(std::move(tool));
}

void read_custom(Fields& fields, const Json& custom, const std::string& path, Ask& ask) {
  Fields one(custom, path);
  const std::string name = one.needed_text("name");
  const std::string description = one.text("description");
  const Json& format = one.object("format");
  one.pass({"type", "defer_loading", "allowed_callers"});
  one.refuse_rest();
  if (one.ok() && !is_tool_name(name)) one.refuse(bad_tool_name(path));
  if (!one.ok()) return fields.refuse(*one.problem());
  ask.request.tools.push_back(custom_tool(name, description, format));
}

void refuse_tool(Fields& fields, const std::string& type, const std::string& path) {
  fields.refuse(
      unsupported(path, type.empty() ? "a tool has a type, \"function\""
                                     : "only tools are that the caller carries out; one of type '" +
                                           shorten(printable(type), 40) +
                                           "' would run at OpenAI: switch it off in the client"));
}

void read_flat_tool(Fields& fields, const Json& tool, const std::string& path, Ask& ask);

// Its tools are offered one by one; what is said of them together is told with each.
void read_namespace(Fields& fields, const Json& space, const std::string& path, Ask& ask) {
  const std::string name = string_at(space, "name");
  if (!is_tool_name(name)) return fields.refuse(bad_tool_name(path));
  const std::string description = string_at(space, "description");
  const Json& tools = member_at(space, "tools");
  if (!tools.is_array() || ask.request.tools.size() + tools.size() > kToolsMax) {
    return fields.refuse(bad_param(
        path + ".tools", "'" + path + ".tools' must be an array, and of " +
                             std::to_string(kToolsMax) + " tools at most with the others"));
  }
  for (std::size_t index = 0; index < tools.size() && fields.ok(); ++index) {
    const std::string place = at(path + ".tools", index);
    if (string_at(tools[index], "type") == "namespace") {
      return refuse_tool(fields, "namespace", place);
    }
    read_flat_tool(fields, tools[index], place, ask);
    if (!fields.ok()) return;
    ToolSpec& added = ask.request.tools.back();
    added.name = offered_name(name, added.name);
    if (!is_tool_name(added.name)) return fields.refuse(bad_tool_name(place));
    if (!description.empty()) added.description = description + "\n\n" + added.description;
  }
}

void read_flat_tool(Fields& fields, const Json& tool, const std::string& path, Ask& ask) {
  const std::string type = string_at(tool, "type");
  if (type == "function") return read_function(fields, tool, path, ask);
  if (type == "custom") return read_custom(fields, tool, path, ask);
  if (type == "namespace") return read_namespace(fields, tool, path, ask);
  refuse_tool(fields, type, path);
}

void read_tool(Fields& fields, const Json& tool, const std::string& path, FunctionForm form,
               Ask& ask) {
  if (form == FunctionForm::flat) return read_flat_tool(fields, tool, path, ask);
  const std::string type = string_at(tool, "type");
  if (type != "function") return refuse_tool(fields, type, path);
  read_function(fields, member_at(tool, "function"), path + ".function", ask);
}

void refuse_doubles(Fields& fields, const std::vector<ToolSpec>& tools) {
  std::set<std::string_view> names;
  for (const ToolSpec& tool : tools) {
    if (names.insert(tool.name).second) continue;
    return fields.refuse(bad_param("tools", "two of 'tools' are offered as '" + tool.name + "'"));
  }
}

void read_tool_choice(Fields& fields, FunctionForm form, Ask& ask) {
  const Json& choice = fields.any("tool_choice");
  if (choice.is_null()) return;
  CallOptions& options = ask.request.options;
  const std::string path = fields.path_of("tool_choice");
  if (choice.is_string()) {
    const std::string word = choice.get<std::string>();
    if (word != "auto" && word != "none" && word != "required") {
      return fields.refuse(bad_param(path, "'" + path + "' is auto, none, required or a function"));
    }
    if (word == "required") ask.odd.push_back(path);
    options.tool_choice = word;
    return;
  }
  const Json& named = form == FunctionForm::flat ? choice : member_at(choice, "function");
  const std::string type = string_at(choice, "type");
  const bool known = type == "function" || (type == "custom" && form == FunctionForm::flat);
  if (!known || string_at(named, "name").empty()) {
    return fields.refuse(unsupported(path, "it is auto, none, required or names a function"));
  }
  options.tool_choice = "tool";
  options.tool = offered_name(string_at(named, "namespace"), string_at(named, "name"));
  ask.odd.push_back(path);
  const auto& tools = ask.request.tools;
  const bool offered = std::any_of(tools.begin(), tools.end(),
                                   [&](const ToolSpec& tool) { return tool.name == options.tool; });
  if (!offered) fields.refuse(bad_param(path, "'" + path + "' names no function of 'tools'"));
}

void read_stop(Fields& fields, Ask& ask) {
  const Json& stop = fields.any("stop");
  if (stop.is_null()) return;
  std::vector<std::string>& stops = ask.request.options.stop;
  if (stop.is_string()) stops.push_back(stop.get<std::string>());
  for (const Json& each : stop.is_array() ? stop : Json::array()) {
    if (each.is_string()) stops.push_back(each.get<std::string>());
  }
  const bool all = stop.is_string() || (stop.is_array() && stops.size() == stop.size());
  if (!all || stops.size() > kStopsMax) {
    fields.refuse(bad_param("stop", "'stop' must be a string or an array of at most 16 strings"));
  }
  if (!stops.empty()) ask.odd.emplace_back("stop");
}

void read_metadata(Fields& fields, Ask& ask) {
  const Json& metadata = fields.object("metadata");
  for (const auto& [name, value] : metadata.items()) {
    if (value.is_string()) continue;
    return fields.refuse(bad_param("metadata", "'metadata' must be an object of strings"));
  }
  if (metadata.is_object()) ask.metadata = metadata;
}

struct PartReader {
  Fields& fields;
  bool images;
  std::vector<Part>& parts;

  void read(const Json& item, const std::string& path) {
    const std::string type = string_at(item, "type");
    if (type == "text" || type == "input_text" || type == "output_text") {
      Fields one(item, path);
      std::string text = one.text("text");
      if (!one.ok()) return fields.refuse(*one.problem());
      parts.emplace_back(TextPart{std::move(text)});
      return;
    }
    if (type == "refusal") {
      parts.emplace_back(RefusalPart{string_at(item, "refusal")});
      return;
    }
    if (images && (type == "image_url" || type == "input_image")) return image(item, path);
    const std::string shown = shorten(printable(type), 40);
    fields.refuse(unsupported(path, images ? "texts and images are taken, not '" + shown + "'"
                                           : "texts are taken, not '" + shown + "'"));
  }

  void image(const Json& item, const std::string& path) {
    const Json& given = member_at(item, "image_url");
    const std::string url = given.is_string() ? given.get<std::string>() : string_at(given, "url");
    const std::optional<std::string> data = data_type(url);
    const bool linked = url.starts_with("https://") || url.starts_with("http://");
    if (!data && !linked) {
      const bool by_file = item.is_object() && item.contains("file_id");
      return fields.refuse(
          by_file ? unsupported(path + ".file_id", "there are no files here; send the image")
                  : bad_param(path, "'" + path +
                                        "' has no address of an image: https:// or data: with "
                                        "base64"));
    }
    ImagePart part;
    part.url = url;
    if (data) part.media_type = *data;
    parts.emplace_back(std::move(part));
  }
};

}  // namespace

void read_tools(Fields& fields, FunctionForm form, Ask& ask) {
  const Json& tools = fields.list("tools");
  if (tools.is_array() && tools.size() > kToolsMax) {
    fields.refuse(bad_param("tools", "'tools' has over 512 entries"));
  }
  for (std::size_t index = 0; index < tools.size() && fields.ok(); ++index) {
    read_tool(fields, tools[index], at("tools", index), form, ask);
  }
  if (fields.ok()) refuse_doubles(fields, ask.request.tools);
  read_tool_choice(fields, form, ask);
  ask.request.options.parallel_tools = fields.flag("parallel_tool_calls");
}

void read_format(Fields& fields, const Json& format, const std::string& path, FunctionForm form,
                 Ask& ask) {
  if (format.is_null()) return;
  const std::string type = string_at(format, "type");
  if (type == "text") return;
  ask.odd.push_back(path);
  if (type == "json_object") {
    ask.request.output_schema = {{"type", "object"}};
    return;
  }
  if (type != "json_schema") {
    return fields.refuse(unsupported(path, "its type is text, json_object or json_schema, not '" +
                                               shorten(printable(type), 40) + "'"));
  }
  const Json& place = form == FunctionForm::flat ? format : member_at(format, "json_schema");
  const Json& schema = member_at(place, "schema");
  if (!schema.is_object()) {
    const std::string where = path + (form == FunctionForm::flat ? "" : ".json_schema") + ".schema";
    return fields.refuse(bad_param(where, "'" + where + "' must be a JSON Schema"));
  }
  ask.request.output_schema = schema;
}

void read_common(Fields& fields, Ask& ask) {
  ask.model = fields.needed_text("model");
  ask.stream = fields.flag("stream").value_or(false);
  ask.request.temperature = fields.number("temperature", 0, 2);
  CallOptions& options = ask.request.options;
  options.top_p = fields.number("top_p", 0, 1);
  options.top_k = fields.whole("top_k", 0, INT32_MAX);
  options.seed = fields.whole("seed", INT64_MIN, INT64_MAX);
  read_stop(fields, ask);
  read_metadata(fields, ask);
  // Of the vendor's own keeping of caches, accounts and queues: nothing that an answer shows.
  fields.pass({"user", "safety_identifier", "service_tier", "prompt_cache_key",
               "prompt_cache_options", "prompt_cache_retention", "verbosity"});
}

void read_content(Fields& fields, const Json& content, const std::string& path, bool images,
                  std::vector<Part>& parts) {
  if (content.is_string()) {
    parts.emplace_back(TextPart{content.get<std::string>()});
    return;
  }
  if (!content.is_array()) {
    return fields.refuse(
        bad_param(path, "'" + path + "' must be a string or an array of parts", "invalid_type"));
  }
  PartReader reader{fields, images, parts};
  for (std::size_t index = 0; index < content.size() && fields.ok(); ++index) {
    reader.read(content[index], at(path, index));
  }
}

void lift_instructions(ModelRequest& request) {
  auto first = request.messages.begin();
  while (first != request.messages.end() && first->role == Role::system) {
    if (!request.instructions.empty()) request.instructions += "\n\n";
    request.instructions += text_of(*first);
    ++first;
  }
  request.messages.erase(request.messages.begin(), first);
}

void name_results(Fields& fields, ModelRequest& request, const std::string& path) {
  std::map<std::string, std::string, std::less<>> names;
  for (Message& message : request.messages) {
    for (Part& part : message.parts) {
      if (const auto* call = std::get_if<ToolCallPart>(&part)) names[call->id] = call->name;
      auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr) continue;
      const auto named = names.find(result->id);
      if (named == names.end()) {
        return fields.refuse(bad_param(path, "a tool's result answers the call '" +
                                                 shorten(printable(result->id), 80) +
                                                 "', which nothing before it makes"));
      }
      result->name = named->second;
    }
  }
}

}  // namespace yoke::openai
