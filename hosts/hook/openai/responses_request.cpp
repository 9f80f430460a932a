#include "hosts/hook/openai/responses_request.h"

#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/openai/chat_request.h"
#include "hosts/hook/openai/tool_forms.h"
#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

class Reader {
 public:
  explicit Reader(const Json& body) : body_(body), fields_(body) {}

  Checked<ResponseAsk> read();

 private:
  void read_input();
  void read_item(const Json& item, const std::string& path);
  void read_message(const Json& item, const std::string& path);
  void read_call(const Json& item, const std::string& path);
  void read_result(const Json& item, const std::string& path);
  void read_reasoning(const Json& item);
  void read_conversation();
  void read_answer_form();
  void read_keeping();
  void read_what_only_the_vendor_has();
  void note_echo();
  void show_images();
  Message& assistant();  // the turn that the item belongs to

  const Json& body_;
  Fields fields_;
  ResponseAsk out_;
  Message images_;  // of results, that are yet to be shown
};

Checked<ResponseAsk> Reader::read() {
  read_common(fields_, out_.ask);
  out_.instructions = fields_.text("instructions");
  read_input();
  read_tools(fields_, FunctionForm::flat, out_.ask);
  read_answer_form();
  read_conversation();
  read_keeping();
  read_what_only_the_vendor_has();
  fields_.refuse_rest();
  if (!fields_.ok()) return *fields_.problem();
  note_echo();
  return std::move(out_);
}

void Reader::read_input() {
  const Json& input = fields_.any("input");
  std::vector<Message>& messages = out_.ask.request.messages;
  if (input.is_string()) {
    messages.push_back(user_message(input.get<std::string>()));
    return;
  }
  if (!input.is_array() || input.empty()) {
    return fields_.refuse(bad_param("input", "'input' is required: a text or an array of items",
                                    "missing_required_parameter"));
  }
  for (std::size_t index = 0; index < input.size() && fields_.ok(); ++index) {
    read_item(input[index], "input[" + std::to_string(index) + "]");
  }
  show_images();
}

void Reader::read_item(const Json& item, const std::string& path) {
  const std::string type = string_at(item, "type", "message");
  if (!type.ends_with("_call_output")) show_images();
  if (type == "message") return read_message(item, path);
  if (type == "function_call" || type == "custom_tool_call") return read_call(item, path);
  if (type == "function_call_output" || type == "custom_tool_call_output") {
    return read_result(item, path);
  }
  if (type == "reasoning") return read_reasoning(item);
  if (type == "item_reference") {
    return fields_.refuse(
        unsupported(path, "send the item itself, or name its response as 'previous_response_id'"));
  }
  fields_.refuse(unsupported(path,
                             "items are messages, calls of functions and custom tools, "
                             "their outputs and reasoning, not '" +
                                 shorten(printable(type), 40) + "'"));
}

// Behind all results that stand together: some vendors take nothing between them.
void Reader::show_images() {
  if (images_.parts.empty()) return;
  out_.ask.request.messages.push_back(std::exchange(images_, Message()));
}

Message& Reader::assistant() {
  std::vector<Message>& messages = out_.ask.request.messages;
  if (messages.empty() || messages.back().role != Role::assistant) {
    messages.emplace_back().role = Role::assistant;
  }
  return messages.back();
}

void Reader::read_message(const Json& item, const std::string& path) {
  const std::string role = string_at(item, "role");
  const Json& content = member_at(item, "content");
  if (role == "assistant") {
    return read_content(fields_, content, path + ".content", false, assistant().parts);
  }
  const bool system = role == "system" || role == "developer";
  if (!system && role != "user") {
    return fields_.refuse(bad_param(path + ".role", "'" + path +
                                                        ".role' is user, system, developer or "
                                                        "assistant, not '" +
                                                        shorten(printable(role), 40) + "'"));
  }
  Message message;
  message.role = system ? Role::system : Role::user;
  read_content(fields_, content, path + ".content", !system, message.parts);
  out_.ask.request.messages.push_back(std::move(message));
}

void Reader::read_call(const Json& item, const std::string& path) {
  ToolCallPart call;
  call.id = string_at(item, "call_id");
  call.name = offered_name(string_at(item, "namespace"), string_at(item, "name"));
  if (call.id.empty() || call.name.empty()) {
    return fields_.refuse(bad_param(path, "'" + path + "' must have a call_id and a name"));
  }
  if (string_at(item, "type") == "custom_tool_call") {
    call.args = custom_args(string_at(item, "input"));
    assistant().parts.emplace_back(std::move(call));
    return;
  }
  const std::string args = string_at(item, "arguments");
  Result<Json> parsed = parse_json(args.empty() ? "{}" : args);
  if (parsed && parsed->is_object()) {
    call.args = std::move(*parsed);
  } else {
    call.bad_args = args;
  }
  assistant().parts.emplace_back(std::move(call));
}

void Reader::read_result(const Json& item, const std::string& path) {
  ToolResultPart result;
  result.id = string_at(item, "call_id");
  if (result.id.empty()) {
    return fields_.refuse(bad_param(path + ".call_id", "'" + path + ".call_id' is required",
                                    "missing_required_parameter"));
  }
  Message said;
  read_content(fields_, member_at(item, "output"), path + ".output", true, said.parts);
  // As on Anthropic's wire: no other protocol has images in results, they follow it.
  for (Part& part : said.parts) {
    if (const auto* text = std::get_if<TextPart>(&part)) result.content += text->text;
    if (!std::holds_alternative<ImagePart>(part)) continue;
    result.content += "(an image, which follows)";
    images_.parts.push_back(std::move(part));
  }
  Message message;
  message.role = Role::tool;
  message.parts.emplace_back(std::move(result));
  out_.ask.request.messages.push_back(std::move(message));
}

// What it says is the vendor's to read; where it came from here, its mark says of which run.
void Reader::read_reasoning(const Json& item) {
  ReasoningPart part;
  for (const Json& each : member_at(item, "summary")) part.text += string_at(each, "text");
  part.key = "summary";
  const auto run = run_of_reasoning(string_at(item, "encrypted_content"));
  if (run) part.opaque = Opaque{kMarkOrigin, "run", *run};
  assistant().parts.emplace_back(std::move(part));
}

void Reader::read_conversation() {
  out_.previous = fields_.text("previous_response_id");
  const Json& conversation = fields_.any("conversation");
  out_.conversation =
      conversation.is_string() ? conversation.get<std::string>() : string_at(conversation, "id");
  if (!conversation.is_null() && out_.conversation.empty()) {
    fields_.refuse(bad_param("conversation", "'conversation' is an id, or an object with one"));
  }
  if (!out_.previous.empty() && !out_.conversation.empty()) {
    fields_.refuse(bad_param("previous_response_id",
                             "'previous_response_id' does not go with 'conversation': it has "
                             "what came before"));
  }
}

void Reader::read_answer_form() {
  const Json& text = fields_.object("text");
  read_format(fields_, member_at(text, "format"), "text.format", FunctionForm::flat, out_.ask);
  const Json& reasoning = fields_.object("reasoning");
  out_.ask.request.options.reasoning_effort = string_at(reasoning, "effort");
  const auto most = fields_.whole("max_output_tokens", 1, kOutputTokensMost);
  out_.ask.request.output_tokens_max = most.value_or(0);
}

void Reader::read_keeping() {
  out_.store = fields_.flag("store").value_or(true);
  out_.background = fields_.flag("background").value_or(false);
  if (out_.background && !out_.store) {
    fields_.refuse(bad_param("background",
                             "'background' goes with 'store': true, so that it can "
                             "be asked for"));
  }
  for (const Json& each : fields_.list("include")) {
    const std::string what = each.is_string() ? each.get<std::string>() : std::string();
    if (what == "reasoning.encrypted_content") {
      out_.encrypted_reasoning = true;
    } else if (what == "message.output_text.logprobs") {
      fields_.refuse(unsupported("include", "probabilities are not handed on"));
    }
  }
}

void Reader::read_what_only_the_vendor_has() {
  fields_.only("prompt", nullptr, "send the text itself");
  fields_.only("top_logprobs", 0, "probabilities are not handed on");
  fields_.only("context_management", nullptr, "the conversation goes to the model as it is");
  fields_.only("moderation", nullptr, "nothing is moderated here");
  fields_.only("stop", nullptr, "this protocol has none; Chat Completions has");
  // Of tools that run at the vendor's, of which there are none; of the bytes of a stream.
  // What a client notes for its own vendor's statistics.
  fields_.pass({"max_tool_calls", "truncation", "stream_options", "client_metadata"});
}

void Reader::note_echo() {
  for (const char* name : {"instructions", "max_output_tokens", "metadata", "parallel_tool_calls",
                           "previous_response_id", "reasoning", "temperature", "text",
                           "tool_choice", "tools", "top_p", "truncation"}) {
    const Json& value = member_at(body_, name);
    if (!value.is_null()) out_.echo[name] = value;
  }
}

}  // namespace

Checked<ResponseAsk> read_response(const Json& body) { return Reader(body).read(); }

}  // namespace yoke::openai
