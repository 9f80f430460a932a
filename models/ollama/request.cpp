#include "models/ollama/request.h"

#include "models/wire/data_url.h"
#include "models/wire/request_parts.h"
#include "runtime/base/json_writer.h"

namespace yoke::ollama {
namespace {

class Encoder {
 public:
  Encoder(const ModelRequest& request, const ToolNames& names, const WireForm& form,
          std::string& out)
      : request_(request), names_(names), form_(form), writer_(out) {}

  void write();

 private:
  void write_message(const Message& message);
  void write_images(const Message& message);
  void write_thinking(const Message& message);
  void write_calls(const Message& message);
  void write_results(const Message& message);
  void write_seen(std::size_t index);
  void write_tools();
  void write_options();
  void write_rest();

  const ModelRequest& request_;
  const ToolNames& names_;
  const WireForm& form_;
  JsonWriter writer_;
};

void Encoder::write() {
  writer_.open_object().member("model", form_.model);
  writer_.key("messages").open_array();
  if (!request_.instructions.empty()) {
    writer_.open_object().member("role", "system").member("content", request_.instructions);
    writer_.close_object();
  }
  for (std::size_t index = 0; index < request_.messages.size(); ++index) {
    write_message(request_.messages[index]);
    write_seen(index);
  }
  writer_.close_array();
  write_tools();
  if (!request_.output_schema.is_null()) writer_.key("format").json(request_.output_schema);
  write_options();
  write_rest();
  writer_.close_object();
}

void Encoder::write_message(const Message& message) {
  if (message.role == Role::tool) return write_results(message);
  writer_.open_object().member("role", name_of(message.role));
  std::string text = text_of(message);
  for (const Part& part : message.parts) {
    if (const auto* refusal = std::get_if<RefusalPart>(&part)) text += refusal->text;
  }
  writer_.member("content", text);
  write_thinking(message);
  write_images(message);
  write_calls(message);
  writer_.close_object();
}

void Encoder::write_images(const Message& message) {
  if (!has_part<ImagePart>(message)) return;
  writer_.key("images").open_array();
  for (const Part& part : message.parts) {
    const auto* image = std::get_if<ImagePart>(&part);
    if (image != nullptr) writer_.text(parse_data_url(image->url)->base64);  // checked before
  }
  writer_.close_array();
}

// Whether the model sees it again is up to its template.
void Encoder::write_thinking(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning == nullptr || !reasoning->opaque) continue;
    if (reasoning->opaque->origin != form_.origin) continue;
    text += reasoning->text;
  }
  if (!text.empty()) writer_.member("thinking", text);
}

void Encoder::write_calls(const Message& message) {
  if (!has_part<ToolCallPart>(message)) return;
  writer_.key("tool_calls").open_array();
  for (const Part& part : message.parts) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    writer_.open_object().key("function").open_object().member("name", names_.wire(call->name));
    writer_.key("arguments").json(arguments_of(*call)).close_object().close_object();
  }
  writer_.close_array();
}

void Encoder::write_results(const Message& message) {
  for (const Part& part : message.parts) {
    const auto* result = std::get_if<ToolResultPart>(&part);
    if (result == nullptr) continue;
    writer_.open_object().member("role", "tool").member("tool_name", names_.wire(result->name));
    writer_.member("content", result->content).close_object();
  }
}

// A result holds text alone: what is to be seen follows all of them, as if it were the user's.
void Encoder::write_seen(std::size_t index) {
  for (const SeenOfTool& seen : seen_up_to(request_.messages, index)) {
    writer_.open_object().member("role", "user").member("content", seen.words);
    writer_.key("images").open_array();
    for (const ImagePart* image : seen.images) {
      writer_.text(parse_data_url(image->url)->base64);  // checked before
    }
    writer_.close_array().close_object();
  }
}

void Encoder::write_tools() {
  if (request_.tools.empty() || request_.options.tool_choice == "none") return;
  writer_.key("tools").open_array();
  for (const ToolSpec& tool : request_.tools) {
    writer_.open_object().member("type", "function").key("function").open_object();
    writer_.member("name", names_.wire(tool.name)).member("description", tool.description);
    writer_.key("parameters").json(tool.input_schema).close_object().close_object();
  }
  writer_.close_array();
}

void Encoder::write_options() {
  Json options = member_at(form_.extra_body, "options");
  if (!options.is_object()) options = Json::object();
  if (request_.output_tokens_max > 0) options["num_predict"] = request_.output_tokens_max;
  if (request_.temperature) options["temperature"] = *request_.temperature;
  const CallOptions& asked = request_.options;
  if (asked.top_p && !options.contains("top_p")) options["top_p"] = *asked.top_p;
  if (asked.top_k && !options.contains("top_k")) options["top_k"] = *asked.top_k;
  if (asked.seed && !options.contains("seed")) options["seed"] = *asked.seed;
  if (!asked.stop.empty() && !options.contains("stop")) options["stop"] = asked.stop;
  if (!options.empty()) writer_.key("options").json(options);
}

void Encoder::write_rest() {
  writer_.key("stream").boolean(form_.stream);  // left out, it would be true
  if (!form_.extra_body.is_object()) return;
  for (const auto& [key, value] : form_.extra_body.items()) {
    if (key != "options") writer_.key(key).json(value);
  }
}

bool shows_by_address(const Message& message) {
  for (const Part& part : message.parts) {
    const auto* image = std::get_if<ImagePart>(&part);
    if (image != nullptr && !parse_data_url(image->url)) return true;
  }
  return false;
}

}  // namespace

Result<std::string> encode_request(const ModelRequest& request, const ToolNames& names,
                                   const WireForm& form) {
  for (const Message& message : request.messages) {
    if (!shows_by_address(message)) continue;
    return Error{Errc::invalid,
                 "Ollama takes an image itself, not its address; give the image as a file"};
  }
  const OptionWords words{.protocol = "Ollama's protocol", .must_call = false, .one_call = false};
  if (const Result<void> sayable = check_options(request, words); !sayable) return sayable.error();
  std::string body;
  body.reserve(4096);
  Encoder(request, names, form, body).write();
  return body;
}

}  // namespace yoke::ollama
