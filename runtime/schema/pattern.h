#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke::schema {

// A regular expression in ECMA-262's syntax, run by RE2 in linear time. What RE2 has no equal for
// (looking around, back references, more than 1000 repetitions) is refused.
class Pattern {
 public:
  static Result<std::shared_ptr<const Pattern>> compile(std::string_view text);

  virtual ~Pattern() = default;
  virtual bool is_found_in(std::string_view text) const = 0;  // anywhere in it
  virtual const std::string& text() const = 0;                // as the author wrote it
};

// The same expression in RE2's syntax.
Result<std::string> ecma_to_re2(std::string_view text);

}  // namespace yoke::schema
