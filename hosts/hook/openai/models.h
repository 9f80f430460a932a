#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/services.h"

namespace yoke::openai {

// GET /v1/models and /v1/models/{id}: what this one may ask.
HttpReply list_models(HookServices services, const Principal& who);
HttpReply show_model(HookServices services, const Principal& who, const std::string& id);

}  // namespace yoke::openai
