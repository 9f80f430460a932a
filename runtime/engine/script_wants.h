#pragma once

#include <string>

#include "runtime/engine/agent.h"
#include "runtime/journal/run_state.h"
#include "runtime/ports/durable_script.h"

// What a durable script's wants mean, as pure functions. Private to the engine.
namespace yoke {

inline constexpr Micros kSleepMax = 100LL * 366 * 24 * 3600 * 1'000'000;  // a hundred years

// Whether it is one of the kinds with the args that it takes, and not too large to be journaled.
Result<void> check_want(const ScriptWant& want);

// What the journal has at this place and what the script wants there now, in words; empty: the
// same.
std::string difference_of(const WantState& recorded, const ScriptWant& wanted);

// What was done for a want that is answered.
ScriptAnswer answer_to(const RunState& state, const ScriptState& script, const WantState& want);

// The request of a `model` want; the run's own model and the agent's bounds where it names none.
ModelRequest inner_request_of(const RunState& state, const Program& program, const Json& args);

}  // namespace yoke
