#pragma once

#include "hosts/eval/eval_set.h"
#include "runtime/engine/engine.h"

namespace yoke {

// A recorded run as cases: its task, input and history as they were, the agent's name, what it came
// to as `expected`, and the results of its tools and its children's. A run that asked a model once
// is the case that its call was.
//
// Ownership: borrows both until it returns.
// Errors: not_found; unavailable (a damaged journal, or code that is gone); conflict.
awaitable<Result<std::vector<EvalCase>>> eval_cases_of_run(Store& store, Engine& engine,
                                                           std::string run_id);

}  // namespace yoke
