#pragma once

#include <cstdint>
#include <vector>

#include "tests/tidy/source.h"

namespace yoke::tidy {

enum class Brace : std::uint8_t {
  none,      // the token is no opening brace
  scope,     // of a namespace, class or enumeration
  function,  // a function's body
  block,     // a block inside a function, or a lambda's body
  value,     // an initialiser
};

// How the brackets of a file nest. All vectors run along `source.tokens`.
struct Outline {
  std::vector<int> match;    // a bracket's partner; -1 for what is no bracket or has none
  std::vector<int> parent;   // the innermost bracket open around the token; -1 at the top
  std::vector<Brace> brace;  // what an opening brace opens
};

// Unbalanced brackets (as the arms of an #if may have) are left without a partner.
Outline outline_of(const Source& source);

// The first token of the declaration that the function body at `brace` belongs to.
int head_of(const Source& source, const Outline& outline, int brace);

// Whether the `[` at `at` introduces a lambda, rather than a subscript, attribute or binding.
bool is_lambda(const Source& source, int at);

}  // namespace yoke::tidy
