#pragma once

#include "hosts/hook/api/api_context.h"
#include "runtime/memory/memory.h"

namespace yoke {

// Who is bound to some agents sees what these and they themselves remember, and what all do.
bool may_see_entry(const Principal& who, const MemoryEntry& entry);

// GET and DELETE /v1/memory.
void add_memory_endpoints(const ApiRef& api, Endpoints& endpoints);

}  // namespace yoke
