#include "tools/plugins/function_schema.h"

#include <algorithm>
#include <set>

#include "runtime/base/text.h"

namespace yoke {
namespace {

// What the manifest may say of one parameter beside the operation.
void annotate(Json& schema, const Json& words) {
  if (schema.is_boolean()) schema = Json::object();
  const std::string description = string_at(words, "description");
  if (!description.empty()) schema["description"] = description;
  for (const char* inner : {"properties", "items"}) {
    const Json& said = member_at(words, inner);
    if (!said.is_object() || !member_at(schema, inner).is_null()) continue;
    schema[inner] = said;
    const Json& needed = member_at(words, "required");
    if (inner == std::string_view("properties") && needed.is_array()) schema["required"] = needed;
  }
  const Json& fallback = member_at(words, "default");
  if (!fallback.is_null()) schema["default"] = fallback;
  const Json& choices = member_at(words, "enum");
  if (!choices.is_array() || choices.empty()) return;
  const Json& known = member_at(schema, "enum");
  Json both = Json::array();
  for (const Json& choice : choices) {
    const bool fits =
        !known.is_array() || std::find(known.begin(), known.end(), choice) != known.end();
    if (fits) both.push_back(choice);
  }
  if (!both.empty()) schema["enum"] = std::move(both);
}

}  // namespace

Json schema_of_parameters(const Json& parameters) {
  Json schema = {{"type", "object"}, {"properties", Json::object()}};
  if (!parameters.is_object()) return schema;
  schema["properties"] = member_at(parameters, "properties");
  const Json& required = member_at(parameters, "required");
  if (required.is_array() && !required.empty()) schema["required"] = required;
  return schema;
}

void narrow_input(openapi::Operation& operation, const FunctionWords& words,
                  const ManifestPlace& place, PluginFindings& findings) {
  if (!words.parameters.is_object()) return;
  Json& schema = operation.input_schema;
  if (!member_at(schema, "properties").is_object()) return;
  std::set<std::string> kept;
  const Json& needed = member_at(schema, "required");
  for (const Json& name : needed) {
    if (name.is_string()) kept.insert(name.get<std::string>());
  }
  std::set<std::string> required = kept;
  for (const auto& [name, said] : words.parameters.at("properties").items()) {
    const std::string* argument = openapi::argument_of(operation, name);
    if (argument == nullptr || !schema["properties"].contains(*argument)) {
      findings.push_back({PluginFinding::Verdict::not_honoured, place.file,
                          place.pointer + "/parameters/properties/" + name,
                          "the operation has no such parameter", false});
      continue;
    }
    annotate(schema["properties"][*argument], said);
    kept.insert(*argument);
  }
  for (const Json& name : words.parameters.at("required")) {
    const std::string* argument = openapi::argument_of(operation, name.get<std::string>());
    if (argument != nullptr && kept.contains(*argument)) required.insert(*argument);
  }
  Json properties = Json::object();
  for (const std::string& name : kept) {
    if (schema["properties"].contains(name)) properties[name] = schema["properties"][name];
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = required;
}

}  // namespace yoke
