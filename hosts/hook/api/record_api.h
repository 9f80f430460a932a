#pragma once

#include "hosts/hook/api/api_context.h"

namespace yoke {

// POST /v1/record/seal and /v1/record/clear, for the socket alone: orders of the user whose process
// this is, so that the record is cared for while it holds the store.
void add_record_endpoints(const ApiRef& api, Endpoints& endpoints);

}  // namespace yoke
