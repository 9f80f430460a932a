#include "models/gemini/reader.h"

#include <algorithm>
#include <array>

#include "models/failure.h"
#include "models/gemini/words.h"
#include "runtime/base/text.h"

namespace yoke::gemini {
namespace {

struct FinishRule {
  std::string_view reason;
  Finish finish;
};
constexpr std::array kFinishRules{
    FinishRule{"STOP", Finish::stop},
    FinishRule{"MAX_TOKENS", Finish::length},
    FinishRule{"SAFETY", Finish::content_filter},
    FinishRule{"RECITATION", Finish::content_filter},
    FinishRule{"LANGUAGE", Finish::content_filter},
    FinishRule{"BLOCKLIST", Finish::content_filter},
    FinishRule{"PROHIBITED_CONTENT", Finish::content_filter},
    FinishRule{"SPII", Finish::content_filter},
    FinishRule{"IMAGE_SAFETY", Finish::content_filter},
    FinishRule{"IMAGE_PROHIBITED_CONTENT", Finish::content_filter},
    FinishRule{"IMAGE_RECITATION", Finish::content_filter},
};

// Reasons that are no end of a reply but a failure of its own.
struct FailureRule {
  std::string_view reason;
  FailureClass failure_class;
  StreamFault fault;
  bool retryable;
  std::string_view what;
};
constexpr std::array kFailureRules{
    FailureRule{"MALFORMED_FUNCTION_CALL", FailureClass::malformed, StreamFault::malformed, true,
                "the model wrote a tool call that cannot be read"},
    FailureRule{"MALFORMED_RESPONSE", FailureClass::malformed, StreamFault::malformed, true,
                "the model wrote an answer that cannot be read"},
    FailureRule{"UNEXPECTED_TOOL_CALL", FailureClass::malformed, StreamFault::malformed, true,
                "the model called a tool, and none was offered"},
    FailureRule{"TOO_MANY_TOOL_CALLS", FailureClass::malformed, StreamFault::malformed, true,
                "the model called tools without end"},
    FailureRule{"MISSING_THOUGHT_SIGNATURE", FailureClass::client, StreamFault::error_in_ok, false,
                "a signature of its thoughts is missing in the conversation"},
    FailureRule{"NO_IMAGE", FailureClass::malformed, StreamFault::empty, true,
                "the model made no image"},
};

std::string_view text_view(const Json& value) {
  const auto* text = value.get_ptr<const Json::string_t*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::int64_t count_at(const Json& object, std::string_view key) {
  const Json& value = member_at(object, key);
  if (!value.is_number()) return 0;
  constexpr auto kMost = static_cast<double>(kTokensMax);
  return static_cast<std::int64_t>(std::clamp(value.get<double>(), 0.0, kMost));
}

}  // namespace

Reader::Reader(const ReplyContext& context, DeltaSink sink)
    : context_(context), builder_(context, std::move(sink)) {}

void Reader::add(const Json& answer) {
  if (builder_.failed()) return;
  if (!answer.is_object()) {
    return builder_.fail(FailureClass::malformed, StreamFault::malformed, "the answer is no object",
                         true);
  }
  const Json& error = member_at(answer, "error");
  if (!error.is_null()) {
    const FailureContext about{context_.backend, context_.key};
    ModelFailure failure = failure_of_error_object(error, about);
    failure.fault = StreamFault::error_in_ok;
    return builder_.fail(std::move(failure));
  }
  builder_.set_model(text_view(member_at(answer, "modelVersion")));
  builder_.set_answer_id(text_view(member_at(answer, "responseId")));
  take_usage(member_at(answer, "usageMetadata"));
  const std::string_view blocked =
      text_view(member_at(member_at(answer, "promptFeedback"), "blockReason"));
  if (!blocked.empty()) {
    return builder_.fail(FailureClass::content, StreamFault::none,
                         "the request was blocked: " + safe_text(blocked, context_.key), false);
  }
  const Json& candidates = member_at(answer, "candidates");
  if (!candidates.is_array() || candidates.empty()) return;
  any_candidate_ = true;
  const Json& candidate = candidates.front();
  const Json& parts = member_at(member_at(candidate, "content"), "parts");
  if (parts.is_array()) {
    for (const Json& part : parts) {
      if (!builder_.failed()) add_part(part);
    }
  }
  if (!builder_.failed()) add_finish_reason(candidate);
}

void Reader::add_part(const Json& part) {
  if (!part.is_object()) {
    return builder_.fail(FailureClass::malformed, StreamFault::malformed,
                         "a part of the answer is no object", true);
  }
  const Json& inline_data = member_at(part, "inlineData");
  const Json& file_data = member_at(part, "fileData");
  if (!member_at(part, "functionCall").is_null()) return add_call(part);
  if (!inline_data.is_null()) {
    const std::string type = string_at(inline_data, "mimeType");
    return add_media(part, type, "data:" + type + ";base64," + string_at(inline_data, "data"));
  }
  if (!file_data.is_null()) {
    return add_media(part, string_at(file_data, "mimeType"), string_at(file_data, "fileUri"));
  }
  const bool plain = part.contains("text") || part.contains(kSignature);
  if (plain) return add_text(part);
  add_opaque(part);
}

// A signed part is never put together with its neighbours: its signature is for it alone.
void Reader::add_text(const Json& part) {
  const std::string_view text = text_view(member_at(part, "text"));
  const Json& signature = member_at(part, kSignature);
  const bool thought = bool_at(part, kThought);
  if (signature.is_string()) builder_.end_part();
  if (thought) {
    builder_.reasoning(text, kThought);
    if (signature.is_string()) builder_.reasoning_opaque(kSignature, signature, kThought);
  } else {
    builder_.plain_text(text);
    if (signature.is_string()) builder_.text_opaque(kSignature, signature);
  }
  if (signature.is_string()) builder_.end_part();
}

void Reader::add_call(const Json& part) {
  const Json& call = member_at(part, "functionCall");
  const Json& args = member_at(call, "args");
  const Json& signature = member_at(part, kSignature);
  const std::string_view name = without_prefix(text_view(member_at(call, "name")));
  const std::string text = args.is_null() ? std::string() : to_text(args);
  if (name.empty()) {
    return builder_.fail(FailureClass::malformed, StreamFault::malformed,
                         "a functionCall has no name", true);
  }
  Json kept = Json::object();
  if (signature.is_string()) kept[std::string(kSignature)] = signature;
  const std::string id = string_at(call, "id");
  if (!id.empty()) kept["id"] = id;
  const auto slot = builder_.open_call(ReplyBuilder::CallPlace::in_order);
  if (!slot) return;
  CallPiece piece;
  piece.id = id;
  piece.name = name;
  piece.args = text;
  piece.opaque_kind = kCall;
  if (!kept.empty()) piece.opaque = &kept;
  builder_.call(*slot, piece);
}

void Reader::add_media(const Json& part, std::string_view media_type, std::string url) {
  if (bool_at(part, kThought)) return;  // a sketch on the way to the answer
  if (!media_type.starts_with("image/")) {
    return builder_.fail(FailureClass::client, StreamFault::none,
                         "the answer holds " + safe_text(media_type, context_.key) +
                             ", which is not taken; ask it for text or images",
                         false);
  }
  ImagePart image;
  image.media_type = shorten(printable(media_type), 100);
  image.url = std::move(url);
  const Json& signature = member_at(part, kSignature);
  if (signature.is_string()) {
    image.opaque = Opaque{context_.origin, std::string(kSignature), signature};
  }
  builder_.image(std::move(image));
}

void Reader::add_opaque(const Json& part) {
  builder_.end_part();
  builder_.reasoning_opaque(kPart, part, kPart);
  builder_.end_part();
}

void Reader::add_finish_reason(const Json& candidate) {
  const std::string_view reason = text_view(member_at(candidate, "finishReason"));
  if (reason.empty()) return;
  for (const FailureRule& rule : kFailureRules) {
    if (rule.reason != reason) continue;
    const std::string what =
        std::string(rule.what) + " (finishReason " + std::string(rule.reason) + ")";
    return builder_.fail(rule.failure_class, rule.fault, what, rule.retryable);
  }
  Finish finish = Finish::other;
  for (const FinishRule& rule : kFinishRules) {
    if (rule.reason == reason) finish = rule.finish;
  }
  builder_.set_finish(finish);
}

// Thoughts are counted beside what was said, and what the vendor's own tools brought in beside the
// prompt.
void Reader::take_usage(const Json& usage) {
  if (!usage.is_object()) return;
  Usage result;
  result.input = count_at(usage, "promptTokenCount") + count_at(usage, "toolUsePromptTokenCount");
  result.cached = count_at(usage, "cachedContentTokenCount");
  result.reasoning = count_at(usage, "thoughtsTokenCount");
  result.output = count_at(usage, "candidatesTokenCount") + result.reasoning;
  builder_.set_usage(result, usage);
}

}  // namespace yoke::gemini
