#include <algorithm>
#include <array>
#include <set>

#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

using Names = std::vector<std::string>;

bool is_function_name(const std::string& name) {
  if (name.empty() || name.size() > 64) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

// The first key of `object` that is not among `known`; empty when all are.
std::string unknown_key(const Json& object, const Names& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return key;
  }
  return {};
}

std::string check_parameters(const Json& request) {
  static const Names kKnown{"model",
                            "messages",
                            "tools",
                            "tool_choice",
                            "stream",
                            "stream_options",
                            "max_tokens",
                            "max_completion_tokens",
                            "temperature",
                            "top_p",
                            "seed",
                            "response_format",
                            "stop",
                            "n",
                            "user",
                            "prompt_cache_key",
                            "reasoning_effort",
                            "parallel_tool_calls",
                            "metadata",
                            "store"};
  const std::string unknown = unknown_key(request, kKnown);
  if (!unknown.empty()) return "Unrecognized request argument supplied: " + unknown;
  if (string_at(request, "model").empty()) return "you must provide a model parameter";
  if (request.contains("stream_options") && !bool_at(request, "stream")) {
    return "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
  }
  const Json& messages = member_at(request, "messages");
  if (!messages.is_array() || messages.empty()) return "[] is too short - 'messages'";
  return {};
}

std::string check_tools(const Json& request) {
  std::set<std::string> names;
  const Json& tools = member_at(request, "tools");
  if (tools.is_null()) return {};
  if (!tools.is_array() || tools.empty()) return "[] is too short - 'tools'";
  for (const Json& tool : tools) {
    const Json& function = member_at(tool, "function");
    if (string_at(tool, "type") != "function") return "Invalid value for 'tools[].type'";
    const std::string unknown =
        unknown_key(function, {"name", "description", "parameters", "strict"});
    if (!unknown.empty()) return "Unknown parameter: 'tools[].function." + unknown + "'";
    const std::string name = string_at(function, "name");
    if (!is_function_name(name)) return "Invalid 'tools[].function.name': " + name;
    if (!names.insert(name).second) return "Duplicate function name: " + name;
    if (string_at(member_at(function, "parameters"), "type") != "object") {
      return "Invalid schema for function '" + name + "': schema must be of type 'object'";
    }
  }
  return {};
}

std::string check_call(const Json& call) {
  if (string_at(call, "id").empty()) return "Missing required parameter: 'tool_calls[].id'";
  if (string_at(call, "id").size() > 40) return "'tool_calls[].id': string too long";
  if (string_at(call, "type") != "function") return "Invalid 'tool_calls[].type'";
  const Json& function = member_at(call, "function");
  const std::string name = string_at(function, "name");
  if (!is_function_name(name)) return "Invalid 'tool_calls[].function.name': " + name;
  const Json& args = member_at(function, "arguments");
  if (!args.is_string()) return "'tool_calls[].function.arguments' must be a string";
  const Result<Json> parsed = parse_json(args.get<std::string>());
  if (!parsed || !parsed->is_object()) return "the arguments of '" + name + "' are no JSON object";
  return {};
}

std::string check_content(const Json& message, bool may_be_null) {
  const Json& content = member_at(message, "content");
  if (content.is_string()) return {};
  if (content.is_null()) return may_be_null ? "" : "Invalid value for 'content': expected a string";
  if (!content.is_array() || content.empty()) return "Invalid type for 'content'";
  for (const Json& item : content) {
    const std::string type = string_at(item, "type");
    if (type != "text" && type != "image_url" && type != "thinking") {
      return "Invalid value for 'content[].type': " + type;
    }
  }
  return {};
}

std::string check_assistant(const Json& message, const MockOpenAi::Options& options) {
  Names known{"role", "content", "refusal", "tool_calls", "name"};
  known.insert(known.end(), options.message_keys.begin(), options.message_keys.end());
  const bool thinks = options.wants_reasoning || options.refuses_old_reasoning;
  if (thinks) known.emplace_back("reasoning_content");
  const std::string unknown = unknown_key(message, known);
  if (!unknown.empty()) return "Additional properties are not allowed ('" + unknown + "')";
  const bool has_calls = message.contains("tool_calls");
  const std::string content = check_content(message, has_calls || message.contains("refusal"));
  if (!content.empty()) return content;
  if (!has_calls) return {};
  const Json& calls = message["tool_calls"];
  if (!calls.is_array() || calls.empty()) return "[] is too short - 'tool_calls'";
  for (const Json& call : calls) {
    const std::string wrong = check_call(call);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

// Between two user messages, once a tool was called, every assistant message carries its reasoning.
std::string check_turns_of_v4(const Json& messages, bool some) {
  bool called = false;
  bool missing = false;
  for (const Json& message : messages) {
    const std::string role = string_at(message, "role");
    if (role == "user") {
      called = false;
      missing = false;
    }
    if (role != "assistant") continue;
    called = called || message.contains("tool_calls");
    const Json& reasoning = member_at(message, "reasoning_content");
    missing = missing || !reasoning.is_string() ||
              (some && string_at(message, "reasoning_content").empty());
    if (called && missing) {
      return "The `reasoning_content` in the thinking mode must be passed back to the API.";
    }
  }
  return {};
}

std::string check_turns_of_r1(const Json& messages) {
  std::size_t last_user = 0;
  for (std::size_t at = 0; at < messages.size(); ++at) {
    if (string_at(messages[at], "role") == "user") last_user = at;
  }
  for (std::size_t at = 0; at < last_user; ++at) {
    if (!messages[at].contains("reasoning_content")) continue;
    return "The reasoning_content is an intermediate result for display purposes only and will not "
           "be included in the context for inference. Please remove it from your message to reduce "
           "network traffic.";
  }
  return {};
}

// DeepSeek answers with JSON only when the word is in the prompt, and never by a schema.
std::string check_deepseek_format(const Json& request) {
  const std::string type = string_at(member_at(request, "response_format"), "type");
  if (type == "json_schema") return "This response_format type is unavailable now";
  if (type != "json_object") return {};
  if (to_text(member_at(request, "messages")).find("JSON") != std::string::npos) return {};
  return "Prompt must contain the word 'json' in some form to use 'response_format' of type "
         "'json_object'.";
}

std::string check_deepseek(const Json& request, const MockOpenAi::Options& options) {
  const Json& messages = member_at(request, "messages");
  std::string wrong;
  if (options.wants_reasoning) wrong = check_turns_of_v4(messages, options.wants_some_reasoning);
  if (wrong.empty() && options.refuses_old_reasoning) wrong = check_turns_of_r1(messages);
  const bool deepseek = options.wants_reasoning || options.refuses_old_reasoning;
  if (wrong.empty() && deepseek) wrong = check_deepseek_format(request);
  return wrong;
}

std::string check_other(const Json& message, const std::string& role) {
  Names known{"role", "content", "name"};
  if (role == "tool") known = {"role", "content", "tool_call_id"};
  const std::string unknown = unknown_key(message, known);
  if (!unknown.empty()) return "Additional properties are not allowed ('" + unknown + "')";
  return check_content(message, false);
}

std::string unanswered(const std::set<std::string>& open) {
  if (open.empty()) return {};
  return "An assistant message with 'tool_calls' must be followed by tool messages responding to "
         "each 'tool_call_id'. The following tool_call_ids did not have response messages: " +
         *open.begin();
}

// Calls and results pair up, and nothing comes between them.
class Pairing {
 public:
  std::string next(const Json& message, const std::string& role) {
    if (role == "tool") {
      const std::string id = string_at(message, "tool_call_id");
      if (open_.erase(id) == 1) return {};
      return "messages with role 'tool' must be a response to a preceeding message with "
             "'tool_calls'.";
    }
    const std::string wrong = unanswered(open_);
    if (!wrong.empty()) return wrong;
    for (const Json& call : member_at(message, "tool_calls")) {
      if (!open_.insert(string_at(call, "id")).second) return "Duplicate tool call id";
    }
    return {};
  }
  std::string end() const { return unanswered(open_); }

 private:
  std::set<std::string> open_;
};

std::string check_messages(const Json& messages, const MockOpenAi::Options& options) {
  static constexpr std::array<std::string_view, 5> kRoles{"system", "developer", "user",
                                                          "assistant", "tool"};
  Pairing pairing;
  for (const Json& message : messages) {
    const std::string role = string_at(message, "role");
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
      return "Invalid value: '" + role + "'. Supported values are: 'system', 'assistant', 'user'";
    }
    const bool assistant = role == "assistant";
    std::string wrong = assistant ? check_assistant(message, options) : check_other(message, role);
    if (wrong.empty()) wrong = pairing.next(message, role);
    if (!wrong.empty()) return wrong;
  }
  return pairing.end();
}

}  // namespace

std::string violation_of(const Json& request, const MockOpenAi::Options& options) {
  std::string wrong = check_parameters(request);
  if (wrong.empty()) wrong = check_tools(request);
  if (wrong.empty()) wrong = check_messages(member_at(request, "messages"), options);
  if (wrong.empty()) wrong = check_deepseek(request, options);
  return wrong;
}

}  // namespace yoke::testing
