#include "tests/support/mock_vendor.h"

namespace yoke::testing {
namespace {

VendorTurn talk(const std::string& tool, const std::string& result, const std::string& said) {
  VendorTurn turn;
  turn.thinking = {"Let me think."};
  if (!result.empty()) {
    turn.text = "The tool said: " + result;
  } else if (!tool.empty()) {
    turn.text = "I shall ask a tool.";
    turn.calls.push_back({"", tool, "{}"});
  } else {
    turn.text = "You said: " + said;
  }
  return turn;
}

const Json& first_of(const Json& list) {
  return list.is_array() && !list.empty() ? list.front() : member_at(list, "");
}

}  // namespace

VendorTurn anthropic_talk(const Json& request, int) {
  const Json& content = member_at(request.at("messages").back(), "content");
  std::string said = content.is_string() ? content.get<std::string>() : std::string();
  std::string result;
  if (content.is_array()) {
    for (const Json& block : content) {
      if (string_at(block, "type") == "tool_result") result = string_at(block, "content");
      if (string_at(block, "type") == "text") said = string_at(block, "text");
    }
  }
  return talk(string_at(first_of(member_at(request, "tools")), "name"), result, said);
}

VendorTurn gemini_talk(const Json& request, int) {
  const Json& tool = first_of(member_at(request, "tools"));
  std::string said;
  std::string result;
  for (const Json& part : request.at("contents").back().at("parts")) {
    const Json& response = member_at(part, "functionResponse");
    if (!response.is_null()) result = to_text(member_at(response, "response"));
    if (part.contains("text")) said = string_at(part, "text");
  }
  return talk(string_at(first_of(member_at(tool, "functionDeclarations")), "name"), result, said);
}

}  // namespace yoke::testing
