#pragma once

#include "models/failure.h"
#include "runtime/ports/model.h"

namespace yoke::gemini {

// What Google's error says beside its status: {"status":…,"details":[{"@type":…RetryInfo…}]}. A
// quota for a minute tells when to come again, one for a day is not waited for, and a key that is
// none comes as a bad request.
void refine_failure(ModelFailure& failure, const Json& error);

// The failure of a refusal whose body is such an error, or a list of one.
ModelFailure failure_of(const HttpRefusal& refusal, const FailureContext& context);

}  // namespace yoke::gemini
