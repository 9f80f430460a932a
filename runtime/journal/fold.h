#pragma once

#include <string>

#include "runtime/journal/run_state.h"

// The parts of RunState::apply that concern children, scripts, plans and signals: private to it.
namespace yoke::fold {

// Events of those kinds; what else there is has no part in deciding what comes next.
void apply_part(RunState& state, const Event& event);

// A tool, a child or a script came to its end, as the event's outcome, value and message say.
void close_call(RunState& state, CallState& call, const Event& event);

// What is done under this id, if a script wants it, has come to its end.
void complete(RunState& state, const std::string& want_id);

// A script's want is being met by this model call; or was not, and may be again.
void name_model_call(RunState& state, const CallState& call);
void inner_model_failed(RunState& state, const CallState& call, const std::string& failure_class);

}  // namespace yoke::fold
