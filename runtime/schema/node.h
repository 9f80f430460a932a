#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/schema/pattern.h"
#include "runtime/schema/values.h"

namespace yoke::schema {

// A count and its bounds, both inclusive.
struct Span {
  std::size_t min = 0;
  std::size_t max = std::numeric_limits<std::size_t>::max();

  bool holds(std::size_t count) const { return count >= min && count <= max; }
  bool is_open() const { return min == 0 && max == std::numeric_limits<std::size_t>::max(); }
};

// A bound on a number; a null limit bounds nothing.
struct Bound {
  Json limit = nullptr;
  bool exclusive = false;
};

// The values that `enum` or `const` allows, by identity, with the text that lists them.
struct Choices {
  std::vector<std::string> identities;
  std::size_t identity_bytes_max = 0;
  std::string text;
};

// One subschema, ready to check with. A null pointer is an absent keyword. Nodes point at one
// another in circles where the schema is recursive; all belong to one Program.
struct Node {
  std::size_t index = 0;  // among the nodes
  std::string place;      // JSON pointer into the schema
  bool is_never = false;  // the schema `false`

  std::uint8_t types = kAnyType;
  std::vector<Choices> choices;
  Bound least;
  Bound most;
  std::vector<Json> multiples_of;
  Span length;
  std::shared_ptr<const Pattern> pattern;  // owned together with the cache of the compiler

  Span item_count;
  bool unique_items = false;
  std::vector<const Node*> first_items;
  const Node* other_items = nullptr;
  const Node* contains = nullptr;
  Span contains_count = {1};
  const Node* unevaluated_items = nullptr;

  Span property_count;
  std::vector<std::string> required;
  std::map<std::string, const Node*, std::less<>> properties;
  std::vector<std::pair<std::shared_ptr<const Pattern>, const Node*>> pattern_properties;
  const Node* other_properties = nullptr;
  const Node* property_names = nullptr;
  const Node* unevaluated_properties = nullptr;
  std::map<std::string, std::vector<std::string>> dependent_required;
  std::map<std::string, const Node*> dependent_schemas;

  std::vector<const Node*> refs;  // $ref, and a $dynamicRef that can only mean one thing
  std::vector<const Node*> all_of;
  std::vector<const Node*> any_of;
  std::vector<const Node*> one_of;
  const Node* none_of = nullptr;
  const Node* condition = nullptr;
  const Node* consequence = nullptr;
  const Node* alternative = nullptr;

  std::optional<Json> default_value;
};

// The subschemas of `node` that look at the same value as it does.
std::vector<const Node*> in_place_children(const Node& node);

struct Program {
  std::deque<Node> nodes;  // a deque: nodes never move
  const Node* root = nullptr;
  bool tracks_evaluation = false;  // some node asks what others have evaluated
};

Result<std::unique_ptr<const Program>> compile_program(const Json& schema);

}  // namespace yoke::schema
