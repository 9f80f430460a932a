#pragma once

#include <optional>
#include <string>

#include "runtime/base/json.h"
#include "tools/lint/syntax.h"

namespace yoke::lint {

// What an expression is, where the text alone tells: literals, tables of them, joined texts, and
// locals that are given such a value once.
std::optional<Json> value_of(const Tree& tree, const Node& node);

// How the text that an expression makes begins. `whole`: that is all of it.
struct Beginning {
  std::string text;
  bool whole = false;
};
Beginning beginning_of(const Tree& tree, const Node& node);

// The value of a table's field; null when it has none of that name.
const Node* field_of(const Node& table, std::string_view name);

}  // namespace yoke::lint
