#pragma once

#include <string>

#include "models/openai_chat/profile.h"
#include "models/wire/wire.h"

namespace yoke::openai_chat {

// The body of POST …/chat/completions. Reasoning and opaque parts of other origins are left out.
std::string encode_request(const ModelRequest& request, const ToolNames& names,
                           const Profile& profile, const WireForm& form);

}  // namespace yoke::openai_chat
