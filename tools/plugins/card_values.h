#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/text.h"
#include "tools/plugins/card_expression.h"

// What the functions of expressions share.
namespace yoke::card {

using Values = std::vector<Json>;
using Function = Json (*)(const Values&);
using FunctionTable = std::map<std::string, Function, std::less<>>;

void add_texts(FunctionTable& table);
void add_lists(FunctionTable& table);

inline std::string text_of(const Values& values, std::size_t at) {
  return at < values.size() ? card_text_of(values[at]) : std::string();
}

inline std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const Result<Json> parsed = parse_json(trim(value.get_ref<const std::string&>()));
  if (!parsed || !parsed->is_number()) return std::nullopt;
  return parsed->get<double>();
}

// A whole number that a 64-bit integer holds stays one.
inline Json number_json(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::fabs(value) < 9e15)
    return static_cast<std::int64_t>(value);
  return value;
}

inline std::optional<std::int64_t> integer_of(const Values& values, std::size_t at) {
  if (at >= values.size()) return std::nullopt;
  const std::optional<double> number = number_of(values[at]);
  if (!number || std::fabs(*number) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

inline bool truth(const Json& value) {
  return !value.is_null() && !(value.is_boolean() && !value.get<bool>());
}

inline Json first_of(const Values& values) { return values.empty() ? Json(nullptr) : values[0]; }

inline Json parsed_json(const Values& values) {
  if (values.empty()) return nullptr;
  if (!values[0].is_string()) return values[0];
  const Result<Json> parsed = parse_json(values[0].get_ref<const std::string&>());
  return parsed ? *parsed : Json(nullptr);
}

}  // namespace yoke::card
