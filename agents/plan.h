#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

// Plans as data: {"goal"?, "why"?, "steps": [{"id", "tool" | "agent", "inputs"?, "task"?, "needs"?,
// "why"?, "retries"?}]}. A text "$id.path" among inputs is an earlier step's output, or of "input"
// the run's; "${id.path}" within a text is that written out.
namespace yoke {

inline constexpr std::size_t kPlanStepsMax = 100;

// What a plan may name.
struct PlanScope {
  std::vector<std::string> tools;
  std::vector<std::string> agents;
  std::set<std::string> known = {};  // steps of earlier plans whose outputs are there
};

// The plan as it is to be carried out: names as they are here, needs that references imply added.
// Errors: invalid, naming the step and the mend: no plan, an unknown tool, a missing need, a wrong
// reference, a cycle.
Result<Json> checked_plan(const Json& plan, const PlanScope& scope);

// Its JSON Schema, for models.
Json plan_schema();

// The ids that the texts in a value refer to.
std::vector<std::string> references_in(const Json& value);

}  // namespace yoke
