#pragma once

#include <string>

#include "runtime/engine/engine.h"
#include "runtime/store/store.h"

namespace yoke {

inline constexpr const char* kGuardAgent = "guard";  // what a judge's runs are listed under

// Asks a guardrail's judge as a run of its own: journaled, within the budgets of the tenant, and
// found again by its key when the run that it is asked for is driven anew after a crash. `of` says
// for which run and call; its idempotency_key tells one asking of a call from another.
// Errors: why there is no answer.
awaitable<Result<std::string>> ask_judge_run(Engine& engine, Store& store, ModelRequest request,
                                             ToolRequest of);

}  // namespace yoke
