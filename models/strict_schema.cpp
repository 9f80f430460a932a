#include "models/strict_schema.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace yoke {
namespace {

constexpr int kDepthMax = 10;

constexpr std::array<std::string_view, 24> kKnown{
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "definitions",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "enum",
    "const",
    "items",
    "anyOf",
    "additionalProperties",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "multipleOf",
    "exclusiveMinimum",
    "exclusiveMaximum",
};

bool only_known(const Json& schema) {
  for (const auto& [key, value] : schema.items()) {
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) return false;
  }
  return true;
}

bool names_type(const Json& schema, std::string_view name) {
  const Json& type = member_at(schema, "type");
  if (type.is_string()) return type == name;
  return type.is_array() && std::find(type.begin(), type.end(), name) != type.end();
}

bool all_required(const Json& schema) {
  const Json& required = member_at(schema, "required");
  for (const auto& [name, value] : member_at(schema, "properties").items()) {
    if (!required.is_array()) return false;
    if (std::find(required.begin(), required.end(), name) == required.end()) return false;
  }
  return true;
}

bool strict_at(const Json& schema, int depth);

bool each_strict(const Json& schemas, int depth) {
  if (schemas.is_null()) return true;
  return std::all_of(schemas.begin(), schemas.end(),
                     [depth](const Json& one) { return strict_at(one, depth); });
}

bool strict_at(const Json& schema, int depth) {
  if (!schema.is_object() || depth > kDepthMax || !only_known(schema)) return false;
  const bool object = names_type(schema, "object") || schema.contains("properties");
  if (object) {
    const Json& more = member_at(schema, "additionalProperties");
    if (!more.is_boolean() || more.get<bool>() || !all_required(schema)) return false;
  }
  const Json& items = member_at(schema, "items");
  if (!items.is_null() && !strict_at(items, depth + 1)) return false;
  return each_strict(member_at(schema, "properties"), depth + 1) &&
         each_strict(member_at(schema, "anyOf"), depth + 1) &&
         each_strict(member_at(schema, "$defs"), depth + 1) &&
         each_strict(member_at(schema, "definitions"), depth + 1);
}

}  // namespace

bool is_strict(const Json& schema) {
  return names_type(schema, "object") && !schema.contains("anyOf") && strict_at(schema, 1);
}

}  // namespace yoke
