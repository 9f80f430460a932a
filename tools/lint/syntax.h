#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke::lint {

// A piece of a Lua text.
struct Node {
  enum class Kind : std::uint8_t {
    nil,
    truth,   // text: "true" or "false"
    number,  // text: as written
    text,    // text: what it stands for
    varargs,
    name,       // text; `local` says which
    index,      // object, key; text: the key where it is a literal text
    call,       // callee, arguments …
    method,     // object, arguments …; text: the method
    function,   // body; `params`
    table,      // fields and items
    field,      // key, value; text: the key where it is a literal text
    item,       // value
    operation,  // operands; text: the operator
    group,      // whatever stands in parentheses, and statements
  };
  Kind kind = Kind::group;
  int line = 0;
  std::string text = {};
  std::vector<Node*> children = {};  // owned by the tree
  std::vector<int> params = {};      // of a function: its parameters among the tree's locals
  int local = -1;                    // of a name: which of the tree's locals; -1: a global
  bool written = false;              // of a name: it is assigned to here
};

struct Local {
  std::string name;
  int line = 0;
  const Node* value = nullptr;  // what it is first given, where that is one expression
  bool reassigned = false;      // later, as a whole or in part
};

// A Lua text, taken apart, its names looked up. Nodes point to each other and into `locals`.
struct Tree {
  std::deque<Node> nodes;  // in no order; they stay where they are
  std::vector<Local> locals;
  const Node* root = nullptr;
};

// Errors: invalid: no Lua; `place` is the line. What nests deeper than kNestingMax is refused too.
inline constexpr int kNestingMax = 400;
Result<Tree> parse(std::string_view text);

}  // namespace yoke::lint
