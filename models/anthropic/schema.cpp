#include "models/anthropic/schema.h"

#include <algorithm>
#include <array>

namespace yoke::anthropic {
namespace {

constexpr int kDepthMax = 64;  // that JSON from outside can have

constexpr std::array<std::string_view, 10> kFormats{
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"};
// Keys that are taken as they are, and those whose value is a schema, a list or a map of them.
constexpr std::array<std::string_view, 8> kPlain{"type",  "enum",        "const",    "$ref",
                                                 "title", "description", "required", "default"};
constexpr std::array<std::string_view, 1> kSchemas{"items"};
constexpr std::array<std::string_view, 2> kLists{"anyOf", "allOf"};
constexpr std::array<std::string_view, 3> kMaps{"properties", "$defs", "definitions"};
constexpr std::array<std::string_view, 3> kIdle{"$schema", "$id", "additionalProperties"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_object_schema(const Json& schema) {
  const Json& type = member_at(schema, "type");
  if (type.is_array()) return std::find(type.begin(), type.end(), "object") != type.end();
  return type == "object" || (type.is_null() && schema.contains("properties"));
}

bool is_enforced(std::string_view key, const Json& value) {
  if (key == "minItems") return value == 0 || value == 1;
  if (key == "format") return value.is_string() && is_one_of(kFormats, value.get<std::string>());
  return is_one_of(kPlain, key);
}

Json enforced(const Json& schema, int depth);

Json each_enforced(const Json& schemas, int depth) {
  Json result = schemas;
  for (Json& one : result) one = enforced(one, depth);
  return result;
}

Json enforced(const Json& schema, int depth) {
  if (!schema.is_object() || depth > kDepthMax) return schema;
  Json result = Json::object();
  std::string advice;
  for (const auto& [key, value] : schema.items()) {
    if (is_enforced(key, value)) {
      result[key] = value;
    } else if (is_one_of(kSchemas, key)) {
      result[key] = enforced(value, depth + 1);
    } else if (is_one_of(kLists, key) || key == "oneOf") {
      result[key == "oneOf" ? "anyOf" : key] = each_enforced(value, depth + 1);
    } else if (is_one_of(kMaps, key) && value.is_object()) {
      result[key] = each_enforced(value, depth + 1);
    } else if (!is_one_of(kIdle, key)) {
      advice += (advice.empty() ? "" : ", ") + key + ": " + to_text(value);
    }
  }
  if (is_object_schema(schema)) result["additionalProperties"] = false;
  if (!advice.empty()) {
    const std::string said = string_at(schema, "description");
    result["description"] = said.empty() ? advice : said + " (" + advice + ")";
  }
  return result;
}

}  // namespace

Json enforced_schema(const Json& schema) { return enforced(schema, 0); }

}  // namespace yoke::anthropic
