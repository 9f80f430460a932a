#include "runtime/journal/opening.h"

#include <algorithm>
#include <set>
#include <string>

namespace yoke {
namespace {

constexpr std::size_t kNameBytesMax = 64;

Error wrong_at(Errc code, const std::string& list, std::size_t index, const std::string& what) {
  return Error{code, what, list + "[" + std::to_string(index) + "]"};
}

// Follows calls and results through the messages: the results of a reply's calls come right behind
// it, and nothing else does before they are all there.
class Pairs {
 public:
  std::string check(const Message& message) {
    if (!open_.empty() && message.role != Role::tool) return unanswered();
    for (const Part& part : message.parts) {
      if (const auto* call = std::get_if<ToolCallPart>(&part)) {
        if (message.role != Role::assistant) return "a tool call in a message of another role";
        if (!open_.insert(call->id).second) return "the tool call '" + call->id + "' twice";
      } else if (const auto* result = std::get_if<ToolResultPart>(&part)) {
        if (message.role != Role::tool) return "a tool's result in a message of another role";
        if (open_.erase(result->id) == 0) {
          return "a result of '" + result->id + "', which the message before it does not call";
        }
      }
    }
    return {};
  }
  std::string end() const { return open_.empty() ? std::string() : unanswered(); }

 private:
  std::string unanswered() const { return "no result of the tool call '" + *open_.begin() + "'"; }

  std::set<std::string> open_;
};

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  const bool long_enough = !name.empty() && name.size() <= kNameBytesMax;
  return long_enough && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

Result<void> check_earlier(const std::vector<Message>& messages) {
  static constexpr const char* kList = "messages";
  if (messages.size() > kEarlierMessagesMax) {
    return Error{Errc::too_large, "more than " + std::to_string(kEarlierMessagesMax) + " messages",
                 kList};
  }
  Pairs pairs;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].role == Role::system) {
      return wrong_at(Errc::invalid, kList, i,
                      "a system message: an agent has its own instructions");
    }
    const std::string why = pairs.check(messages[i]);
    if (!why.empty()) return wrong_at(Errc::invalid, kList, i, why);
    bytes += to_text(to_json(messages[i])).size();
    if (bytes > kEarlierBytesMax) {
      return wrong_at(Errc::too_large, kList, i,
                      "the messages are more than " + std::to_string(kEarlierBytesMax) + " bytes");
    }
  }
  const std::string why = pairs.end();
  if (!why.empty()) return wrong_at(Errc::invalid, kList, messages.size() - 1, why);
  return {};
}

Result<void> check_caller_tools(const std::vector<ToolSpec>& tools) {
  static constexpr const char* kList = "caller_tools";
  if (tools.size() > kCallerToolsMax) {
    return Error{Errc::too_large, "more than " + std::to_string(kCallerToolsMax) + " tools", kList};
  }
  std::set<std::string> names;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    const std::string& name = tools[i].name;
    if (!is_name(name)) {
      return wrong_at(Errc::invalid, kList, i,
                      "'" + name + "' is no name of a tool: 1 to 64 letters, digits, _ . or -");
    }
    if (!names.insert(name).second)
      return wrong_at(Errc::invalid, kList, i, "'" + name + "' twice");
    if (!tools[i].input_schema.is_object()) {
      return wrong_at(Errc::invalid, kList, i, "the input schema of '" + name + "' is no object");
    }
    bytes += to_text(caller_tool_json(tools[i])).size();
    if (bytes > kCallerToolsBytesMax) {
      return wrong_at(Errc::too_large, kList, i,
                      "the tools are more than " + std::to_string(kCallerToolsBytesMax) + " bytes");
    }
  }
  return {};
}

Json caller_tool_json(const ToolSpec& tool) {
  return Json{
      {"name", tool.name}, {"description", tool.description}, {"input_schema", tool.input_schema}};
}

ToolSpec caller_tool_from_json(const Json& value) {
  ToolSpec tool;
  tool.name = string_at(value, "name");
  tool.description = string_at(value, "description");
  const Json& schema = member_at(value, "input_schema");
  if (schema.is_object()) tool.input_schema = schema;
  tool.effect = Effect::once;
  tool.origin = "caller";
  return tool;
}

}  // namespace yoke
