#pragma once

#include <string_view>

#include "models/openai_chat/reply_builder.h"

namespace yoke::openai_chat {

// Reads a streamed reply, event by event. Pure: what reads the socket pushes the data of each event
// and then says how the stream ended.
//
// A reply is whole only with a finish_reason and the vendor's end: [DONE], or the usage that comes
// last. Everything else is a failure of its own message.
class StreamDecoder {
 public:
  StreamDecoder(const ReplyContext& context, DeltaSink sink);

  // The data of one server-sent event. False: nothing more is wanted, stop reading.
  bool push(std::string_view data);
  void fail(std::string_view what) { builder_.fail(FailureClass::malformed, what, true); }
  bool failed() const { return builder_.failed(); }

  ModelOutcome end();  // the body ended properly
  // The connection broke, fell silent, or the deadline passed. A reply that was whole by then
  // stands.
  ModelOutcome cut(FailureClass failure_class, std::string_view reason, bool retryable);

 private:
  const ReplyContext& context_;
  ReplyBuilder builder_;
  bool done_ = false;  // [DONE] came
  bool any_event_ = false;
  bool any_choice_ = false;
};

}  // namespace yoke::openai_chat
