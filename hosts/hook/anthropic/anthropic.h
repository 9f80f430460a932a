#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/services.h"

namespace yoke {

// POST /v1/messages and /v1/messages/count_tokens, as Anthropic's clients ask them, for any agent,
// route or model. Borrows the services, which outlive the endpoints.
void add_anthropic(Endpoints& endpoints, HookServices services);

}  // namespace yoke
