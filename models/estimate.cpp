#include "models/estimate.h"

namespace yoke {
namespace {

constexpr std::int64_t kBytesPerToken = 4;
constexpr std::int64_t kTokensPerMessage = 4;
constexpr std::int64_t kTokensPerImage = 1000;

struct PartSize {
  std::size_t bytes = 0;
  std::int64_t tokens = 0;

  void operator()(const TextPart& part) { bytes += part.text.size(); }
  void operator()(const ReasoningPart& part) { bytes += part.text.size() + opaque(part.opaque); }
  void operator()(const RefusalPart& part) { bytes += part.text.size(); }
  void operator()(const ImagePart&) { tokens += kTokensPerImage; }
  void operator()(const ToolCallPart& part) {
    bytes += part.name.size() + approximate_bytes(part.args) + part.bad_args.size() +
             opaque(part.opaque);
  }
  void operator()(const ToolResultPart& part) { bytes += part.content.size(); }

  // What a backend gave to be sent back.
  static std::size_t opaque(const std::optional<Opaque>& part) {
    return part && !part->value.is_null() ? approximate_bytes(part->value) : 0;
  }
};

std::int64_t tokens_of_bytes(std::size_t bytes) {
  return (static_cast<std::int64_t>(bytes) + kBytesPerToken - 1) / kBytesPerToken;
}

}  // namespace

std::size_t approximate_bytes(const Json& value) {
  constexpr std::size_t kScalarBytes = 4;
  constexpr std::size_t kPunctuationBytes = 2;
  if (const auto* text = value.get_ptr<const Json::string_t*>()) {
    return text->size() + kPunctuationBytes;
  }
  std::size_t bytes = kScalarBytes;
  if (const auto* object = value.get_ptr<const Json::object_t*>()) {
    for (const auto& [key, member] : *object) {
      bytes += key.size() + kPunctuationBytes + approximate_bytes(member);
    }
  } else if (const auto* array = value.get_ptr<const Json::array_t*>()) {
    for (const Json& item : *array) bytes += approximate_bytes(item);
  }
  return bytes;
}

std::int64_t estimate_tokens(std::string_view text) { return tokens_of_bytes(text.size()); }

std::int64_t estimate_input_tokens(const ModelRequest& request) {
  PartSize size;
  size.bytes = request.instructions.size() + approximate_bytes(request.output_schema);
  for (const Message& message : request.messages) {
    size.tokens += kTokensPerMessage;
    for (const Part& part : message.parts) std::visit([&size](const auto& p) { size(p); }, part);
  }
  for (const ToolSpec& tool : request.tools) {
    size.tokens += kTokensPerMessage;
    size.bytes += tool.name.size() + tool.description.size() + approximate_bytes(tool.input_schema);
  }
  return size.tokens + tokens_of_bytes(size.bytes);
}

}  // namespace yoke
