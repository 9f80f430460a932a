#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yoke::sandbox {

struct DiffOptions {
  std::size_t context = 3;  // unchanged lines shown around a change
  // Comparisons of lines that are tried for the shortest difference; what is still apart then is
  // told as removed and added as a whole, which is true too.
  std::size_t steps_max = 2'000'000;
};

struct Diff {
  std::string text;  // unified, without file names; empty when both are the same
  std::size_t removed = 0;
  std::size_t added = 0;
  std::size_t steps = 0;  // what it took
};

// The lines that lead from `before` to `after`. Pure.
// Limits: bounded by steps_max and the number of lines, whatever the texts.
Diff diff_lines(std::string_view before, std::string_view after, const DiffOptions& options = {});

}  // namespace yoke::sandbox
