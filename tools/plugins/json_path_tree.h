#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"

namespace re2 {
class RE2;
}

// What a JSONPath query is read into.
namespace yoke::json_path {

struct Expression;

struct Selector {
  enum class Kind : std::uint8_t { name, wildcard, index, slice, filter };
  Kind kind = Kind::wildcard;
  std::string name = {};
  std::int64_t index = 0;
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> end = {};
  std::int64_t step = 1;
  std::shared_ptr<const Expression> filter = {};  // owned by this selector alone
};

struct Segment {
  bool descends = false;
  std::vector<Selector> selectors;
};

struct Path {
  bool from_root = true;  // else from "@"
  std::vector<Segment> segments;

  bool is_singular() const;
};

// A logical expression, a comparison's side or a function's argument.
struct Expression {
  enum class Kind : std::uint8_t { any_of, all_of, negation, comparison, path, literal, function };
  enum class Compare : std::uint8_t {
    equal,
    unequal,
    less,
    less_or_equal,
    greater,
    greater_or_equal
  };
  enum class Function : std::uint8_t { length, count, match, search, value };

  Kind kind = Kind::literal;
  Compare compare = Compare::equal;
  Function function = Function::length;
  std::vector<std::unique_ptr<const Expression>> parts = {};
  Path path = {};
  Json literal = nullptr;
  std::shared_ptr<const re2::RE2> pattern = {};  // of a match or search with a literal; its own
};

// Errors: invalid.
Result<Path> parse_path(std::string_view text);
// Null: it is no regular expression of RFC 9485.
std::shared_ptr<const re2::RE2> compile_pattern(const std::string& text);

}  // namespace yoke::json_path
