#include "runtime/schema/values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "runtime/base/text.h"

namespace yoke::schema {
namespace {

__extension__ using Wide = __int128;

constexpr std::size_t kShownBytesMax = 80;
constexpr double kWideMax = 1e30;  // beyond it no 64-bit integer comes near

constexpr std::array kTypeNames{
    std::pair<Type, std::string_view>{kNull, "null"},
    std::pair<Type, std::string_view>{kBoolean, "boolean"},
    std::pair<Type, std::string_view>{kInteger, "integer"},
    std::pair<Type, std::string_view>{kNumber, "number"},
    std::pair<Type, std::string_view>{kString, "string"},
    std::pair<Type, std::string_view>{kArray, "array"},
    std::pair<Type, std::string_view>{kObject, "object"},
};

bool is_whole(double number) { return std::isfinite(number) && std::floor(number) == number; }

Wide wide_of(const Json& integer) {
  if (integer.is_number_unsigned()) return static_cast<Wide>(integer.get<std::uint64_t>());
  return static_cast<Wide>(integer.get<std::int64_t>());
}

// A number as its floor and what is left of it.
std::pair<Wide, double> parts_of(const Json& number) {
  if (number.is_number_integer()) return {wide_of(number), 0.0};
  const double value = number.get<double>();
  const double floor = std::floor(value);
  return {static_cast<Wide>(floor), value - floor};
}

bool fits_wide(const Json& number) {
  return number.is_number_integer() || std::abs(number.get<double>()) < kWideMax;
}

// The same value with whole doubles as integers, where an integer can hold them.
Json with_whole_integers(const Json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (!is_whole(number)) return value;
    if (number >= 0 && number < 18446744073709551616.0) return static_cast<std::uint64_t>(number);
    if (number < 0 && number >= -9223372036854775808.0) return static_cast<std::int64_t>(number);
    return value;
  }
  if (!value.is_structured()) return value;
  Json copy = value;
  for (Json& element : copy) {
    if (element.is_structured() || element.is_number_float())
      element = with_whole_integers(element);
  }
  return copy;
}

}  // namespace

std::uint8_t types_of(const Json& value) {
  if (value.is_null()) return kNull;
  if (value.is_boolean()) return kBoolean;
  if (value.is_string()) return kString;
  if (value.is_array()) return kArray;
  if (value.is_object()) return kObject;
  if (value.is_number_integer()) return kInteger | kNumber;
  return is_whole(value.get<double>()) ? kInteger | kNumber : kNumber;
}

std::uint8_t type_from_name(std::string_view name) {
  for (const auto& [type, known] : kTypeNames) {
    if (known == name) return type;
  }
  return 0;
}

std::string names_of_types(std::uint8_t types) {
  std::vector<std::string> names;
  for (const auto& [type, name] : kTypeNames) {
    const bool is_implied = type == kInteger && (types & kNumber) != 0;
    if ((types & type) != 0 && !is_implied) names.emplace_back(name);
  }
  return join(names, " or ");
}

int compare_numbers(const Json& a, const Json& b) {
  if (fits_wide(a) && fits_wide(b)) {
    const auto left = parts_of(a);
    const auto right = parts_of(b);
    return left < right ? -1 : (right < left ? 1 : 0);
  }
  const double left = a.get<double>();
  const double right = b.get<double>();
  return left < right ? -1 : (right < left ? 1 : 0);
}

bool is_multiple(const Json& value, const Json& divisor) {
  if (value.is_number_integer() && divisor.is_number_integer()) {
    return wide_of(value) % wide_of(divisor) == 0;
  }
  const double dividend = value.get<double>();
  const double step = divisor.get<double>();
  const double quotient = dividend / step;
  if (!std::isfinite(quotient)) return std::fmod(dividend, step) == 0;
  // 0.0075 is meant to be a multiple of 0.0001: allow what rounding the two decimals may cost.
  const double slack = std::abs(quotient) * 4e-16;
  return std::abs(quotient - std::nearbyint(quotient)) <= slack;
}

std::string identity_of(const Json& value) { return to_text(with_whole_integers(value)); }

std::size_t character_count(std::string_view text) {
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_first_byte));
}

std::string show(const Json& value) {
  if (value.is_object()) return value.empty() ? "an empty object" : "an object";
  if (value.is_array()) {
    if (value.empty()) return "an empty array";
    return "an array of " + std::to_string(value.size()) + (value.size() == 1 ? " item" : " items");
  }
  if (value.is_string()) {
    // Shortened before it is written: the text may be megabytes long.
    return to_text(Json(shorten(value.get_ref<const std::string&>(), kShownBytesMax)));
  }
  return to_text(value);
}

std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

}  // namespace yoke::schema
