#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/openai/conversations.h"
#include "hosts/hook/services.h"

namespace yoke::openai {

// POST /v1/responses.
awaitable<HttpReply> answer_response(HookServices services, ConversationLineRef line,
                                     HookCall call);
// Of /v1/responses/{id}: GET, DELETE, POST …/cancel.
awaitable<HttpReply> show_response(HookServices services, HookCall call);
awaitable<HttpReply> delete_response(HookServices services, HookCall call);
awaitable<HttpReply> cancel_response(HookServices services, HookCall call);

}  // namespace yoke::openai
