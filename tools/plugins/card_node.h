#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/plugins/card_expression.h"

namespace yoke {

// Operators are calls of the functions that they stand for.
struct CardExpression::Node {
  enum class Kind : std::uint8_t { literal, name, member, call };
  Kind kind = Kind::literal;
  Json literal = nullptr;
  std::string name = {};                                // name, call
  std::vector<std::shared_ptr<const Node>> parts = {};  // member: whole, key; call: arguments
};

// Whether the language has the function, and takes so many arguments.
bool is_card_function(const std::string& name);
// A function whose arguments are all evaluated first. Null where they do not fit it.
Json call_card_function(const std::string& name, const std::vector<Json>& arguments);

}  // namespace yoke
