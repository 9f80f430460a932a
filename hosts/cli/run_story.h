#pragma once

#include <string>
#include <vector>

#include "hosts/cli/run_tree.h"
#include "runtime/engine/diff.h"
#include "runtime/store/types.h"

// Runs as text for people. Pure.
namespace yoke {

// What happened, as a tree: task, each step with its reasoning, its calls under it, under those
// what they called, runs of other agents too; questions, the end, the sums.
std::string run_story(const RunTree& tree);
// The same for machines: {"run","agent","status",…,"usage","calls":[…]}; a call has what it came
// to, what was spent by it and below it, and its own "calls"; that of an agent its "run".
Json run_tree_json(const RunTree& tree);

// The first event where two runs part, and what each came to.
std::string diff_text(const std::string& left_id, const std::string& right_id, const RunDiff& diff);
Json diff_json(const std::string& left_id, const std::string& right_id, const RunDiff& diff);

}  // namespace yoke
