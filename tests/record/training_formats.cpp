#include "tests/record/training_formats.h"

#include <algorithm>
#include <set>
#include <vector>

namespace yoke::testing {
namespace {

// The fields that differ between the two.
enum class Form { openai, trl };

bool is_text(const Json& value) { return value.is_string() && !value.get<std::string>().empty(); }

std::string other_field(const Json& value, const std::vector<std::string>& known) {
  if (!value.is_object()) return "no object";
  for (const auto& [name, member] : value.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) return "a field " + name;
  }
  return {};
}

// What vendors take as a function's name.
bool is_function_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

std::string wrong_with_tools(const Json& tools, std::set<std::string>& names) {
  if (!tools.is_array()) return "tools is no array";
  for (const Json& tool : tools) {
    if (const std::string other = other_field(tool, {"type", "function"}); !other.empty()) {
      return "a tool has " + other;
    }
    const Json& function = member_at(tool, "function");
    if (string_at(tool, "type") != "function") return "a tool is no function";
    const std::string other =
        other_field(function, {"name", "description", "parameters", "strict", "return"});
    if (!other.empty()) return "a function has " + other;
    if (!is_function_name(string_at(function, "name"))) return "a function has no proper name";
    if (!names.insert(string_at(function, "name")).second) return "two functions of one name";
    const Json& parameters = member_at(function, "parameters");
    const bool described = parameters.is_object() && string_at(parameters, "type") == "object";
    if (!parameters.is_null() && !described) return "parameters are no schema of an object";
  }
  return {};
}

// A conversation as it is read from its beginning.
class Conversation {
 public:
  Conversation(Form form, const std::set<std::string>& tools) : form_(form), tools_(tools) {}

  std::string wrong_with(const Json& message) {
    const std::string role = string_at(message, "role");
    if (role == "assistant") return wrong_with_reply(message);
    if (role == "tool") return wrong_with_result(message);
    if (!open_.empty()) return "a call has no result";
    if (role != "system" && role != "user") return "a role '" + role + "'";
    if (role == "system" && count_ > 0) return "a system message that is not the first";
    ++count_;
    last_ = role;
    const std::string other = other_field(message, {"role", "content"});
    if (!other.empty()) return role + " has " + other;
    return is_text(member_at(message, "content")) ? "" : role + " says nothing";
  }
  const std::string& last() const { return last_; }
  bool is_open() const { return !open_.empty(); }

 private:
  std::string wrong_with_reply(const Json& message) {
    if (!open_.empty()) return "a call has no result";
    if (count_ == 0) return "it begins with a reply";
    ++count_;
    last_ = "assistant";
    const std::string other = other_field(message, {"role", "content", "tool_calls"});
    if (!other.empty()) return "a reply has " + other;
    const Json& content = member_at(message, "content");
    if (!content.is_null() && !content.is_string()) return "a reply's content is no text";
    if (!message.contains("tool_calls")) return is_text(content) ? "" : "a reply says nothing";
    const Json& calls = message["tool_calls"];
    if (!calls.is_array() || calls.empty()) return "tool_calls without a call";
    for (const Json& call : calls) {
      const std::string wrong = wrong_with_call(call);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }
  std::string wrong_with_call(const Json& call) {
    const bool openai = form_ == Form::openai;
    const std::vector<std::string> fields = openai
                                                ? std::vector<std::string>{"id", "type", "function"}
                                                : std::vector<std::string>{"type", "function"};
    if (const std::string other = other_field(call, fields); !other.empty()) {
      return "a call has " + other;
    }
    if (string_at(call, "type") != "function") return "a call of no function";
    const Json& function = member_at(call, "function");
    if (const std::string other = other_field(function, {"name", "arguments"}); !other.empty()) {
      return "a call's function has " + other;
    }
    const std::string name = string_at(function, "name");
    if (tools_.count(name) == 0) return "a call of '" + name + "', which is not among the tools";
    const Json& arguments = member_at(function, "arguments");
    if (openai) {
      const Result<Json> parsed = arguments.is_string()
                                      ? parse_json(arguments.get<std::string>())
                                      : Result<Json>(Error{Errc::invalid, "no text"});
      if (!parsed || !parsed->is_object()) return "arguments are no text of an object";
      if (!is_text(member_at(call, "id"))) return "a call without an id";
    } else if (!arguments.is_object()) {
      return "arguments are no object";
    }
    open_.push_back(openai ? string_at(call, "id") : name);
    return {};
  }
  std::string wrong_with_result(const Json& message) {
    const char* names_it = form_ == Form::openai ? "tool_call_id" : "name";
    const std::string other = other_field(message, {"role", "content", names_it});
    if (!other.empty()) return "a result has " + other;
    if (!member_at(message, "content").is_string()) return "a result's content is no text";
    const auto of = std::find(open_.begin(), open_.end(), string_at(message, names_it));
    if (of == open_.end()) return "a result of no call";
    open_.erase(of);
    ++count_;
    last_ = "tool";
    return {};
  }

  const Form form_;
  const std::set<std::string>& tools_;
  std::vector<std::string> open_;  // calls without a result yet
  std::string last_;
  int count_ = 0;
};

std::string wrong_with_messages(Conversation& talk, const Json& messages) {
  if (!messages.is_array() || messages.empty()) return "there are no messages";
  for (const Json& message : messages) {
    const std::string wrong = talk.wrong_with(message);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string wrong_with_sft(const Json& line, Form form) {
  std::vector<std::string> fields = {"messages", "tools"};
  if (form == Form::openai) fields.push_back("parallel_tool_calls");
  if (const std::string other = other_field(line, fields); !other.empty()) return other;
  std::set<std::string> tools;
  if (line.contains("tools")) {
    const std::string wrong = wrong_with_tools(line["tools"], tools);
    if (!wrong.empty()) return wrong;
    if (tools.empty()) return "tools without a tool";
  }
  const bool says_parallel = line.contains("parallel_tool_calls");
  if (says_parallel && !line["parallel_tool_calls"].is_boolean()) return "parallel_tool_calls";
  if (says_parallel && tools.empty()) return "parallel_tool_calls without tools";
  Conversation talk(form, tools);
  const std::string wrong = wrong_with_messages(talk, member_at(line, "messages"));
  if (!wrong.empty()) return wrong;
  return talk.last() == "assistant" && !talk.is_open() ? "" : "it does not end with an answer";
}

// One reply each, which differ, to one prompt.
std::string wrong_with_pair(const Json& prompt, const std::set<std::string>& tools,
                            const Json& better, const Json& worse, Form form) {
  Conversation talk(form, tools);
  const std::string wrong = wrong_with_messages(talk, prompt);
  if (!wrong.empty()) return wrong;
  if (talk.last() == "assistant" || talk.is_open()) return "the prompt is no prompt";
  for (const Json* reply : {&better, &worse}) {
    if (!reply->is_array() || reply->size() != 1) return "an output is not one message";
    if (string_at((*reply)[0], "role") != "assistant") return "an output is no reply";
    Conversation going_on = talk;
    const std::string slip = going_on.wrong_with((*reply)[0]);
    if (!slip.empty()) return slip;
  }
  return better == worse ? "both outputs are the same" : "";
}

}  // namespace

std::string wrong_for_openai_sft(const Json& line) { return wrong_with_sft(line, Form::openai); }
std::string wrong_for_trl_sft(const Json& line) { return wrong_with_sft(line, Form::trl); }

std::string wrong_for_openai_dpo(const Json& line) {
  const std::string other =
      other_field(line, {"input", "preferred_output", "non_preferred_output"});
  if (!other.empty()) return other;
  const Json& input = member_at(line, "input");
  const std::string more = other_field(input, {"messages", "tools", "parallel_tool_calls"});
  if (!more.empty()) return "input has " + more;
  if (!member_at(input, "parallel_tool_calls").is_boolean()) return "parallel_tool_calls";
  std::set<std::string> tools;
  const std::string wrong = wrong_with_tools(member_at(input, "tools"), tools);
  if (!wrong.empty()) return wrong;
  return wrong_with_pair(member_at(input, "messages"), tools, member_at(line, "preferred_output"),
                         member_at(line, "non_preferred_output"), Form::openai);
}

std::string wrong_for_trl_dpo(const Json& line) {
  const std::string other = other_field(line, {"prompt", "chosen", "rejected", "tools"});
  if (!other.empty()) return other;
  std::set<std::string> tools;
  if (line.contains("tools")) {
    const std::string wrong = wrong_with_tools(line["tools"], tools);
    if (!wrong.empty()) return wrong;
  }
  return wrong_with_pair(member_at(line, "prompt"), tools, member_at(line, "chosen"),
                         member_at(line, "rejected"), Form::trl);
}

}  // namespace yoke::testing
