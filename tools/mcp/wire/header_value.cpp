#include "tools/mcp/wire/header_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "runtime/base/ascii.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

constexpr std::string_view kMark = "=?base64?";
constexpr std::string_view kMarkEnd = "?=";
constexpr std::string_view kAnnotation = "x-mcp-header";
constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kAnnotationDepthMax = 64;

bool is_plain_char(char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); }

bool is_marked(std::string_view value) {
  return value.size() >= kMark.size() + kMarkEnd.size() && value.starts_with(kMark) &&
         value.ends_with(kMarkEnd);
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_plain(std::string_view value) {
  if (!std::ranges::all_of(value, is_plain_char)) return false;
  if (!value.empty() && (is_blank(value.front()) || is_blank(value.back()))) return false;
  return !is_marked(value);
}

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// Walks a schema and gathers annotations; one that does not hang on properties alone is refused.
class Annotations {
 public:
  std::optional<std::string> failure;
  std::vector<ParamHeader> found;

  void walk(const Json& schema, bool reachable, std::size_t depth) {
    if (failure || depth > kAnnotationDepthMax) return;
    if (schema.is_array()) {
      for (const Json& one : schema) walk(one, false, depth + 1);
      return;
    }
    if (!schema.is_object()) return;
    if (schema.contains(kAnnotation)) take(schema, reachable && !path_.empty());
    for (const auto& [key, value] : schema.items()) {
      if (key == "properties" && value.is_object()) {
        walk_properties(value, reachable, depth);
      } else if (!is_data(key)) {
        walk(value, false, depth + 1);
      }
    }
  }

 private:
  // Members that hold values, not schemas: what stands in them annotates nothing.
  static bool is_data(std::string_view key) {
    return key == "const" || key == "enum" || key == "default" || key == "examples" ||
           key == kAnnotation;
  }

  void walk_properties(const Json& properties, bool reachable, std::size_t depth) {
    for (const auto& [name, schema] : properties.items()) {
      path_.push_back(name);
      walk(schema, reachable, depth + 1);
      path_.pop_back();
    }
  }

  void refuse(std::string_view name, std::string_view why) {
    failure = "x-mcp-header '" + printable(shorten(name, 60)) + "' at /" + join(path_, "/") + " " +
              std::string(why);
  }

  void take(const Json& schema, bool reachable) {
    const std::string name = string_at(schema, kAnnotation);
    const std::string type = string_at(schema, "type");
    if (!schema.at(std::string(kAnnotation)).is_string() || name.empty() ||
        !std::ranges::all_of(name, is_token_char)) {
      return refuse(name, "is no name that a header can have");
    }
    if (!reachable) return refuse(name, "may stand only where properties alone lead");
    if (type != "string" && type != "integer" && type != "boolean") {
      return refuse(name, "may stand only on a string, an integer or a boolean");
    }
    if (!names_.insert(to_lower(name)).second) return refuse(name, "is there twice");
    found.push_back({std::string(header::kParamPrefix) + name, path_});
  }

  std::vector<std::string> path_;
  std::set<std::string> names_;
};

}  // namespace

std::string to_header_value(std::string_view value) {
  if (is_plain(value)) return std::string(value);
  return std::string(kMark) + to_base64(value) + std::string(kMarkEnd);
}

std::optional<std::string> from_header_value(std::string_view value) {
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  if (!std::ranges::all_of(value, is_plain_char)) return std::nullopt;
  if (!is_marked(value)) return std::string(value);
  value.remove_prefix(kMark.size());
  value.remove_suffix(kMarkEnd.size());
  std::optional<std::string> bytes = from_base64(value);
  if (bytes && !is_valid_utf8(*bytes)) return std::nullopt;
  return bytes;
}

std::optional<std::string> name_header_of(std::string_view method, const Json& params) {
  std::string_view member;
  if (method == "tools/call" || method == "prompts/get") member = "name";
  if (method == "resources/read") member = "uri";
  if (method.starts_with("tasks/")) member = "taskId";
  if (member.empty() || !member_at(params, member).is_string()) return std::nullopt;
  return string_at(params, member);
}

Result<std::vector<ParamHeader>> param_headers(const Json& input_schema) {
  Annotations annotations;
  annotations.walk(input_schema, true, 0);
  if (annotations.failure) return Error{Errc::invalid, *annotations.failure};
  return std::move(annotations.found);
}

const Json& param_in_body(const ParamHeader& header, const Json& args) {
  const Json* at = &args;
  for (const std::string& name : header.path) at = &member_at(*at, name);
  return *at;
}

std::optional<std::string> param_header_value(const ParamHeader& header, const Json& args) {
  const Json& value = param_in_body(header, args);
  if (value.is_string()) return to_header_value(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) return yoke::to_text(value);
  // 42.0 is an integer to JSON Schema.
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= static_cast<double>(kIntegerMax)) {
      return std::to_string(static_cast<std::int64_t>(number));
    }
  }
  return std::nullopt;
}

bool same_param_value(std::string_view decoded, const Json& in_body) {
  if (in_body.is_string()) return decoded == in_body.get<std::string>();
  if (in_body.is_boolean()) return decoded == (in_body.get<bool>() ? "true" : "false");
  if (!in_body.is_number()) return false;
  double number = 0;
  const char* end = decoded.data() + decoded.size();
  const auto [stop, failed] = std::from_chars(decoded.data(), end, number);
  return failed == std::errc() && stop == end && number == in_body.get<double>();
}

}  // namespace yoke::mcp
