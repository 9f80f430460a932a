#include "hosts/hook/openai/tool_forms.h"

namespace yoke::openai {
namespace {

constexpr const char* kInput = "input";

void add(const Json& tool, const std::string& space, ToolForms& forms) {
  ToolForm form;
  form.space = space;
  form.name = string_at(tool, "name");
  form.custom = string_at(tool, "type") == "custom";
  if (space.empty() && !form.custom) return;
  forms[offered_name(space, form.name)] = std::move(form);
}

}  // namespace

ToolForms tool_forms(const Json& tools) {
  ToolForms forms;
  for (const Json& tool : tools) {
    if (string_at(tool, "type") != "namespace") {
      add(tool, "", forms);
      continue;
    }
    for (const Json& inner : member_at(tool, "tools")) add(inner, string_at(tool, "name"), forms);
  }
  return forms;
}

std::string offered_name(const std::string& space, const std::string& name) {
  return space.empty() ? name : space + "__" + name;
}

ToolSpec custom_tool(const std::string& name, const std::string& description, const Json& format) {
  ToolSpec tool;
  tool.name = name;
  tool.description = description;
  const std::string grammar = string_at(format, "definition");
  if (!grammar.empty()) {
    tool.description += "\n\nThe text in '" + std::string(kInput) + "' follows this grammar (" +
                        string_at(format, "syntax", "lark") + "):\n" + grammar;
  }
  tool.input_schema = {{"type", "object"},
                       {"properties", {{kInput, {{"type", "string"}}}}},
                       {"required", Json::array({kInput})},
                       {"additionalProperties", false}};
  return tool;
}

Json custom_args(const std::string& input) { return {{kInput, input}}; }

std::string custom_input(const std::string& arguments) {
  const Result<Json> args = parse_json(arguments);
  const bool fits = args && args->is_object() && member_at(*args, kInput).is_string();
  return fits ? string_at(*args, kInput) : arguments;
}

Json call_item(const ToolForms& forms, const std::string& name, const std::string& arguments) {
  Json item{{"type", "function_call"}, {"name", name}};
  const auto form = forms.find(name);
  if (form == forms.end()) {
    item["arguments"] = arguments;
    return item;
  }
  item["name"] = form->second.name;
  if (!form->second.space.empty()) item["namespace"] = form->second.space;
  if (form->second.custom) {
    item["type"] = "custom_tool_call";
    item["input"] = custom_input(arguments);
  } else {
    item["arguments"] = arguments;
  }
  return item;
}

}  // namespace yoke::openai
