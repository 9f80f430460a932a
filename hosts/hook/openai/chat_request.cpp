#include "hosts/hook/openai/chat_request.h"

#include "hosts/hook/openai/call_ids.h"
#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

class Reader {
 public:
  explicit Reader(const Json& body) : fields_(body) {}

  Checked<Ask> read();

 private:
  void read_messages();
  void read_message(const Json& item, const std::string& path);
  void read_assistant(const Json& item, const std::string& path);
  void read_call(const Json& item, const std::string& path, Message& message);
  void read_result(const Json& item, const std::string& path);
  void read_said(const Json& item, const std::string& path, Role role);
  void read_limits();
  void read_what_only_the_vendor_has();

  Fields fields_;
  Ask ask_;
};

Checked<Ask> Reader::read() {
  read_common(fields_, ask_);
  read_messages();
  read_tools(fields_, FunctionForm::nested, ask_);
  read_format(fields_, fields_.object("response_format"), "response_format", FunctionForm::nested,
              ask_);
  read_limits();
  read_what_only_the_vendor_has();
  fields_.refuse_rest();
  if (fields_.ok()) name_results(fields_, ask_.request, "messages");
  if (!fields_.ok()) return *fields_.problem();
  lift_instructions(ask_.request);
  if (ask_.request.messages.empty()) {
    return bad_param("messages", "'messages' has nothing that anybody says");
  }
  return std::move(ask_);
}

void Reader::read_messages() {
  const Json& messages = fields_.list("messages");
  if (!messages.is_array() || messages.empty()) {
    return fields_.refuse(bad_param("messages", "'messages' is required: at least one",
                                    "missing_required_parameter"));
  }
  for (std::size_t index = 0; index < messages.size() && fields_.ok(); ++index) {
    read_message(messages[index], "messages[" + std::to_string(index) + "]");
  }
}

void Reader::read_message(const Json& item, const std::string& path) {
  const std::string role = string_at(item, "role");
  if (role == "system" || role == "developer") return read_said(item, path, Role::system);
  if (role == "user") return read_said(item, path, Role::user);
  if (role == "assistant") return read_assistant(item, path);
  if (role == "tool") return read_result(item, path);
  fields_.refuse(bad_param(path + ".role", "'" + path +
                                               ".role' is system, developer, user, assistant or "
                                               "tool, not '" +
                                               shorten(printable(role), 40) + "'"));
}

void Reader::read_said(const Json& item, const std::string& path, Role role) {
  Message message;
  message.role = role;
  read_content(fields_, member_at(item, "content"), path + ".content", role == Role::user,
               message.parts);
  ask_.request.messages.push_back(std::move(message));
}

void Reader::read_assistant(const Json& item, const std::string& path) {
  Message message;
  message.role = Role::assistant;
  for (const char* key : {"reasoning_content", "reasoning"}) {
    const std::string thought = string_at(item, key);
    if (thought.empty()) continue;
    ReasoningPart part;
    part.text = thought;
    part.key = key;
    message.parts.emplace_back(std::move(part));
    break;
  }
  const Json& content = member_at(item, "content");
  if (!content.is_null()) {
    read_content(fields_, content, path + ".content", false, message.parts);
  }
  const std::string refusal = string_at(item, "refusal");
  if (!refusal.empty()) message.parts.emplace_back(RefusalPart{refusal});
  for (const char* gone : {"function_call", "audio"}) {
    if (member_at(item, gone).is_null()) continue;
    fields_.refuse(unsupported(path + "." + gone, "tool_calls and texts are taken"));
  }
  const Json& calls = member_at(item, "tool_calls");
  for (std::size_t index = 0; calls.is_array() && index < calls.size() && fields_.ok(); ++index) {
    read_call(calls[index], path + ".tool_calls[" + std::to_string(index) + "]", message);
  }
  ask_.request.messages.push_back(std::move(message));
}

void Reader::read_call(const Json& item, const std::string& path, Message& message) {
  const Json& function = member_at(item, "function");
  ToolCallPart call;
  call.id = string_at(item, "id");
  call.name = string_at(function, "name");
  if (call.id.empty() || call.name.empty()) {
    return fields_.refuse(bad_param(path, "'" + path + "' must have an id and a function's name"));
  }
  const std::string args = string_at(function, "arguments");
  Result<Json> parsed = parse_json(args.empty() ? "{}" : args);
  if (parsed && parsed->is_object()) {
    call.args = std::move(*parsed);
  } else {
    call.bad_args = args;
  }
  message.parts.emplace_back(std::move(call));
}

void Reader::read_result(const Json& item, const std::string& path) {
  ToolResultPart result;
  result.id = string_at(item, "tool_call_id");
  if (result.id.empty()) {
    return fields_.refuse(bad_param(path + ".tool_call_id",
                                    "'" + path + ".tool_call_id' is required",
                                    "missing_required_parameter"));
  }
  Message message;
  message.role = Role::tool;
  Message said;
  read_content(fields_, member_at(item, "content"), path + ".content", false, said.parts);
  result.content = text_of(said);
  message.parts.emplace_back(std::move(result));
  ask_.request.messages.push_back(std::move(message));
}

void Reader::read_limits() {
  const auto most = fields_.whole("max_completion_tokens", 1, kOutputTokensMost);
  const auto older = fields_.whole("max_tokens", 1, kOutputTokensMost);
  ask_.request.output_tokens_max = most.value_or(older.value_or(0));
  ask_.request.options.reasoning_effort = fields_.text("reasoning_effort");
  const Json& stream = fields_.object("stream_options");
  ask_.usage_chunk = bool_at(stream, "include_usage");
  if (!stream.is_null() && !ask_.stream) {
    fields_.refuse(bad_param("stream_options", "'stream_options' goes with 'stream': true"));
  }
}

// Refused where leaving it out would give another answer than the one that was asked for.
void Reader::read_what_only_the_vendor_has() {
  fields_.only("n", 1, "one answer is given; ask again for another");
  fields_.only("frequency_penalty", 0, "no other vendor has it");
  fields_.only("presence_penalty", 0, "no other vendor has it");
  fields_.only("logit_bias", Json::object(), "tokens differ from model to model");
  fields_.only("logprobs", false, "probabilities are not handed on");
  fields_.only("top_logprobs", 0, "probabilities are not handed on");
  fields_.only("modalities", Json::array({"text"}), "answers are texts");
  fields_.only("audio", nullptr, "answers are texts");
  fields_.only("web_search_options", nullptr, "give an agent a tool that searches");
  fields_.only("functions", Json::array(), "use 'tools'");
  fields_.only("function_call", nullptr, "use 'tool_choice'");
  fields_.only("moderation", nullptr, "nothing is moderated here");
  fields_.pass({"store", "prediction"});  // nothing that the answer shows
}

}  // namespace

Checked<Ask> read_chat(const Json& body) { return Reader(body).read(); }

}  // namespace yoke::openai
