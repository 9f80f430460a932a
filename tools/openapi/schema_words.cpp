#include "tools/openapi/schema_words.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/ascii.h"

namespace yoke::openapi {
namespace {

bool has_type(const Json& value, std::string_view name) {
  if (name == "null") return value.is_null();
  if (name == "boolean") return value.is_boolean();
  if (name == "number") return value.is_number();
  if (name == "string") return value.is_string();
  if (name == "array") return value.is_array();
  if (name == "object") return value.is_object();
  if (!value.is_number()) return false;
  return !value.is_number_float() || std::floor(value.get<double>()) == value.get<double>();
}

}  // namespace

bool is_annotation(std::string_view word) {
  constexpr std::array<std::string_view, 7> kAnnotations = {
      "title", "description", "default", "examples", "deprecated", "format", "$comment"};
  return std::find(kAnnotations.begin(), kAnnotations.end(), word) != kAnnotations.end();
}

bool is_type_name(const Json& name) {
  constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "integer", "number",
                                                      "string", "array",   "object"};
  return name.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                       name.get_ref<const std::string&>()) != kTypes.end();
}

bool is_odata_control(std::string_view name) { return name.starts_with("@odata."); }

bool takes_text_alone(const Json& schema) {
  const Json& type = member_at(schema, "type");
  return type == "string" || type == Json::array({"string", "null"});
}

bool fits_plainly(const Json& schema, const Json& value) {
  const Json& type = member_at(schema, "type");
  bool fits = type.is_null();
  for (const Json& name : type.is_array() ? type : Json::array({type})) {
    fits = fits || (name.is_string() && has_type(value, name.get_ref<const std::string&>()));
  }
  const Json& choices = member_at(schema, "enum");
  return fits &&
         (choices.is_null() || std::find(choices.begin(), choices.end(), value) != choices.end());
}

Json meant_by(const Json& schema, const Json& value) {
  if (!value.is_string()) return nullptr;
  const Result<Json> read = parse_json(to_lower(value.get_ref<const std::string&>()));
  const bool plain = read && (read->is_boolean() || read->is_number());
  return plain && fits_plainly(schema, *read) ? *read : Json();
}

bool has_placeholder(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find("${{") != std::string::npos;
}

int levels_of(const Json& value) {
  if (!value.is_structured()) return 0;
  int most = 0;
  for (const Json& child : value) most = std::max(most, levels_of(child));
  return most + 1;
}

void for_each_child(Json& schema, const std::function<void(Json& child, int levels)>& visit) {
  for (const std::string_view word : kOneSchemaWords) {
    const auto child = schema.find(word);
    if (child != schema.end()) visit(*child, 1);
  }
  for (const std::string_view word : kListWords) {
    const auto list = schema.find(word);
    if (list == schema.end()) continue;
    for (Json& child : *list) visit(child, 2);
  }
  for (const std::string_view word : kMapWords) {
    const auto map = schema.find(word);
    if (map == schema.end()) continue;
    for (Json& child : *map) visit(child, 2);
  }
}

}  // namespace yoke::openapi
