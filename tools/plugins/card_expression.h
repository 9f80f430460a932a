#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// What the names in an expression mean.
struct CardScope {
  const Json* root = nullptr;  // $root
  const Json* data = nullptr;  // $data, and where plain names are looked up
  Json index = nullptr;        // $index, inside what is repeated
};

// How much one card may still do. Shared by all expressions of it.
struct CardBudget {
  std::size_t steps = 100'000;
  std::size_t text_bytes = 2u << 20;

  // False, for good, once that is more than is left.
  bool spend(std::size_t used_steps, std::size_t used_bytes);
};

// An expression of Adaptive Card templates, as between "${" and "}": adaptive-expressions without
// what would need a clock, a random source or a locale. README.md lists its functions.
class CardExpression {
 public:
  // Errors: invalid, with the byte; unsupported: a function that is not there.
  static Result<CardExpression> parse(std::string_view text);

  // Null where a name is not there or an argument does not fit. Errors: exhausted.
  Result<Json> evaluate(const CardScope& scope, CardBudget& budget) const;

 private:
  struct Node;
  friend class CardParser;
  friend class CardEvaluator;
  explicit CardExpression(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;  // shared by the copies
};

// A value as it stands in a text: a string as it is, null as nothing.
std::string card_text_of(const Json& value);

}  // namespace yoke
