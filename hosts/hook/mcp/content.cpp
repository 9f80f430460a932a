#include "hosts/hook/mcp/content.h"

#include <algorithm>
#include <array>

#include "hosts/app/segment.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::array<std::string_view, 5> kBlocks = {"text", "image", "audio", "resource",
                                                     "resource_link"};

bool is_block(const Json& value) {
  const std::string type = string_at(value, "type");
  if (std::find(kBlocks.begin(), kBlocks.end(), type) == kBlocks.end()) return false;
  if (type == "text") return member_at(value, "text").is_string();
  if (type == "resource") return member_at(member_at(value, "resource"), "uri").is_string();
  if (type == "resource_link") return member_at(value, "uri").is_string();
  return member_at(value, "data").is_string() && member_at(value, "mimeType").is_string();
}

// Its blocks, where a value says itself what it is made of; else null.
const Json& blocks_of(const Json& output) {
  static const Json kNone = nullptr;
  const Json& blocks = member_at(output, "content");
  if (!blocks.is_array() || blocks.empty()) return kNone;
  return std::all_of(blocks.begin(), blocks.end(), is_block) ? blocks : kNone;
}

Json text_block(const std::string& text) { return Json{{"type", "text"}, {"text", text}}; }

Json user_message_of(Json block) { return Json{{"role", "user"}, {"content", std::move(block)}}; }

bool is_message(const Json& value) {
  const std::string role = string_at(value, "role");
  return (role == "user" || role == "assistant") && is_block(member_at(value, "content"));
}

}  // namespace

Json tool_result(const std::string& text, const Json& output) {
  const Json& blocks = blocks_of(output);
  if (!blocks.is_null()) {
    Json result{{"content", blocks}};
    const Json& structured = member_at(output, "structuredContent");
    if (structured.is_object()) result["structuredContent"] = structured;
    if (bool_at(output, "isError")) result["isError"] = true;
    return result;
  }
  Json result{{"content", Json::array({text_block(text)})}};
  if (output.is_object()) result["structuredContent"] = output;
  return result;
}

Json tool_error(const std::string& message) {
  return Json{{"content", Json::array({text_block(message)})}, {"isError", true}};
}

Json prompt_result(const std::string& text, const Json& output, const std::string& description) {
  Json result = Json::object();
  if (!description.empty()) result["description"] = description;
  const Json& messages = member_at(output, "messages");
  const bool ready = messages.is_array() && !messages.empty() &&
                     std::all_of(messages.begin(), messages.end(), is_message);
  if (ready) {
    result["messages"] = messages;
    return result;
  }
  result["messages"] = Json::array();
  const Json& blocks = blocks_of(output);
  for (const Json& block : blocks) result["messages"].push_back(user_message_of(block));
  if (blocks.is_null()) result["messages"].push_back(user_message_of(text_block(text)));
  return result;
}

Json resource_result(const std::string& uri, const std::string& mime, const std::string& text,
                     const Json& output) {
  Json content{{"uri", uri}};
  const bool has_blob = member_at(output, "blob").is_string();
  const bool has_text = member_at(output, "text").is_string();
  const std::string usual =
      output.is_string() || output.is_null() ? "text/plain" : "application/json";
  content["mimeType"] = string_at(output, "mimeType", mime.empty() ? usual : mime);
  if (has_blob) {
    content["blob"] = output["blob"];
  } else {
    content["text"] = has_text ? string_at(output, "text") : text;
  }
  return Json{{"contents", Json::array({std::move(content)})}};
}

std::optional<Json> match_template(std::string_view pattern, std::string_view uri) {
  Json found = Json::object();
  while (!pattern.empty()) {
    if (pattern.front() != '{') {
      if (uri.empty() || uri.front() != pattern.front()) return std::nullopt;
      pattern.remove_prefix(1);
      uri.remove_prefix(1);
      continue;
    }
    const std::size_t end = pattern.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string name(pattern.substr(1, end - 1));
    pattern.remove_prefix(end + 1);
    const std::size_t length = std::min(uri.find('/'), uri.size());
    const std::size_t stop =
        pattern.empty() ? length : std::min(uri.substr(0, length).find(pattern.front()), length);
    if (stop == 0) return std::nullopt;
    const Result<std::string> value = from_segment(uri.substr(0, stop));
    if (!value) return std::nullopt;
    found[name] = *value;
    uri.remove_prefix(stop);
  }
  if (!uri.empty()) return std::nullopt;
  return found;
}

}  // namespace yoke::mcp_hook
