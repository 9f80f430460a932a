#include "models/openai_chat/request.h"

#include "models/openai_chat/names.h"
#include "models/strict_schema.h"
#include "models/wire/openai_options.h"
#include "models/wire/reply_builder.h"
#include "models/wire/request_parts.h"
#include "runtime/base/hash.h"
#include "runtime/base/json_writer.h"
#include "runtime/base/text.h"

namespace yoke::openai_chat {
namespace {

constexpr std::size_t kCacheKeyCharsMax = 64;
constexpr std::string_view kNoSignature = "skip_thought_signature_validator";

class Encoder {
 public:
  Encoder(const ModelRequest& request, const ToolNames& names, const Profile& profile,
          const WireForm& form, std::string& out)
      : request_(request),
        names_(names),
        profile_(profile),
        form_(form),
        current_loop_(current_loop_begin(request)),
        writer_(out) {}

  void write();

 private:
  void write_instructions();
  void write_message(std::size_t index);
  void write_user(const Message& message, std::string_view role);
  void write_assistant(std::size_t index);
  void write_assistant_content(const Message& message);
  void write_thinking_items(const Message& message);
  void write_reasoning(std::size_t index);
  void write_own_images(const Message& message);
  void write_image(const ImagePart& image);
  void write_call(const ToolCallPart& call, bool first);
  void write_results(const Message& message);
  void write_seen(std::size_t index);
  void write_tools();
  void write_output_schema();
  void write_parameters();
  void write_options();

  SchemaForm schema_form() const;
  bool in_tool_turn(std::size_t index) const;
  bool is_own(const ReasoningPart& part) const;
  std::string reasoning_to_send(const Message& message, std::string& key) const;
  std::string call_id(const std::string& id) const;
  static std::size_t current_loop_begin(const ModelRequest& request);

  const ModelRequest& request_;
  const ToolNames& names_;
  const Profile& profile_;
  const WireForm& form_;
  const std::size_t current_loop_;  // index of the first message of the current tool loop
  JsonWriter writer_;
};

void Encoder::write() {
  writer_.open_object().member("model", form_.model);
  writer_.key("messages").open_array();
  write_instructions();
  for (std::size_t index = 0; index < request_.messages.size(); ++index) write_message(index);
  writer_.close_array();
  write_tools();
  write_output_schema();
  write_parameters();
  writer_.close_object();
}

void Encoder::write_instructions() {
  std::string text = request_.instructions;
  const bool by_words =
      schema_form() != SchemaForm::json_schema && !request_.output_schema.is_null();
  if (by_words) {
    text += text.empty() ? "" : "\n\n";
    text += "Answer with one JSON object that fits this JSON Schema: ";
    text += to_text(request_.output_schema);
  }
  if (text.empty()) return;
  writer_.open_object().member("role", "system").member("content", text).close_object();
}

// Where the turns after the last message of a person begin.
std::size_t Encoder::current_loop_begin(const ModelRequest& request) {
  std::size_t begin = request.messages.size();
  while (begin > 0 && request.messages[begin - 1].role != Role::user) --begin;
  return begin;
}

void Encoder::write_message(std::size_t index) {
  const Message& message = request_.messages[index];
  switch (message.role) {
    case Role::system:
      return write_user(message, "system");
    case Role::user:
      return write_user(message, "user");
    case Role::assistant:
      return write_assistant(index);
    case Role::tool:
      write_results(message);
      return write_seen(index);
  }
}

// A result holds text alone: what is to be seen follows all of them, as if it were the user's.
void Encoder::write_seen(std::size_t index) {
  const std::vector<SeenOfTool> all = seen_up_to(request_.messages, index);
  if (all.empty()) return;
  writer_.open_object().member("role", "user").key("content").open_array();
  for (const SeenOfTool& seen : all) {
    writer_.open_object().member("type", "text").member("text", seen.words).close_object();
    for (const ImagePart* image : seen.images) write_image(*image);
  }
  writer_.close_array().close_object();
}

void Encoder::write_user(const Message& message, std::string_view role) {
  writer_.open_object().member("role", role).key("content");
  if (!has_part<ImagePart>(message)) {
    writer_.text(text_of(message)).close_object();
    return;
  }
  writer_.open_array();
  for (const Part& part : message.parts) {
    if (const auto* text = std::get_if<TextPart>(&part)) {
      writer_.open_object().member("type", "text").member("text", text->text).close_object();
    }
    if (const auto* image = std::get_if<ImagePart>(&part)) write_image(*image);
  }
  writer_.close_array().close_object();
}

void Encoder::write_assistant(std::size_t index) {
  const Message& message = request_.messages[index];
  writer_.open_object().member("role", "assistant");
  write_assistant_content(message);
  write_reasoning(index);
  if (has_part<ToolCallPart>(message)) {
    bool first = true;
    writer_.key("tool_calls").open_array();
    for (const Part& part : message.parts) {
      const auto* call = std::get_if<ToolCallPart>(&part);
      if (call == nullptr) continue;
      write_call(*call, first);
      first = false;
    }
    writer_.close_array();
  }
  const bool is_beginning = form_.continues && index + 1 == request_.messages.size();
  if (is_beginning && profile_.go_on == GoOn::prefix) writer_.key("prefix").boolean(true);
  writer_.close_object();
  write_own_images(message);
}

// An image of the model's own has no place in its message: it is shown to it as one of ours.
void Encoder::write_own_images(const Message& message) {
  if (!has_part<ImagePart>(message)) return;
  if (has_part<ToolCallPart>(message)) return;  // nothing may come before the results
  writer_.open_object().member("role", "user").key("content").open_array();
  for (const Part& part : message.parts) {
    if (const auto* image = std::get_if<ImagePart>(&part)) write_image(*image);
  }
  writer_.close_array().close_object();
}

void Encoder::write_image(const ImagePart& image) {
  writer_.open_object().member("type", "image_url").key("image_url");
  writer_.open_object().member("url", image.url).close_object().close_object();
}

void Encoder::write_assistant_content(const Message& message) {
  bool by_items = false;
  for (const Part& part : message.parts) {
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning != nullptr && is_own(*reasoning)) by_items = true;
  }
  by_items = by_items && profile_.reasoning_back == ReasoningBack::array_content;
  writer_.key("content");
  if (by_items) {
    write_thinking_items(message);
  } else if (has_part<TextPart>(message) || !has_part<ToolCallPart>(message)) {
    writer_.text(text_of(message));
  } else {
    writer_.null();
  }
  for (const Part& part : message.parts) {
    const auto* refusal = std::get_if<RefusalPart>(&part);
    if (refusal == nullptr) continue;
    writer_.member("refusal", refusal->text);
    break;
  }
}

void Encoder::write_thinking_items(const Message& message) {
  writer_.open_array();
  for (const Part& part : message.parts) {
    if (const auto* text = std::get_if<TextPart>(&part)) {
      writer_.open_object().member("type", "text").member("text", text->text).close_object();
    }
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning == nullptr || !is_own(*reasoning)) continue;
    writer_.open_object().member("type", "thinking").key("thinking").open_array();
    writer_.open_object().member("type", "text").member("text", reasoning->text).close_object();
    writer_.close_array().key("closed").boolean(true).close_object();
  }
  writer_.close_array();
}

bool Encoder::is_own(const ReasoningPart& part) const {
  return part.opaque ? part.opaque->origin == form_.origin : !part.key.empty();
}

// The reasoning of a turn that may go back, and the key it came under.
std::string Encoder::reasoning_to_send(const Message& message, std::string& key) const {
  std::string text;
  for (const Part& part : message.parts) {
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning == nullptr || !is_own(*reasoning)) continue;
    if (reasoning->key == kThinkTagKey || reasoning->key == kArrayContentKey) continue;
    text += reasoning->text;
    if (key.empty()) key = reasoning->key;
  }
  return text;
}

// Whether a tool was called between the messages of a person around this one.
bool Encoder::in_tool_turn(std::size_t index) const {
  const std::vector<Message>& messages = request_.messages;
  std::size_t at = index;
  while (at > 0 && messages[at - 1].role != Role::user) --at;
  for (; at < messages.size() && messages[at].role != Role::user; ++at) {
    if (has_part<ToolCallPart>(messages[at])) return true;
  }
  return false;
}

void Encoder::write_reasoning(std::size_t index) {
  const Message& message = request_.messages[index];
  const Profile& profile = profile_;
  bool required = profile.reasoning_back == ReasoningBack::every_turn;
  if (profile.reasoning_back == ReasoningBack::tool_turns) required = in_tool_turn(index);
  bool wanted = required || profile.reasoning_back == ReasoningBack::same_key;
  if (profile.reasoning_back == ReasoningBack::current_loop) wanted = index >= current_loop_;
  if (!wanted) return;
  std::string key;
  std::string text = reasoning_to_send(message, key);
  if (text.empty() && profile.reasoning_back == ReasoningBack::every_turn) text = " ";
  if (!profile.reasoning_key.empty()) key = profile.reasoning_key;
  if (!key.empty() && (required || !text.empty())) writer_.member(key, text);
  for (const Part& part : message.parts) {
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning == nullptr || !reasoning->opaque || reasoning->opaque->value.is_null()) continue;
    if (reasoning->opaque->origin != form_.origin) continue;
    writer_.key(reasoning->opaque->kind).json(reasoning->opaque->value);
    break;
  }
}

void Encoder::write_call(const ToolCallPart& call, bool first) {
  writer_.open_object().member("id", call_id(call.id)).member("type", "function");
  writer_.key("function").open_object().member("name", names_.wire(call.name));
  writer_.member("arguments", to_text(arguments_of(call))).close_object();
  if (call.opaque && call.opaque->origin == form_.origin) {
    writer_.key(call.opaque->kind).json(call.opaque->value);
  } else if (first && profile_.signature_stand_in) {
    writer_.key(kExtraContent).open_object().key("google").open_object();
    writer_.member("thought_signature", kNoSignature).close_object().close_object();
  }
  writer_.close_object();
}

void Encoder::write_results(const Message& message) {
  for (const Part& part : message.parts) {
    const auto* result = std::get_if<ToolResultPart>(&part);
    if (result == nullptr) continue;
    writer_.open_object().member("role", "tool").member("tool_call_id", call_id(result->id));
    if (profile_.tool_result_name) writer_.member("name", names_.wire(result->name));
    writer_.member("content", result->content).close_object();
  }
}

// Calls and results keep their pairing: both ids go through here.
std::string Encoder::call_id(const std::string& id) const {
  const auto most = static_cast<std::size_t>(profile_.call_id_chars_max);
  const bool exact = profile_.call_id_alphanumeric;
  bool fits = !id.empty() && (exact ? id.size() == most : id.size() <= most);
  for (const char c : id) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (exact && !alphanumeric) fits = false;
  }
  if (fits) return id;
  const Hash hash = sha256(id);
  return to_hex(hash).substr(0, most);
}

void Encoder::write_tools() {
  if (request_.tools.empty()) return;
  writer_.key("tools").open_array();
  for (const ToolSpec& tool : request_.tools) {
    writer_.open_object().member("type", "function").key("function").open_object();
    writer_.member("name", names_.wire(tool.name)).member("description", tool.description);
    writer_.key("parameters").json(tool.input_schema).close_object().close_object();
  }
  writer_.close_array();
}

void Encoder::write_output_schema() {
  const SchemaForm how = schema_form();
  if (request_.output_schema.is_null() || how == SchemaForm::words) return;
  writer_.key("response_format").open_object();
  if (how == SchemaForm::json_object) {
    writer_.member("type", "json_object").close_object();
    return;
  }
  writer_.member("type", "json_schema").key("json_schema").open_object().member("name", "answer");
  writer_.key("schema").json(request_.output_schema);
  if (profile_.schema_strict && is_strict(request_.output_schema)) {
    writer_.key("strict").boolean(true);
  }
  writer_.close_object().close_object();
}

SchemaForm Encoder::schema_form() const {
  const bool among_others = !request_.tools.empty() || form_.stream;
  if (profile_.schema_alone && among_others) return SchemaForm::words;
  return profile_.schema_form;
}

void Encoder::write_parameters() {
  if (request_.output_tokens_max > 0) {
    writer_.key(profile_.max_tokens_key).integer(request_.output_tokens_max);
  }
  if (request_.temperature) writer_.key("temperature").json(Json(*request_.temperature));
  write_options();
  if (profile_.cache_key && !request_.cache_key.empty()) {
    writer_.member("prompt_cache_key", fitting_id(request_.cache_key, kCacheKeyCharsMax));
  }
  if (form_.stream) {
    writer_.key("stream").boolean(true);
    if (profile_.stream_usage) {
      writer_.key("stream_options").open_object().key("include_usage").boolean(true);
      writer_.close_object();
    }
  }
  if (form_.continues && profile_.go_on == GoOn::final_message) {
    writer_.key("continue_final_message").boolean(true);
    writer_.key("add_generation_prompt").boolean(false);
  }
  const Json& asked = member_at(form_.extra_body, "reasoning_format");
  if (!profile_.reasoning_format.empty() && asked.is_null()) {
    writer_.member("reasoning_format", profile_.reasoning_format);
  }
  if (!form_.extra_body.is_object()) return;
  for (const auto& [key, value] : form_.extra_body.items()) writer_.key(key).json(value);
}

void Encoder::write_options() {
  const CallOptions& options = request_.options;
  const Json& set = form_.extra_body;
  write_sampling(writer_, options, set);
  if (options.seed && !is_operators(set, profile_.seed_key)) {
    writer_.key(profile_.seed_key).integer(*options.seed);
  }
  if (!options.stop.empty() && !is_operators(set, "stop")) {
    writer_.key("stop").open_array();
    for (const std::string& text : options.stop) writer_.text(text);
    writer_.close_array();
  }
  if (!options.reasoning_effort.empty() && !is_operators(set, "reasoning_effort")) {
    writer_.member("reasoning_effort", options.reasoning_effort);
  }
  if (request_.tools.empty()) return;
  write_tool_options(writer_, options, names_, NamedTool::nested, set);
}

}  // namespace

std::string encode_request(const ModelRequest& request, const ToolNames& names,
                           const Profile& profile, const WireForm& form) {
  std::string body;
  body.reserve(4096);
  Encoder(request, names, profile, form, body).write();
  return body;
}

}  // namespace yoke::openai_chat
