#include "models/openai_chat/reply.h"

#include "runtime/base/text.h"

namespace yoke::openai_chat {
namespace {

void read_whole(std::string_view body, const ReplyContext& context, ReplyBuilder& builder) {
  if (trim(body).empty()) {
    return builder.fail(FailureClass::malformed, "the answer has no body", true);
  }
  const Result<Json> answer = parse_vendor_json(body);
  if (!answer) {
    const std::string what =
        "the answer is no JSON: " + safe_text(answer.error().detail, context.key) + ": " +
        safe_text(body.substr(0, 120), context.key);
    return builder.fail(FailureClass::malformed, what, true);
  }
  builder.add(*answer, "message");
  if (builder.failed()) return;
  const Json& choices = member_at(*answer, "choices");
  if (!choices.is_array() || choices.empty()) {
    builder.fail(FailureClass::malformed, "the answer has no choices", true);
  }
}

}  // namespace

Result<Json> parse_vendor_json(std::string_view text) {
  if (is_valid_utf8(text)) return parse_json(text);
  const std::string mended = to_valid_utf8(text);
  return parse_json(mended);
}

ModelOutcome decode_reply(std::string_view body, const ReplyContext& context, DeltaSink sink) {
  ReplyBuilder builder(context, std::move(sink));
  read_whole(body, context, builder);
  return builder.finish();
}

}  // namespace yoke::openai_chat
