#pragma once

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "runtime/http/http.h"

namespace yoke {

// What a host of runs answered over the HTTP API: its JSON, an empty object for an empty body.
// Errors: what a refusal's status means, with the host's own words; unavailable: it is no JSON.
Result<Json> answer_of_host(const HttpResponse& response);

}  // namespace yoke
