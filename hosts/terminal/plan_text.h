#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/journal/run_state.h"

// Plans as people read them.
namespace yoke {

// A plan with the state of its steps, a line each, a step further in than what it needs:
// "  ✓ stats    csv.stats    after a, b". One that needs several is under the last of them.
enum class StepMark : std::uint8_t { waiting, running, done, failed, skipped };
std::string_view mark_of(StepMark mark);
std::map<std::string, StepMark> marks_of(const RunState& state);  // of the newest plan, by step
// Of the plan that a script carries out; empty: it is no such script.
std::map<std::string, StepMark> marks_of(const RunState& state, const ScriptState& script);
std::string plan_text(const Json& plan, const std::map<std::string, StepMark>& marks);
// Of one step, in one line without columns: "✓ stats  csv.stats  after a, b".
std::string plan_step_text(const Json& step, const std::map<std::string, StepMark>& marks);

}  // namespace yoke
