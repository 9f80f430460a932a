#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/journal/run_state.h"

// Plans as people read them.
namespace yoke {

// A plan with the state of its steps, a line each: "  ✓ stats    csv.stats    needs a, b".
enum class StepMark : std::uint8_t { waiting, running, done, failed, skipped };
std::string_view mark_of(StepMark mark);
std::map<std::string, StepMark> marks_of(const RunState& state);  // of the newest plan, by step
std::string plan_text(const Json& plan, const std::map<std::string, StepMark>& marks);

}  // namespace yoke
