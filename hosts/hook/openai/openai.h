#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/services.h"

namespace yoke {

// OpenAI's wire: /v1/models, /v1/chat/completions, /v1/responses, /v1/conversations,
// /v1/embeddings. docs/openai-clients.md says what of it there is.
void add_openai(Endpoints& endpoints, HookServices services);

}  // namespace yoke
