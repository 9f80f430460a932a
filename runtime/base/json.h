#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// The one JSON type. Objects keep their keys sorted, so equal values have equal text.
using Json = nlohmann::json;

// Bounds of what may come in. All inclusive.
struct JsonLimits {
  std::size_t text_bytes_max = 16u << 20;
  std::size_t depth_max = 64;
  std::size_t nodes_max = 1'000'000;  // values and keys together
};

// The bounded door for JSON from outside. Refuses, with byte offset: more than the limits allow,
// duplicate keys, integers that fit neither int64 nor uint64, numbers that overflow a double,
// invalid UTF-8, a byte-order mark, anything after the value.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// Canonical text: sorted keys, no spaces, shortest round-trip numbers. Never throws: invalid UTF-8
// becomes U+FFFD, NaN and infinities become null.
std::string to_text(const Json& value);

// For people: two spaces of indentation.
std::string to_pretty_text(const Json& value);

// Typed look-ups that never throw: the member, or the fallback when it is absent or of another
// type.
std::string string_at(const Json& object, std::string_view key, std::string_view fallback = {});
std::int64_t integer_at(const Json& object, std::string_view key, std::int64_t fallback = 0);
double number_at(const Json& object, std::string_view key, double fallback = 0);
bool bool_at(const Json& object, std::string_view key, bool fallback = false);
const Json& member_at(const Json& value, std::string_view key);  // a static null when absent

}  // namespace yoke
