#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/journal/run_state.h"

namespace yoke {

// Two runs side by side: how long they agree, and what each came to.
struct RunDiff {
  std::int64_t shared = 0;    // events that are the same, takeovers and forks left out
  std::optional<Event> left;  // the first event where they part; absent: it ended before
  std::optional<Event> right;
  bool same = false;
  RunState left_state;
  RunState right_state;
};

// Compares what happened, not when or under which id. Error: one of the journals is damaged.
Result<RunDiff> diff_runs(const std::vector<Event>& left, const std::vector<Event>& right);

}  // namespace yoke
