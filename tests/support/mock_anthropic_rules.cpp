#include <algorithm>
#include <cctype>

#include "tests/support/mock_anthropic.h"

namespace yoke::testing {
namespace {

using Names = std::vector<std::string>;

bool is_wire_name(const std::string& name, std::size_t most) {
  return !name.empty() && name.size() <= most &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

std::string unknown_key(const Json& object, const Names& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return key;
  }
  return {};
}

bool is_thinking(const Json& block) {
  const std::string type = string_at(block, "type");
  return type == "thinking" || type == "redacted_thinking";
}

bool has_block(const Json& message, std::string_view type) {
  const Json& content = member_at(message, "content");
  if (!content.is_array()) return false;
  return std::any_of(content.begin(), content.end(),
                     [type](const Json& block) { return string_at(block, "type") == type; });
}

// "thinking": {"type": "enabled"}: then a turn with calls must begin with its thinking.
bool demands_thinking(const Json& request) {
  return string_at(member_at(request, "thinking"), "type") == "enabled";
}

std::string check_thinking_config(const Json& request) {
  const std::string type = string_at(member_at(request, "thinking"), "type");
  if (type.empty() || type == "disabled") return {};
  if (request.contains("temperature") && number_at(request, "temperature") != 1) {
    return "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.";
  }
  if (type != "enabled") return {};
  const std::int64_t budget = integer_at(request["thinking"], "budget_tokens");
  if (budget < 1024) {
    return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
  }
  if (integer_at(request, "max_tokens") <= budget) {
    return "`max_tokens` must be greater than `thinking.budget_tokens`.";
  }
  return {};
}

std::string check_schema(const Json& schema) {
  if (!schema.is_object()) return {};
  if (string_at(schema, "type") == "object" && member_at(schema, "additionalProperties") != false) {
    return "output_config.format.schema: For 'object' type, 'additionalProperties' must be "
           "explicitly set to false";
  }
  for (const char* key : {"minimum", "maximum", "minLength", "maxLength", "maxItems", "oneOf"}) {
    if (schema.contains(key)) {
      return std::string("output_config.format.schema: property '") + key + "' is not supported";
    }
  }
  for (const auto& [name, property] : member_at(schema, "properties").items()) {
    const std::string wrong = check_schema(property);
    if (!wrong.empty()) return wrong;
  }
  return check_schema(member_at(schema, "items"));
}

std::string check_output(const Json& request) {
  const Json& config = member_at(request, "output_config");
  const std::string unknown = unknown_key(config, {"effort", "format"});
  if (!unknown.empty()) return "output_config." + unknown + ": Extra inputs are not permitted";
  const Json& format = member_at(config, "format");
  if (format.is_null()) return {};
  if (string_at(format, "type") != "json_schema") {
    return "output_config.format.type: Input should be 'json_schema'";
  }
  if (!member_at(format, "schema").is_object()) {
    return "output_config.format.schema: Field required";
  }
  return check_schema(format["schema"]);
}

std::string check_parameters(const Json& request) {
  static const Names kKnown{"model",        "messages",      "max_tokens",    "system", "tools",
                            "tool_choice",  "stream",        "temperature",   "top_p",  "top_k",
                            "thinking",     "metadata",      "output_config", "speed",  "container",
                            "service_tier", "cache_control", "stop_sequences"};
  const std::string unknown = unknown_key(request, kKnown);
  if (!unknown.empty()) return unknown + ": Extra inputs are not permitted";
  for (const char* needed : {"model", "max_tokens", "messages"}) {
    if (!request.contains(needed)) return std::string(needed) + ": Field required";
  }
  if (!request["max_tokens"].is_number_integer()) {
    return "max_tokens: Input should be a valid integer";
  }
  if (integer_at(request, "max_tokens") < 1) {
    return "max_tokens: Input should be greater than or equal to 1";
  }
  if (number_at(request, "temperature") > 1) return "temperature: range: 0..1";
  const Json& messages = request["messages"];
  if (!messages.is_array()) return "messages: Input should be a valid list";
  if (messages.empty()) return "messages: at least one message is required";
  std::string wrong = check_thinking_config(request);
  if (wrong.empty()) wrong = check_output(request);
  return wrong;
}

std::string check_tools(const Json& request) {
  const Json& tools = member_at(request, "tools");
  std::set<std::string> names;
  for (std::size_t at = 0; at < tools.size(); ++at) {
    const Json& tool = tools[at];
    const std::string place = "tools." + std::to_string(at) + ".custom.";
    const std::string unknown = unknown_key(
        tool, {"name", "description", "input_schema", "cache_control", "type", "strict"});
    if (!unknown.empty()) return place + unknown + ": Extra inputs are not permitted";
    const std::string name = string_at(tool, "name");
    if (!is_wire_name(name, 128)) {
      return place + "name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'";
    }
    if (!names.insert(name).second) return "tools: Tool names must be unique.";
    if (string_at(member_at(tool, "input_schema"), "type") != "object") {
      return place + "input_schema.type: Field required";
    }
  }
  return {};
}

std::string check_image(const Json& source, const std::string& place) {
  static const Names kTypes{"image/jpeg", "image/png", "image/gif", "image/webp"};
  const std::string type = string_at(source, "type");
  if (type == "url") {
    return string_at(source, "url").starts_with("http") ? "" : place + "url: Field required";
  }
  if (type != "base64") return place + "type: Input tag should be 'base64' or 'url'";
  if (std::find(kTypes.begin(), kTypes.end(), string_at(source, "media_type")) == kTypes.end()) {
    return place +
           "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or "
           "'image/webp'";
  }
  return string_at(source, "data").empty() ? place + "data: Field required" : std::string();
}

struct BlockRule {
  std::string_view type;
  std::string_view role;  // the only one that may say it; empty: either
  Names keys;
};

const std::vector<BlockRule>& block_rules() {
  static const std::vector<BlockRule> kRules{
      {"text", "", {"type", "text", "cache_control", "citations"}},
      {"image", "user", {"type", "source", "cache_control"}},
      {"thinking", "assistant", {"type", "thinking", "signature"}},
      {"redacted_thinking", "assistant", {"type", "data"}},
      {"tool_use", "assistant", {"type", "id", "name", "input", "cache_control", "caller"}},
      {"server_tool_use", "assistant", {"type", "id", "name", "input", "cache_control", "caller"}},
      {"tool_result", "user", {"type", "tool_use_id", "content", "is_error", "cache_control"}},
  };
  return kRules;
}

std::string check_block(const Json& block, const std::string& role, const std::string& place) {
  const std::string type = string_at(block, "type");
  const auto& rules = block_rules();
  const auto rule =
      std::find_if(rules.begin(), rules.end(), [&](const auto& one) { return one.type == type; });
  if (rule == rules.end() || (!rule->role.empty() && rule->role != role)) {
    return place + ": Input tag '" + type +
           "' found using 'type' does not match any of the "
           "expected tags";
  }
  const std::string inside = place + "." + type + ".";
  const std::string unknown = unknown_key(block, rule->keys);
  if (!unknown.empty()) return inside + unknown + ": Extra inputs are not permitted";
  if (type == "text" &&
      string_at(block, "text").find_first_not_of(" \n\t\r") == std::string::npos) {
    return "messages: text content blocks must contain non-whitespace text";
  }
  if (type == "image") return check_image(member_at(block, "source"), inside + "source.");
  if (type == "thinking" && !member_at(block, "signature").is_string()) {
    return inside + "signature: Field required";
  }
  if (type != "tool_use") return {};
  if (!is_wire_name(string_at(block, "id"), 200)) {
    return inside + "id: String should match pattern '^[a-zA-Z0-9_-]+$'";
  }
  if (!is_wire_name(string_at(block, "name"), 200)) return inside + "name: Field required";
  if (!member_at(block, "input").is_object()) {
    return inside + "input: Input should be a valid dictionary";
  }
  return {};
}

std::string check_content(const Json& message, const std::string& place) {
  const Json& content = member_at(message, "content");
  const std::string role = string_at(message, "role");
  if (content.is_string() && !content.get_ref<const std::string&>().empty()) return {};
  if (!content.is_array() || content.empty()) {
    return place +
           ": all messages must have non-empty content except for the optional final assistant "
           "message";
  }
  for (std::size_t at = 0; at < content.size(); ++at) {
    const std::string wrong =
        check_block(content[at], role, place + ".content." + std::to_string(at));
    if (!wrong.empty()) return wrong;
  }
  return {};
}

// Roles take turns, and every call has its result at the beginning of the next message.
class Dialogue {
 public:
  std::string next(const Json& message, std::size_t at) {
    const std::string place = "messages." + std::to_string(at);
    const std::string role = string_at(message, "role");
    if (role != "user" && role != "assistant") {
      return place + ".role: Input should be 'user' or 'assistant'";
    }
    if (at == 0 && role != "user") return "messages: first message must use the \"user\" role";
    if (role == last_role_) {
      return "messages: roles must alternate between \"user\" and \"assistant\", but found "
             "multiple \"" +
             role + "\" roles in a row";
    }
    last_role_ = role;
    std::string wrong = check_content(message, place);
    if (wrong.empty() && role == "user") wrong = results(message, at);
    if (wrong.empty() && role == "assistant") wrong = calls(message, place);
    return wrong;
  }

  std::string end() const { return open_.empty() ? "" : unanswered(last_); }

 private:
  std::string calls(const Json& message, const std::string& place) {
    last_ = 0;
    if (!message["content"].is_array()) return {};
    for (const Json& block : message["content"]) {
      if (string_at(block, "type") != "tool_use") continue;
      open_.insert(string_at(block, "id"));
      if (!ids_.insert(string_at(block, "id")).second) {
        return place + ": `tool_use` ids must be unique";
      }
    }
    last_ = std::stoul(place.substr(place.find('.') + 1));
    return {};
  }

  std::string results(const Json& message, std::size_t at) {
    bool leading = true;
    std::size_t position = 0;
    if (message["content"].is_array()) {
      for (const Json& block : message["content"]) {
        const bool result = string_at(block, "type") == "tool_result";
        leading = leading && result;
        const std::string id = string_at(block, "tool_use_id");
        if (result && leading && open_.erase(id) == 1) {
          ++position;
          continue;
        }
        if (result && leading) {
          return "messages." + std::to_string(at) + ".content." + std::to_string(position) +
                 ": unexpected `tool_use_id` found in `tool_result` blocks: " + id +
                 ". Each `tool_result` block must have a corresponding `tool_use` block in the "
                 "previous message.";
        }
      }
    }
    return open_.empty() ? "" : unanswered(last_);
  }

  std::string unanswered(std::size_t at) const {
    return "messages." + std::to_string(at) +
           ": `tool_use` ids were found without `tool_result` blocks immediately after: " +
           *open_.begin() +
           ". Each `tool_use` block must have a corresponding `tool_result` block in the next "
           "message.";
  }

  std::string last_role_;
  std::set<std::string> open_;
  std::set<std::string> ids_;
  std::size_t last_ = 0;
};

// The thinking blocks of one assistant message.
std::string check_thinking(const Json& content, std::size_t at, bool in_loop, bool demanded,
                           const AnthropicMemory& memory) {
  const std::string place = "messages." + std::to_string(at);
  std::vector<std::string> given;
  std::vector<std::string> wanted;
  bool has_calls = false;
  for (std::size_t block = 0; block < content.size(); ++block) {
    if (is_thinking(content[block])) {
      given.push_back(to_text(content[block]));
      if (memory.thinking.contains(given.back())) continue;
      return place + ".content." + std::to_string(block) +
             ": Invalid `signature` in `thinking` block";
    }
    if (string_at(content[block], "type") != "tool_use") continue;
    has_calls = true;
    const auto known = memory.thinking_of_call.find(string_at(content[block], "id"));
    if (known != memory.thinking_of_call.end()) wanted = known->second;
  }
  const std::string first = string_at(content.front(), "type");
  if (!given.empty() && !is_thinking(content.front())) {
    return place +
           ".content.0: If an assistant message contains any thinking blocks, the first block must "
           "be `thinking` or `redacted_thinking`. Found `" +
           first + "`.";
  }
  if (is_thinking(content.back())) {
    return place + ": The final block in an assistant message cannot be `thinking`.";
  }
  if (!in_loop || !has_calls) return {};
  if (demanded && given.empty()) {
    return place + ".content.0.type: Expected `thinking` or `redacted_thinking`, but found `" +
           first +
           "`. When `thinking` is enabled, a final `assistant` message must start with a thinking "
           "block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).";
  }
  if (demanded && given != wanted) {
    return place +
           ".content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message "
           "cannot be modified. These blocks must remain as they were in the original response.";
  }
  return {};
}

std::string check_all_thinking(const Json& request, const AnthropicMemory& memory) {
  const Json& messages = request["messages"];
  std::size_t loop_begin = messages.size();
  while (loop_begin > 0) {
    const Json& message = messages[loop_begin - 1];
    if (string_at(message, "role") == "user" && !has_block(message, "tool_result")) break;
    --loop_begin;
  }
  for (std::size_t at = 0; at < messages.size(); ++at) {
    const Json& content = messages[at]["content"];
    if (string_at(messages[at], "role") != "assistant" || !content.is_array()) continue;
    const std::string wrong =
        check_thinking(content, at, at >= loop_begin, demands_thinking(request), memory);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

int marks_in(const Json& value) {
  int marks = 0;
  if (value.is_object()) marks += value.contains("cache_control");
  if (value.is_structured()) {
    for (const Json& one : value) marks += marks_in(one);
  }
  return marks;
}

std::string check_messages(const Json& request, const AnthropicMemory& memory) {
  Dialogue dialogue;
  const Json& messages = request["messages"];
  for (std::size_t at = 0; at < messages.size(); ++at) {
    const std::string wrong = dialogue.next(messages[at], at);
    if (!wrong.empty()) return wrong;
  }
  std::string wrong = dialogue.end();
  if (wrong.empty()) wrong = check_all_thinking(request, memory);
  if (!wrong.empty()) return wrong;
  if (string_at(messages.back(), "role") == "assistant" && !memory.paused) {
    return "This model does not support assistant message prefill. The conversation must end with "
           "a user message.";
  }
  const int marks = marks_in(request);
  if (marks > 4) {
    return "A maximum of 4 blocks with cache_control may be provided. Found " +
           std::to_string(marks) + ".";
  }
  return {};
}

}  // namespace

std::optional<VendorRefusal> anthropic_refusal(const MockRequest& raw, const Json& request,
                                               const AnthropicMemory& memory) {
  if (raw.target != "/v1/messages" || raw.method != "POST") {
    return VendorRefusal{404, "", "Not Found"};
  }
  const auto version = raw.headers.find("anthropic-version");
  if (version == raw.headers.end() || version->second != "2023-06-01") {
    return VendorRefusal{400, "", "anthropic-version: header is required"};
  }
  std::string wrong = check_parameters(request);
  if (wrong.empty()) wrong = check_tools(request);
  if (wrong.empty()) wrong = check_messages(request, memory);
  if (wrong.empty()) return std::nullopt;
  return VendorRefusal{400, "", wrong};
}

}  // namespace yoke::testing
