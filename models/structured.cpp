#include "models/structured.h"

#include <algorithm>

namespace yoke {

std::string_view name_of(SchemaMode mode) {
  switch (mode) {
    case SchemaMode::native:
      return "native";
    case SchemaMode::grammar:
      return "grammar";
    case SchemaMode::prompted:
      break;
  }
  return "prompted";
}

bool is_structured_answer(const ModelReply& reply) {
  if (reply.finish == Finish::refusal || reply.finish == Finish::content_filter) return false;
  return std::none_of(reply.message.parts.begin(), reply.message.parts.end(), [](const Part& part) {
    return std::holds_alternative<ToolCallPart>(part) || std::holds_alternative<RefusalPart>(part);
  });
}

ModelRequest repair_request(const ModelRequest& request, const Message& answer,
                            const std::string& problem) {
  ModelRequest repaired = request;
  repaired.messages.push_back(answer);
  repaired.messages.push_back(
      user_message("Your answer does not fit the schema it must have: " + problem +
                   ". Answer again with the corrected JSON alone."));
  return repaired;
}

}  // namespace yoke
