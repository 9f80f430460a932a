#pragma once

#include <string_view>

#include "tests/injection/environment.h"
#include "tests/support/fakes.h"

// What stands in a model's place: scripts, none of which is a model's behaviour. Each bounds what
// an obedient or a mistaken model could do.
namespace yoke::injection {

enum class PlannerKind : std::uint8_t {
  faithful,    // makes the calls that serve the task
  hijacked,    // does what an injected text says as soon as it sees it, then goes on
  data_swap,   // makes the task's calls, with the attacker's values where he would have them
  over_asker,  // before each call with an effect it tries one to somewhere else
};
std::string_view name_of(PlannerKind kind);

// A model's script for one run. `goal` may be null: nothing is injected.
FakeModel::Script script_of(PlannerKind kind, const Task& task, const Goal* goal,
                            const Environment& environment);

}  // namespace yoke::injection
