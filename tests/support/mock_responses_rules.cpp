#include <algorithm>
#include <cctype>
#include <set>

#include "tests/support/mock_responses.h"

namespace yoke::testing {
namespace {

using Names = std::vector<std::string>;

std::string unknown_responses_name(const Json& object, const Names& known,
                                   const std::string& place) {
  if (!object.is_object()) return "Invalid type for '" + place + "': expected an object.";
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return "Unknown parameter: '" + (place.empty() ? "" : place + ".") + key + "'.";
  }
  return {};
}

bool is_tool_name(const std::string& name) {
  if (name.empty() || name.size() > 64) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

std::string missing(const std::string& place) {
  return "Missing required parameter: '" + place + "'.";
}

bool is_closed(const Json& schema) {
  const Json& more = member_at(schema, "additionalProperties");
  if (!more.is_boolean() || more.get<bool>()) return false;
  const std::size_t required = member_at(schema, "required").size();
  return member_at(schema, "properties").size() == required;
}

std::string check_responses_tools(const Json& tools) {
  for (std::size_t at = 0; at < tools.size(); ++at) {
    const Json& tool = tools[at];
    const std::string place = "tools[" + std::to_string(at) + "]";
    if (string_at(tool, "type") != "function") continue;
    std::string wrong = unknown_responses_name(
        tool, {"type", "name", "description", "parameters", "strict"}, place);
    if (!wrong.empty()) return wrong;
    const std::string name = string_at(tool, "name");
    if (!is_tool_name(name)) {
      return "Invalid '" + place +
             ".name': string does not match pattern. Expected a string that matches the pattern "
             "'^[a-zA-Z0-9_-]+$'.";
    }
    // It is strict unless it says that it is not.
    const bool strict = !tool.contains("strict") || bool_at(tool, "strict");
    if (strict && !is_closed(member_at(tool, "parameters"))) {
      return "Invalid schema for function '" + name +
             "': In context=(), 'additionalProperties' is required to be supplied and to be false.";
    }
  }
  return {};
}

std::string check_format(const Json& format) {
  if (format.is_null() || string_at(format, "type") != "json_schema") return {};
  std::string wrong = unknown_responses_name(
      format, {"type", "name", "description", "schema", "strict"}, "text.format");
  if (!wrong.empty()) return wrong;
  if (string_at(format, "name").empty()) return missing("text.format.name");
  if (!member_at(format, "schema").is_object()) return missing("text.format.schema");
  if (!bool_at(format, "strict") || is_closed(format["schema"])) return {};
  return "Invalid schema for response_format '" + string_at(format, "name") +
         "': In context=(), 'additionalProperties' is required to be supplied and to be false.";
}

std::string check_responses_top(const Json& request) {
  std::string wrong = unknown_responses_name(
      request,
      {"model", "input", "instructions", "tools", "tool_choice", "text", "include",
       "max_output_tokens", "temperature", "top_p", "prompt_cache_key", "stream", "store",
       "reasoning", "parallel_tool_calls", "metadata", "service_tier", "truncation"},
      "");
  if (!wrong.empty()) return wrong;
  if (string_at(request, "model").empty()) return missing("model");
  if (string_at(request, "prompt_cache_key").size() > 64) {
    return "Invalid 'prompt_cache_key': string too long. Expected a string with maximum length 64.";
  }
  const bool ciphers =
      to_text(member_at(request, "include")).find("encrypted") != std::string::npos;
  if (ciphers && string_at(request, "model").starts_with("gpt-4")) {
    return "Encrypted content is not supported with this model.";
  }
  wrong = check_responses_tools(member_at(request, "tools"));
  if (!wrong.empty()) return wrong;
  return check_format(member_at(member_at(request, "text"), "format"));
}

std::string check_message(const Json& item, const std::string& place) {
  std::string wrong =
      unknown_responses_name(item, {"type", "role", "content", "phase", "id", "status"}, place);
  if (!wrong.empty()) return wrong;
  const bool own = string_at(item, "role") == "assistant";
  const Names fit =
      own ? Names{"output_text", "refusal"} : Names{"input_text", "input_image", "input_file"};
  const Json& content = member_at(item, "content");
  if (!content.is_array() || content.empty()) return missing(place + ".content");
  for (const Json& part : content) {
    const std::string type = string_at(part, "type");
    if (std::find(fit.begin(), fit.end(), type) != fit.end()) continue;
    return "Invalid value: '" + type + "'. Supported values are: '" + fit[0] + "' and '" + fit[1] +
           "'.";
  }
  return {};
}

std::string check_call(const Json& item, const std::string& place) {
  std::string wrong =
      unknown_responses_name(item, {"type", "call_id", "name", "arguments", "id", "status"}, place);
  if (!wrong.empty()) return wrong;
  const Json& args = member_at(item, "arguments");
  const bool json = args.is_string() && parse_json(args.get<std::string>()).has_value();
  if (!json) return "Invalid type for '" + place + ".arguments': expected a string of JSON.";
  if (!is_tool_name(string_at(item, "name"))) return "Invalid '" + place + ".name'.";
  const std::string id = string_at(item, "call_id");
  return id.empty() || id.size() > 64 ? "Invalid '" + place + ".call_id'." : "";
}

// What nobody but the vendor can read has to be what the vendor wrote.
std::string check_reasoning(const Json& item, const std::string& place,
                            const ResponsesMemory& memory) {
  std::string wrong = unknown_responses_name(
      item, {"type", "id", "summary", "encrypted_content", "content", "status"}, place);
  if (!wrong.empty()) return wrong;
  if (!member_at(item, "summary").is_array()) return missing(place + ".summary");
  const std::string cipher = string_at(item, "encrypted_content");
  if (cipher.empty()) {
    return "Item with id '" + string_at(item, "id") +
           "' not found. Items are not persisted when `store` is set to false. Try again with "
           "`store` set to true, or remove this item from your input.";
  }
  if (item.contains("content")) return "Unknown parameter: '" + place + ".content'.";
  const auto known = memory.item_of_cipher.find(cipher);
  if (known != memory.item_of_cipher.end() && known->second == to_text(item)) return {};
  return "The encrypted content " + cipher + " could not be verified.";
}

// Calls and their outputs pair up; a thought is followed by what it led to.
std::string check_order(const Json& input) {
  std::set<std::string> open;
  std::string thought;  // the id of one that nothing has followed yet
  for (const Json& item : input) {
    const std::string type = string_at(item, "type");
    const bool said_to = type == "message" && string_at(item, "role") != "assistant";
    if (!thought.empty() && (said_to || type == "function_call_output")) break;
    if (type == "function_call_output") {
      const std::string id = string_at(item, "call_id");
      if (open.erase(id) == 0) {
        return "No tool call found for function call output with call_id " + id + ".";
      }
    }
    if (type == "function_call") open.insert(string_at(item, "call_id"));
    if (said_to && !open.empty()) break;
    thought = type == "reasoning" ? string_at(item, "id") : "";
  }
  if (!thought.empty()) {
    return "Item '" + thought +
           "' of type 'reasoning' was provided without its required following item.";
  }
  return open.empty() ? "" : "No tool output found for function call " + *open.begin() + ".";
}

std::string check_input(const Json& input, const ResponsesMemory& memory) {
  if (!input.is_array() || input.empty()) return missing("input");
  for (std::size_t at = 0; at < input.size(); ++at) {
    const std::string place = "input[" + std::to_string(at) + "]";
    const std::string type = string_at(input[at], "type");
    std::string wrong;
    if (type == "message") {
      wrong = check_message(input[at], place);
    } else if (type == "function_call") {
      wrong = check_call(input[at], place);
    } else if (type == "function_call_output") {
      wrong = unknown_responses_name(input[at], {"type", "call_id", "output"}, place);
    } else if (type == "reasoning") {
      wrong = check_reasoning(input[at], place, memory);
    } else {
      wrong = "Invalid value: '" + type + "'.";
    }
    if (!wrong.empty()) return wrong;
  }
  return check_order(input);
}

}  // namespace

std::optional<VendorRefusal> responses_refusal(const MockRequest& raw, const Json& request,
                                               const ResponsesMemory& memory) {
  const std::string path = raw.target.substr(0, raw.target.find('?'));
  if (!path.ends_with("/responses")) return VendorRefusal{404, "", "Invalid URL"};
  std::string wrong = check_responses_top(request);
  if (wrong.empty()) wrong = check_input(member_at(request, "input"), memory);
  if (wrong.empty()) return std::nullopt;
  return VendorRefusal{400, "invalid_request_error", wrong};
}

}  // namespace yoke::testing
