#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/id.h"

namespace yoke::sandbox::test {

// A way to have Lua run a payload from somewhere else than a function's body: out of a coroutine, a
// metamethod, an error handler, a callback … `text` follows `local out` and a local function
// `payload`, calls it and leaves its first result in `out`.
struct Wrapper {
  const char* name;
  const char* text;
  bool repeats = false;  // calls it more than once, so that a payload's side effects show
};

std::span<const Wrapper> wrappers();

// The payload (statements that may return) inside the wrappers, the last one outermost.
std::string wrap(std::string payload, const std::vector<const Wrapper*>& inside_out);

// One to three of them.
std::vector<const Wrapper*> pick_wrappers(SeededRandom& random);
std::string names_of(const std::vector<const Wrapper*>& picked);

}  // namespace yoke::sandbox::test
