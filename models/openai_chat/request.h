#pragma once

#include <string>
#include <string_view>

#include "models/openai_chat/profile.h"
#include "models/tool_names.h"
#include "runtime/ports/model.h"

namespace yoke::openai_chat {

// How a request is written.
struct RequestForm {
  Profile profile;
  std::string model;   // as the vendor names it
  std::string origin;  // of this backend: "openai-chat/lab"
  bool stream = false;
  Json extra_body = Json::object();  // the operator's own fields, added as they are
};

// The body of POST …/chat/completions. Reasoning and opaque parts of other origins are left out.
std::string encode_request(const ModelRequest& request, const ToolNames& names,
                           const RequestForm& form);

}  // namespace yoke::openai_chat
