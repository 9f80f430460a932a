#include "runtime/base/json_writer.h"
#include "runtime/ports/model.h"

// Members in the order of their names, as in every canonical text.
namespace yoke {
namespace {

class RequestText {
 public:
  explicit RequestText(std::string& out) : writer_(out) {}

  void write(const ModelRequest& request) {
    writer_.open_object().member("instructions", request.instructions);
    writer_.key("messages").open_array();
    for (const Message& message : request.messages) write(message);
    writer_.close_array();
    if (request.options != CallOptions{}) writer_.key("options").json(to_json(request.options));
    writer_.key("output_schema").json(request.output_schema);
    writer_.key("output_tokens_max").integer(request.output_tokens_max);
    writer_.key("temperature");
    if (request.temperature) {
      writer_.number(*request.temperature);
    } else {
      writer_.null();
    }
    writer_.key("tools").open_array();
    for (const ToolSpec& tool : request.tools) write(tool);
    writer_.close_array().close_object();
  }

 private:
  void write(const ToolSpec& tool) {
    writer_.open_object().member("description", tool.description);
    writer_.key("input_schema").json(tool.input_schema);
    writer_.member("name", tool.name).close_object();
  }

  void write(const Message& message) {
    writer_.open_object().key("parts").open_array();
    for (const Part& part : message.parts) {
      writer_.open_object();
      std::visit([this](const auto& one) { write_members(one); }, part);
      writer_.close_object();
    }
    writer_.close_array().member("role", name_of(message.role)).close_object();
  }

  void write_members(const TextPart& part) {
    write_opaque(part.opaque);
    writer_.member("text", part.text).member("type", "text");
  }
  void write_members(const ReasoningPart& part) {
    if (!part.key.empty()) writer_.member("key", part.key);
    write_opaque(part.opaque);
    writer_.member("text", part.text).member("type", "reasoning");
  }
  void write_members(const ImagePart& part) {
    writer_.member("media_type", part.media_type);
    write_opaque(part.opaque);
    writer_.member("type", "image").member("url", part.url);
  }
  void write_members(const ToolCallPart& part) {
    writer_.key("args").json(part.args);
    if (!part.bad_args.empty()) writer_.member("bad_args", part.bad_args);
    writer_.member("id", part.id).member("name", part.name);
    write_opaque(part.opaque);
    writer_.member("type", "tool_call");
  }
  void write_members(const ToolResultPart& part) {
    writer_.member("content", part.content).member("id", part.id);
    writer_.key("is_error").boolean(part.is_error);
    writer_.member("name", part.name).member("type", "tool_result");
  }
  void write_members(const RefusalPart& part) {
    writer_.member("text", part.text).member("type", "refusal");
  }

  void write_opaque(const std::optional<Opaque>& opaque) {
    if (!opaque) return;
    writer_.key("opaque").open_object();
    writer_.member("kind", opaque->kind).member("origin", opaque->origin);
    writer_.key("value").json(opaque->value).close_object();
  }

  JsonWriter writer_;
};

}  // namespace

std::string to_text(const ModelRequest& request) {
  std::string text;
  RequestText(text).write(request);
  return text;
}

}  // namespace yoke
