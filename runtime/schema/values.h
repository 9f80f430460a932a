#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/json.h"

namespace yoke::schema {

// The types of JSON Schema, as bits. A whole number is both an integer and a number.
enum Type : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64,
  kAnyType = 127,
};

std::uint8_t types_of(const Json& value);
std::uint8_t type_from_name(std::string_view name);  // 0: no such type
std::string names_of_types(std::uint8_t types);      // "string or null"

// Exact over the whole range of 64-bit integers and doubles: below zero, zero or above.
int compare_numbers(const Json& a, const Json& b);
bool is_multiple(const Json& value, const Json& divisor);

// Text that two values share exactly when they are equal in JSON Schema's sense (1 equals 1.0).
std::string identity_of(const Json& value);

std::size_t character_count(std::string_view text);

// Short text of a value for an error: '"kelvin"', 'an object', 'an array of 3 items'.
std::string show(const Json& value);

// One step down a JSON pointer: "/" and the escaped name.
std::string pointer_step(std::string_view name);

}  // namespace yoke::schema
