#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke {

// Appends JSON text to a string, with commas where they belong. What is written once and thrown
// away needs no tree: building one would cost more than all the rest of a call.
//
// Ownership: borrows `out`, which must outlive the writer.
// Errors:    none: invalid UTF-8 in a text becomes U+FFFD. That the calls nest well is up to the
// caller.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& open_object();
  JsonWriter& close_object();
  JsonWriter& open_array();
  JsonWriter& close_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(double value);  // null when it is not finite
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& json(const Json& value);  // canonical text of a tree

  JsonWriter& member(std::string_view name, std::string_view value) {
    return key(name).text(value);
  }

 private:
  void before_value();

  std::string& out_;
  bool comma_ = false;  // a value stands before, in the same container
};

}  // namespace yoke
