#pragma once

#include <string>
#include <vector>

#include "runtime/engine/diff.h"
#include "runtime/store/types.h"

// Runs as text for people. Pure.
namespace yoke {

// What happened, in order: task, each step with its reasoning and calls, questions, the end, the
// sums.
Result<std::string> run_story(const RunRow& run, const std::vector<Event>& events);

// The first event where two runs part, and what each came to.
std::string diff_text(const std::string& left_id, const std::string& right_id, const RunDiff& diff);
Json diff_json(const std::string& left_id, const std::string& right_id, const RunDiff& diff);

}  // namespace yoke
