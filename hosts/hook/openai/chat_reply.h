#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/openai/streamed.h"
#include "hosts/hook/openai/streaming.h"
#include "hosts/hook/talk.h"

namespace yoke::openai {

// What all of a completion's chunks say alike.
struct CompletionHead {
  std::string run_id;
  std::string model;  // as it was asked for
  std::int64_t created_s = 0;
  bool of_agent = false;
};

// A whole "chat.completion".
Json chat_completion(const CompletionHead& head, const TalkReply& reply);

// The events of a streamed completion, as bytes to be sent. Pure.
class ChatStream final : public EventStream {
 public:
  ChatStream(CompletionHead head, bool usage_chunk)
      : head_(std::move(head)), usage_chunk_(usage_chunk), streamed_(head_.of_agent) {}

  std::string begin() override;
  std::string add(const Delta& delta) override;
  std::string add_note(const std::string& text) override;  // an agent's doings, as reasoning
  std::string end_turn(const Message&) override {
    streamed_.end_turn();
    return {};
  }
  // The rest of it: what was not streamed, the finish, the usage, [DONE]. An error where what was
  // streamed is no beginning of the reply, for nothing that was sent can be taken back.
  std::string end(const TalkReply& reply) override;
  std::string fail(const Refusal& refusal) override;

 private:
  std::string chunk(Json delta, Json finish_reason = nullptr) const;
  std::string usage_chunk(const Usage& usage) const;

  const CompletionHead head_;
  const bool usage_chunk_;
  Streamed streamed_;
};

// "error" as both protocols have it.
Json error_of(const Refusal& refusal);

}  // namespace yoke::openai
