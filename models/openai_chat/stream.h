#pragma once

#include "models/openai_chat/reader.h"
#include "models/wire/wire.h"

namespace yoke::openai_chat {

// Reads a streamed reply. It is whole only with a finish_reason and the vendor's end: [DONE], or
// the usage that comes last.
class ChatStream final : public WireStream {
 public:
  ChatStream(const ReplyContext& context, const Profile& profile, DeltaSink sink);

  bool push(const WireEvent& event) override;
  void fail(StreamFault fault, std::string_view what) override;
  bool failed() const override { return failed_; }
  ModelOutcome end() override;
  ModelOutcome cut(const StreamCut& cut) override;

 private:
  const ReplyContext& context_;
  const bool done_marker_;
  Reader reader_;
  bool failed_ = false;
  bool done_ = false;  // [DONE] came
  bool any_event_ = false;
};

}  // namespace yoke::openai_chat
