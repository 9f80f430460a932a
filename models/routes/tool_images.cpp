#include "models/routes/tool_images.h"

#include <algorithm>

namespace yoke {

bool is_of_tool(const Message& message, const Part& part) {
  return message.role == Role::tool && std::holds_alternative<ImagePart>(part);
}

bool shows_tool_images(const ModelRequest& request) {
  const auto shows = [](const Message& message) {
    return std::any_of(message.parts.begin(), message.parts.end(),
                       [&](const Part& part) { return is_of_tool(message, part); });
  };
  return std::any_of(request.messages.begin(), request.messages.end(), shows);
}

void leave_out_tool_images(ModelRequest& request) {
  for (Message& message : request.messages) {
    std::erase_if(message.parts, [&](const Part& part) { return is_of_tool(message, part); });
  }
}

}  // namespace yoke
