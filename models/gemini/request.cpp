#include "models/gemini/request.h"

#include "models/gemini/words.h"
#include "models/wire/data_url.h"
#include "models/wire/dialogue.h"
#include "models/wire/request_parts.h"
#include "runtime/base/json_writer.h"
#include "runtime/base/text.h"

namespace yoke::gemini {
namespace {

constexpr std::size_t kBadArgsBytesMax = 4096;
// What Google's documentation has a client send for a call whose signature it cannot have.
constexpr std::string_view kNoSignature = "skip_thought_signature_validator";

class Encoder {
 public:
  Encoder(const ModelRequest& request, const ToolNames& names, const WireForm& form,
          std::string& out)
      : request_(request), names_(names), form_(form), writer_(out) {
    turns_ = turns_of(request.messages,
                      [this](const Part& part, bool assistant) { return sends(part, assistant); });
    loop_ = current_loop(turns_);
    by_words_ = !request.output_schema.is_null() && !request.tools.empty() &&
                !takes_schema_with_tools(form.model);
  }

  Result<void> write();

 private:
  bool sends(const Part& part, bool assistant) const;
  const Json& own(const std::optional<Opaque>& opaque) const;
  std::string call_id(const ToolCallPart& call) const;

  void write_instructions();
  void write_tools();
  void write_tool_choice();
  void write_config();
  Result<void> write_contents();
  Result<void> write_turn(std::size_t index);
  void write_result(const CallAndResult& pair);
  Result<void> write_images(const CallAndResult& pair);
  Result<void> write_part(const Part& part);
  void write_text(std::string_view text, const Json& signature, bool thought = false);
  void write_call(const ToolCallPart& call, bool unsigned_allowed);
  Result<void> write_image(const ImagePart& image);
  void write_signature(const Json& signature);

  const ModelRequest& request_;
  const ToolNames& names_;
  const WireForm& form_;
  std::vector<DialogueTurn> turns_;
  std::size_t loop_ = 0;
  bool by_words_ = false;  // the shape of the answer is asked for in words
  JsonWriter writer_;
};

// The value of an opaque part of this backend's; null for that of others.
const Json& Encoder::own(const std::optional<Opaque>& opaque) const {
  static const Json kNone = nullptr;
  return opaque && opaque->origin == form_.origin ? opaque->value : kNone;
}

bool Encoder::sends(const Part& part, bool assistant) const {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    return !is_blank(text->text) || (assistant && own(text->opaque).is_string());
  }
  if (const auto* refusal = std::get_if<RefusalPart>(&part)) return !is_blank(refusal->text);
  if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) {
    const Json& value = own(reasoning->opaque);
    return assistant && (value.is_string() || value.is_object());
  }
  if (std::holds_alternative<ToolCallPart>(part)) return assistant;
  if (std::holds_alternative<ToolResultPart>(part)) return !assistant;
  return true;
}

Result<void> Encoder::write() {
  writer_.open_object();
  write_instructions();
  write_tools();
  write_tool_choice();
  const Result<void> contents = write_contents();
  if (!contents) return contents.error();
  write_config();
  for (const auto& [key, value] : form_.extra_body.items()) {
    if (key != "tools" && key != "generationConfig") writer_.key(key).json(value);
  }
  writer_.close_object();
  return {};
}

void Encoder::write_instructions() {
  std::string text = request_.instructions;
  if (by_words_) {
    text += text.empty() ? "" : "\n\n";
    text += "Answer with one JSON value that fits this JSON Schema, and nothing else: ";
    text += to_text(request_.output_schema);
  }
  if (is_blank(text)) return;
  writer_.key("systemInstruction").open_object().key("parts").open_array();
  write_text(text, nullptr);
  writer_.close_array().close_object();
}

void Encoder::write_tools() {
  const Json& more = member_at(form_.extra_body, "tools");
  const bool has_more = more.is_array() && !more.empty();
  if (request_.tools.empty() && !has_more) return;
  writer_.key("tools").open_array();
  if (!request_.tools.empty()) {
    writer_.open_object().key("functionDeclarations").open_array();
    for (const ToolSpec& tool : request_.tools) {
      writer_.open_object().member("name", wire_name(names_, tool.name));
      writer_.member("description", tool.description);
      writer_.key("parametersJsonSchema").json(tool.input_schema).close_object();
    }
    writer_.close_array().close_object();
  }
  if (has_more) {
    for (const Json& tool : more) writer_.json(tool);
  }
  writer_.close_array();
}

void Encoder::write_tool_choice() {
  const std::string& choice = request_.options.tool_choice;
  if (choice.empty() || request_.tools.empty() || form_.extra_body.contains("toolConfig")) return;
  writer_.key("toolConfig").open_object().key("functionCallingConfig").open_object();
  writer_.member("mode", choice == "none" ? "NONE" : choice == "auto" ? "AUTO" : "ANY");
  if (choice == "tool") {
    writer_.key("allowedFunctionNames").open_array();
    writer_.text(wire_name(names_, request_.options.tool)).close_array();
  }
  writer_.close_object().close_object();
}

void Encoder::write_config() {
  Json config = member_at(form_.extra_body, "generationConfig");
  if (!config.is_object()) config = Json::object();
  if (request_.output_tokens_max > 0) config["maxOutputTokens"] = request_.output_tokens_max;
  if (request_.temperature) config["temperature"] = *request_.temperature;
  const CallOptions& options = request_.options;
  if (options.top_p && !config.contains("topP")) config["topP"] = *options.top_p;
  if (options.top_k && !config.contains("topK")) config["topK"] = *options.top_k;
  if (options.seed && !config.contains("seed")) config["seed"] = *options.seed;
  if (!options.stop.empty() && !config.contains("stopSequences")) {
    config["stopSequences"] = options.stop;
  }
  if (!request_.output_schema.is_null() && !by_words_) {
    config["responseMimeType"] = "application/json";
    config["responseJsonSchema"] = request_.output_schema;
  }
  if (!config.empty()) writer_.key("generationConfig").json(config);
}

Result<void> Encoder::write_contents() {
  writer_.key("contents").open_array();
  if (turns_.empty() || turns_.front().assistant) {
    writer_.open_object().member("role", "user").key("parts").open_array();
    write_text(kNoMessage, nullptr);
    writer_.close_array().close_object();
  }
  for (std::size_t index = 0; index < turns_.size(); ++index) {
    const Result<void> written = write_turn(index);
    if (!written) return written.error();
  }
  writer_.close_array();
  return {};
}

Result<void> Encoder::write_turn(std::size_t index) {
  const DialogueTurn& turn = turns_[index];
  writer_.open_object().member("role", turn.assistant ? "model" : "user");
  writer_.key("parts").open_array();
  for (const CallAndResult& pair : turn.results) write_result(pair);
  for (const CallAndResult& pair : turn.results) {
    const Result<void> written = write_images(pair);
    if (!written) return written.error();
  }
  // Only the first call of a turn needs to be signed.
  bool unsigned_allowed = index < loop_ || !demands_signatures(form_.model);
  for (const Part* part : turn.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(part)) {
      write_call(*call, unsigned_allowed);
      unsigned_allowed = true;
      continue;
    }
    const Result<void> written = write_part(*part);
    if (!written) return written.error();
  }
  writer_.close_array().close_object();
  return {};
}

// The id that the vendor gave; empty when it gave none, or when another made the call.
std::string Encoder::call_id(const ToolCallPart& call) const {
  return string_at(own(call.opaque), "id");
}

void Encoder::write_result(const CallAndResult& pair) {
  writer_.open_object().key("functionResponse").open_object();
  const std::string id = call_id(*pair.call);
  if (!id.empty()) writer_.member("id", id);
  writer_.member("name", wire_name(names_, pair.call->name));
  const bool failed = pair.result == nullptr || pair.result->is_error;
  const std::string_view content = pair.result == nullptr ? kNoResult : pair.result->content;
  writer_.key("response").open_object().member(failed ? "error" : "output", content);
  writer_.close_object().close_object().close_object();
}

// A response holds JSON alone: what is to be seen comes behind all of them, named in words.
Result<void> Encoder::write_images(const CallAndResult& pair) {
  if (pair.images.empty()) return {};
  write_text("(What the tool " + pair.call->name + " gave to be seen.)", nullptr);
  for (const ImagePart* image : pair.images) {
    const Result<void> written = write_image(*image);
    if (!written) return written.error();
  }
  return {};
}

Result<void> Encoder::write_part(const Part& part) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    write_text(text->text, own(text->opaque));
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    write_text(refusal->text, nullptr);
  } else if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) {
    const Json& value = own(reasoning->opaque);
    if (value.is_object()) {
      writer_.json(value);
    } else {
      write_text(reasoning->text, value, true);
    }
  } else if (const auto* result = std::get_if<ToolResultPart>(&part)) {
    write_text(told(*result), nullptr);
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    return write_image(*image);
  }
  return {};
}

void Encoder::write_signature(const Json& signature) {
  if (signature.is_string()) writer_.key(kSignature).json(signature);
}

void Encoder::write_text(std::string_view text, const Json& signature, bool thought) {
  writer_.open_object().member("text", text);
  if (thought) writer_.key(kThought).boolean(true);
  write_signature(signature);
  writer_.close_object();
}

void Encoder::write_call(const ToolCallPart& call, bool unsigned_allowed) {
  writer_.open_object().key("functionCall").open_object();
  const std::string id = call_id(call);
  if (!id.empty()) writer_.member("id", id);
  writer_.member("name", wire_name(names_, call.name)).key("args");
  if (call.args.is_object()) {
    writer_.json(call.args);
  } else {
    const std::string unparsed = shorten(to_valid_utf8(call.bad_args), kBadArgsBytesMax);
    writer_.open_object().member("unparsed", unparsed).close_object();
  }
  writer_.close_object();
  const Json& signature = member_at(own(call.opaque), kSignature);
  if (signature.is_string()) {
    write_signature(signature);
  } else if (!unsigned_allowed) {
    writer_.member(kSignature, kNoSignature);
  }
  writer_.close_object();
}

Result<void> Encoder::write_image(const ImagePart& image) {
  const std::optional<DataUrl> data = parse_data_url(image.url);
  std::string_view type = image.media_type;
  if (type.empty() && data) type = data->media_type;
  const bool linked = !data && !image.url.starts_with("data:") && !image.url.empty();
  if (!linked && (!data || data->base64.empty() || type.empty())) {
    return Error{Errc::invalid,
                 "an image cannot be sent: give its media type, and an address or data: with "
                 "base64"};
  }
  writer_.open_object();
  if (data) {
    writer_.key("inlineData").open_object().member("mimeType", type);
    writer_.member("data", data->base64);
  } else {
    writer_.key("fileData").open_object();
    if (!type.empty()) writer_.member("mimeType", type);
    writer_.member("fileUri", image.url);
  }
  writer_.close_object();
  write_signature(own(image.opaque));
  writer_.close_object();
  return {};
}

}  // namespace

bool takes_schema_with_tools(std::string_view model) { return demands_signatures(model); }

std::string request_path(std::string_view model, bool stream) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string path = model.find('/') == std::string_view::npos ? "/models/" : "/";
  for (const char c : model) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '/' || c == '@';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      path += c;
    } else {
      path += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return path + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
}

Result<std::string> encode_request(const ModelRequest& request, const ToolNames& names,
                                   const WireForm& form) {
  const OptionWords words{.protocol = "Gemini's protocol", .one_call = false};
  if (const Result<void> sayable = check_options(request, words); !sayable) return sayable.error();
  std::string body;
  body.reserve(4096);
  const Result<void> written = Encoder(request, names, form, body).write();
  if (!written) return written.error();
  return body;
}

}  // namespace yoke::gemini
