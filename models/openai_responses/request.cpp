#include "models/openai_responses/request.h"

#include "models/openai_responses/names.h"
#include "models/strict_schema.h"
#include "models/wire/openai_options.h"
#include "models/wire/request_parts.h"
#include "runtime/base/json_writer.h"
#include "runtime/base/text.h"

namespace yoke::openai_responses {
namespace {

constexpr std::size_t kCallIdCharsMax = 64;
constexpr std::size_t kCacheKeyCharsMax = 64;

class Encoder {
 public:
  Encoder(const ModelRequest& request, const ToolNames& names, const Dialect& dialect,
          const WireForm& form, std::string& out)
      : request_(request), names_(names), dialect_(dialect), form_(form), writer_(out) {}

  void write();

 private:
  void write_message(const Message& message);
  void write_said(const Message& message, std::string_view role);
  void write_assistant(const Message& message);
  void write_assistant_text(const Part& part);
  void write_assistant_images(const Message& message);
  void write_opaque(const Opaque& opaque);
  void write_call(const ToolCallPart& call);
  void write_results(const Message& message);
  void write_image(const ImagePart& image);
  void write_tools();
  void write_text_format();
  void write_include();
  void write_rest();
  void write_options();

  const ModelRequest& request_;
  const ToolNames& names_;
  const Dialect& dialect_;
  const WireForm& form_;
  JsonWriter writer_;
};

void Encoder::write() {
  writer_.open_object().member("model", form_.model);
  if (!request_.instructions.empty()) writer_.member("instructions", request_.instructions);
  writer_.key("input").open_array();
  for (const Message& message : request_.messages) write_message(message);
  writer_.close_array();
  write_tools();
  write_text_format();
  write_include();
  write_rest();
  writer_.close_object();
}

void Encoder::write_message(const Message& message) {
  switch (message.role) {
    case Role::system:
      return write_said(message, "system");
    case Role::user:
      return write_said(message, "user");
    case Role::assistant:
      return write_assistant(message);
    case Role::tool:
      return write_results(message);
  }
}

void Encoder::write_said(const Message& message, std::string_view role) {
  writer_.open_object().member("type", "message").member("role", role);
  writer_.key("content").open_array();
  for (const Part& part : message.parts) {
    if (const auto* text = std::get_if<TextPart>(&part)) {
      writer_.open_object().member("type", "input_text").member("text", text->text).close_object();
    }
    if (const auto* image = std::get_if<ImagePart>(&part)) write_image(*image);
  }
  writer_.close_array().close_object();
}

void Encoder::write_image(const ImagePart& image) {
  writer_.open_object().member("type", "input_image").member("image_url", image.url);
  writer_.member("detail", "auto").close_object();
}

bool is_item(const Part& part) {
  return std::holds_alternative<TextPart>(part) || std::holds_alternative<RefusalPart>(part) ||
         std::holds_alternative<ToolCallPart>(part);
}

// Reasoning that nothing followed is refused, so it only goes along up to the last other item.
void Encoder::write_assistant(const Message& message) {
  std::size_t end = message.parts.size();
  while (end > 0 && !is_item(message.parts[end - 1])) --end;
  for (std::size_t at = 0; at < end; ++at) {
    const Part& part = message.parts[at];
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning != nullptr && reasoning->opaque) write_opaque(*reasoning->opaque);
    if (const auto* call = std::get_if<ToolCallPart>(&part)) write_call(*call);
    write_assistant_text(part);
  }
  write_assistant_images(message);
}

void Encoder::write_assistant_text(const Part& part) {
  const auto* text = std::get_if<TextPart>(&part);
  const auto* refusal = std::get_if<RefusalPart>(&part);
  if (text == nullptr && refusal == nullptr) return;
  writer_.open_object().member("type", "message").member("role", "assistant");
  writer_.key("content").open_array().open_object();
  if (text != nullptr) writer_.member("type", "output_text").member("text", text->text);
  if (refusal != nullptr) writer_.member("type", "refusal").member("refusal", refusal->text);
  writer_.close_object().close_array();
  if (text != nullptr && text->opaque && text->opaque->origin == form_.origin &&
      text->opaque->kind == kPhase) {
    writer_.key(kPhase).json(text->opaque->value);
  }
  writer_.close_object();
}

// An image of the model's own has no place in its message: it is shown to it as one of ours.
void Encoder::write_assistant_images(const Message& message) {
  bool any = false;
  for (const Part& part : message.parts) {
    if (std::holds_alternative<ToolCallPart>(part)) return;  // nothing may come before the results
    any = any || std::holds_alternative<ImagePart>(part);
  }
  if (!any) return;
  writer_.open_object().member("type", "message").member("role", "user");
  writer_.key("content").open_array();
  for (const Part& part : message.parts) {
    if (const auto* image = std::get_if<ImagePart>(&part)) write_image(*image);
  }
  writer_.close_array().close_object();
}

// A reasoning item counts only with what the vendor can read of it: its encrypted form, or, from
// servers that encrypt nothing, its text. Beside the encrypted form the text is refused.
void Encoder::write_opaque(const Opaque& opaque) {
  if (opaque.origin != form_.origin || !opaque.value.is_object()) return;
  if (opaque.kind != kReasoning) {
    writer_.json(opaque.value);
    return;
  }
  const bool encrypted = !string_at(opaque.value, "encrypted_content").empty();
  const Json& content = member_at(opaque.value, "content");
  if (!encrypted && (!content.is_array() || content.empty())) return;
  Json item = opaque.value;
  item.erase("status");
  if (encrypted) item.erase("content");
  writer_.json(item);
}

void Encoder::write_call(const ToolCallPart& call) {
  writer_.open_object().member("type", "function_call");
  writer_.member("call_id", fitting_id(call.id, kCallIdCharsMax));
  writer_.member("name", names_.wire(call.name));
  writer_.member("arguments", to_text(arguments_of(call))).close_object();
}

void Encoder::write_results(const Message& message) {
  for (std::size_t at = 0; at < message.parts.size(); ++at) {
    const auto* result = std::get_if<ToolResultPart>(&message.parts[at]);
    if (result == nullptr) continue;
    writer_.open_object().member("type", "function_call_output");
    writer_.member("call_id", fitting_id(result->id, kCallIdCharsMax)).key("output");
    const std::vector<const ImagePart*> images = images_behind(message, at);
    if (images.empty()) {
      writer_.text(result->content).close_object();
      continue;
    }
    writer_.open_array();
    writer_.open_object().member("type", "input_text").member("text", result->content);
    writer_.close_object();
    for (const ImagePart* image : images) write_image(*image);
    writer_.close_array().close_object();
  }
}

void Encoder::write_tools() {
  const Json& more = member_at(form_.extra_body, "tools");
  if (request_.tools.empty() && (!more.is_array() || more.empty())) return;
  writer_.key("tools").open_array();
  for (const ToolSpec& tool : request_.tools) {
    writer_.open_object().member("type", "function").member("name", names_.wire(tool.name));
    writer_.member("description", tool.description).key("parameters").json(tool.input_schema);
    writer_.key("strict").boolean(false).close_object();  // else the schema has to be of one kind
  }
  if (more.is_array()) {
    for (const Json& tool : more) writer_.json(tool);
  }
  writer_.close_array();
}

void Encoder::write_text_format() {
  Json text = member_at(form_.extra_body, "text");
  if (!text.is_object()) text = Json::object();
  if (!request_.output_schema.is_null()) {
    text["format"] = {
        {"type", "json_schema"}, {"name", "answer"}, {"schema", request_.output_schema}};
    if (dialect_.schema_strict && is_strict(request_.output_schema))
      text["format"]["strict"] = true;
  }
  if (!text.empty()) writer_.key("text").json(text);
}

// An empty list of the operator's own asks for nothing: a deployment's name may not say that its
// model does not reason.
void Encoder::write_include() {
  Json include = member_at(form_.extra_body, "include");
  if (include.is_array() && include.empty()) return;
  if (!include.is_array()) include = Json::array();
  if (dialect_.encrypted_reasoning) include.push_back("reasoning.encrypted_content");
  if (!include.empty()) writer_.key("include").json(include);
}

void Encoder::write_rest() {
  if (request_.output_tokens_max > 0) {
    writer_.key("max_output_tokens").integer(request_.output_tokens_max);
  }
  if (request_.temperature) writer_.key("temperature").number(*request_.temperature);
  write_options();
  if (dialect_.cache_key && !request_.cache_key.empty()) {
    writer_.member("prompt_cache_key", fitting_id(request_.cache_key, kCacheKeyCharsMax));
  }
  if (form_.stream) writer_.key("stream").boolean(true);
  if (!is_operators(form_.extra_body, "store")) {
    writer_.key("store").boolean(false);
  }
  if (!form_.extra_body.is_object()) return;
  for (const auto& [key, value] : form_.extra_body.items()) {
    if (key == "text" || key == "include" || key == "tools") continue;
    writer_.key(key).json(value);
  }
}

void Encoder::write_options() {
  const CallOptions& options = request_.options;
  const Json& set = form_.extra_body;
  write_sampling(writer_, options, set);
  if (!options.reasoning_effort.empty() && !is_operators(set, kReasoning)) {
    writer_.key(kReasoning).open_object().member("effort", options.reasoning_effort);
    writer_.close_object();
  }
  if (request_.tools.empty()) return;
  write_tool_options(writer_, options, names_, NamedTool::flat, set);
}

}  // namespace

Dialect dialect_for_model(const Dialect& vendor, std::string_view model) {
  Dialect dialect = vendor;
  for (const std::string_view plain : {"gpt-3*", "gpt-4*", "chatgpt-4*"}) {
    if (glob_match(plain, model)) dialect.encrypted_reasoning = false;
  }
  return dialect;
}

std::string encode_request(const ModelRequest& request, const ToolNames& names,
                           const Dialect& dialect, const WireForm& form) {
  std::string body;
  body.reserve(4096);
  Encoder(request, names, dialect, form, body).write();
  return body;
}

}  // namespace yoke::openai_responses
