#pragma once

#include "hosts/app/app.h"

// A run that another command hands over, as the body of POST /v1/runs has it.
namespace yoke {

// That every field is known and of its type, so that nothing asked for is dropped in silence, and
// that the command stands in the same project. Errors: invalid.
Result<void> check_order(const Json& body, const Config& config);

// The run of a checked body. Errors: those of the program, the model and the limits.
Result<StartRun> run_of(App& app, const Json& body);

}  // namespace yoke
