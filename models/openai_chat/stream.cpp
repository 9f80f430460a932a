#include "models/openai_chat/stream.h"

#include "models/openai_chat/reply.h"
#include "runtime/base/text.h"

namespace yoke::openai_chat {

StreamDecoder::StreamDecoder(const ReplyContext& context, DeltaSink sink)
    : context_(context), builder_(context, std::move(sink)) {}

bool StreamDecoder::push(std::string_view data) {
  if (done_ || builder_.failed()) return false;
  data = trim(data);
  if (data.empty()) return true;
  any_event_ = true;
  if (data == "[DONE]") {
    done_ = true;
    return false;
  }
  const Result<Json> chunk = parse_vendor_json(data);
  if (!chunk) {
    const std::string what =
        "an event of the stream is no JSON: " + safe_text(chunk.error().detail, context_.key) +
        ": " + safe_text(data.substr(0, 120), context_.key);
    builder_.fail(FailureClass::malformed, what, true);
    return false;
  }
  const Json& choices = member_at(*chunk, "choices");
  any_choice_ = any_choice_ || (choices.is_array() && !choices.empty());
  builder_.add(*chunk, "delta");
  return !builder_.failed();
}

ModelOutcome StreamDecoder::end() {
  const bool at_end = done_ || builder_.has_usage() || !context_.profile.done_marker;
  if (builder_.failed()) return builder_.finish();
  if (!any_event_) {
    builder_.fail(FailureClass::malformed, "the stream ended without one event", true);
  } else if (!any_choice_) {
    builder_.fail(FailureClass::malformed, "the stream has no choices", true);
  } else if (!builder_.finished()) {
    const std::string_view what = done_ ? "the stream ended without a finish_reason"
                                        : "the stream ended in the middle of the reply";
    builder_.fail(FailureClass::malformed, what, true);
  } else if (!at_end) {
    builder_.fail(FailureClass::malformed, "the stream ended before [DONE]", true);
  }
  return builder_.finish();
}

ModelOutcome StreamDecoder::cut(FailureClass failure_class, std::string_view reason,
                                bool retryable) {
  const bool whole = builder_.finished() && (done_ || builder_.has_usage());
  if (!whole) builder_.fail(failure_class, reason, retryable);
  return builder_.finish();
}

}  // namespace yoke::openai_chat
