#pragma once

#include "hosts/hook/api/api_context.h"

namespace yoke {

// GET and DELETE /v1/memory.
void add_memory_endpoints(const ApiRef& api, Endpoints& endpoints);

}  // namespace yoke
