#include "hosts/hook/anthropic/thoughts.h"

#include "hosts/hook/anthropic/words.h"

namespace yoke::anthropic {
namespace {

constexpr const char* kSignature = "signature";
constexpr const char* kData = "data";

Json opaque_json(const Opaque& opaque) {
  return Json{{"o", opaque.origin}, {"k", opaque.kind}, {"v", opaque.value}};
}

std::optional<Opaque> opaque_in(const Json& value) {
  if (!value.is_object() || string_at(value, "o").empty()) return std::nullopt;
  return Opaque{string_at(value, "o"), string_at(value, "k"), member_at(value, "v")};
}

ReasoningPart thought_in(const Json& sealed) {
  ReasoningPart thought;
  thought.text = string_at(sealed, "t");
  thought.key = string_at(sealed, "y");
  thought.opaque = opaque_in(member_at(sealed, "r"));
  return thought;
}

}  // namespace

bool Thoughts::is_native(const ReasoningPart& thought) const {
  return thought.opaque && thought.opaque->value.is_object() &&
         natives_.contains(thought.opaque->origin);
}

std::string Thoughts::sealed(const ReasoningPart& thought, const std::string* text) const {
  Json value = Json::object();
  if (thought.opaque) value["r"] = opaque_json(*thought.opaque);
  if (!thought.key.empty()) value["y"] = thought.key;
  if (text != nullptr && !text->empty()) value["t"] = *text;
  return seal_.close(value);
}

std::string Thoughts::signature(const ReasoningPart& thought, const std::string& text,
                                Show show) const {
  const bool whole = show == Show::text || text.empty();  // the client has all that there is
  if (whole && is_native(thought) && thought.opaque->kind == kThinkingBlock) {
    return string_at(thought.opaque->value, kSignature);
  }
  return sealed(thought, show == Show::text ? nullptr : &text);
}

Json Thoughts::block(const ReasoningPart& thought, const std::string& text, Show show) const {
  if (is_native(thought) && thought.opaque->kind != kThinkingBlock && show != Show::nothing) {
    return thought.opaque->value;  // a redacted thought, or a call of its own tools
  }
  return Json{{"type", kRedactedBlock}, {kData, sealed(thought, &text)}};
}

Json Thoughts::block_of_calls(const std::vector<std::pair<std::string, Opaque>>& calls) const {
  if (calls.empty()) return nullptr;
  Json list = Json::array();
  for (const auto& [id, opaque] : calls) {
    Json one = opaque_json(opaque);
    one["id"] = id;
    list.push_back(std::move(one));
  }
  const std::string data = seal_.close(Json{{"c", std::move(list)}});
  if (data.empty()) return nullptr;
  return Json{{"type", kRedactedBlock}, {kData, data}};
}

std::optional<ReasoningPart> Thoughts::thinking(const Json& block) const {
  const std::string text = string_at(block, kThinkingBlock);
  const std::string signature = string_at(block, kSignature);
  ReasoningPart thought;
  if (!Seal::is_sealed(signature)) {
    thought.text = text;
    if (signature.empty()) return thought;
    thought.key = kThinkingBlock;
    thought.opaque = Opaque{kAnthropicOrigin, kThinkingBlock,
                            Json{{"type", kThinkingBlock}, {kSignature, signature}}};
    return thought;
  }
  const std::optional<Json> sealed = seal_.open(signature);
  if (sealed) thought = thought_in(*sealed);
  if (!text.empty()) thought.text = text;
  return thought;
}

Thoughts::Redacted Thoughts::redacted(const Json& block) const {
  Redacted result;
  const std::string data = string_at(block, kData);
  if (!Seal::is_sealed(data)) {
    ReasoningPart thought;
    thought.key = kRedactedBlock;
    thought.opaque =
        Opaque{kAnthropicOrigin, kRedactedBlock, Json{{"type", kRedactedBlock}, {kData, data}}};
    result.thought = std::move(thought);
    return result;
  }
  const std::optional<Json> sealed = seal_.open(data);
  if (!sealed) return result;
  const Json& calls = member_at(*sealed, "c");
  if (!calls.is_array()) {
    result.thought = thought_in(*sealed);
    return result;
  }
  for (const Json& each : calls) {
    std::optional<Opaque> opaque = opaque_in(each);
    if (opaque) result.calls.emplace_back(string_at(each, "id"), std::move(*opaque));
  }
  return result;
}

}  // namespace yoke::anthropic
