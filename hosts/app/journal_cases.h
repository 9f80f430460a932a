#pragma once

#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "trials/case.h"

namespace yoke {

// The request of each model call of a run, put together again from its journal, as cases: with the
// history, tools and schema of then, and the run's own code. `call`: of this call alone.
//
// Ownership: borrows both until it returns.
// Errors: not_found; unavailable (a damaged journal, or code that is gone); conflict, when what is
// put together is not what the journal says was sent.
awaitable<Result<std::vector<TrialCase>>> cases_of_run(Store& store, Engine& engine,
                                                       std::string run_id, std::string call = {});

}  // namespace yoke
