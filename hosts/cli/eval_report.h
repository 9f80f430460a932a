#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trials/comparison.h"

// What an evaluation came to, in words and as data. Pure.
namespace yoke {

// "[##########..........] 12 of 24 · 3 failed · $0.0210", within so many columns.
std::string progress_bar(std::size_t done, std::size_t all, const std::string& more, int columns);

// A line for one cell that is done: "norway · analyst: answered in 1.2 s, $0.0010".
std::string cell_line(const Trial& trial, const Cell& cell, std::size_t case_at,
                      std::size_t subject_at);

// The answers that did not pass, a line each with the first check that says why; at most `most`.
// The answers that were lost on the way, likewise.
std::vector<std::string> errored_lines(const Trial& trial, std::size_t most);
std::vector<std::string> failing_lines(const Trial& trial, std::size_t most);

struct EvalBounds {
  std::optional<double> min_pass = {};
  bool no_worse = false;  // than the first subject
};
// What of the bounds is not kept, a line each; none: all is well.
std::vector<std::string> broken_bounds(const Trial& trial, const Comparison& comparison,
                                       const EvalBounds& bounds);

}  // namespace yoke
