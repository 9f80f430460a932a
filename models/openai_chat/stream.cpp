#include "models/openai_chat/stream.h"

#include "runtime/base/text.h"

namespace yoke::openai_chat {

ChatStream::ChatStream(const ReplyContext& context, const Profile& profile, DeltaSink sink)
    : context_(context),
      done_marker_(profile.done_marker),
      reader_(context, profile, std::move(sink)) {}

bool ChatStream::push(const WireEvent& event) {
  if (done_ || failed_) return false;
  const std::string_view data = trim(event.data);
  if (data.empty()) return true;
  any_event_ = true;
  if (data == "[DONE]") {
    done_ = true;
    return false;
  }
  const Result<Json> chunk = parse_vendor_json(data);
  if (!chunk) {
    fail(StreamFault::malformed,
         no_json("an event of the stream", chunk.error(), data, context_.key));
    return false;
  }
  reader_.add(*chunk, "delta");
  failed_ = reader_.reply().failed();
  return !failed_;
}

void ChatStream::fail(StreamFault fault, std::string_view what) {
  reader_.reply().fail(FailureClass::malformed, fault, what, true);
  failed_ = true;
}

ModelOutcome ChatStream::end() {
  ReplyBuilder& reply = reader_.reply();
  const bool at_end = done_ || reply.has_usage() || !done_marker_;
  if (reply.failed()) return reader_.finish();
  if (!any_event_) {
    fail(StreamFault::empty, "the stream ended without one event");
  } else if (!reader_.any_choice()) {
    fail(StreamFault::empty, "the stream has no choices");
  } else if (!reply.finished()) {
    fail(StreamFault::cut, done_ ? "the stream ended without a finish_reason"
                                 : "the stream ended in the middle of the reply");
  } else if (!at_end) {
    fail(StreamFault::cut, "the stream ended before [DONE]");
  }
  return reader_.finish();
}

ModelOutcome ChatStream::cut(const StreamCut& cut) {
  ReplyBuilder& reply = reader_.reply();
  const bool whole = reply.finished() && (done_ || reply.has_usage());
  if (!whole) reply.fail(cut.failure_class, cut.fault, cut.reason, cut.retryable);
  return reader_.finish();
}

}  // namespace yoke::openai_chat
