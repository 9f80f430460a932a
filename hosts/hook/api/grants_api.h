#pragma once

#include "hosts/hook/api/api_context.h"

namespace yoke {

// GET and POST /v1/grants, for the socket alone: what waits for a person's grant before an agent
// may use it, and that person's yes. Powers are given where one can read what they are given to.
void add_grant_endpoints(const ApiRef& api, Endpoints& endpoints);

}  // namespace yoke
