#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/services.h"

namespace yoke::openai {

// POST /v1/chat/completions.
awaitable<HttpReply> answer_chat(HookServices services, HookCall call);

}  // namespace yoke::openai
