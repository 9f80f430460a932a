#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "models/openai_chat/profile.h"
#include "models/wire/reply_builder.h"

namespace yoke::openai_chat {

// Reads the JSON of answers into a reply: the whole message of a plain answer, or the deltas of a
// stream. Both have one shape.
class Reader {
 public:
  Reader(const ReplyContext& context, const Profile& profile, DeltaSink sink);

  // One chunk, or a whole answer with `message_key` "message".
  void add(const Json& answer, std::string_view message_key);
  ModelOutcome finish();  // once

  ReplyBuilder& reply() { return builder_; }
  bool any_choice() const { return any_choice_; }

 private:
  struct Slot {
    std::optional<std::int64_t> index;
    std::string id;
  };

  void add_delta(const Json& delta);
  void add_content(const Json& content);
  void add_content_item(const Json& item);
  void add_images(const Json& images);
  void add_reasoning_details(const Json& details);
  void add_calls(const Json& calls);
  void add_call(const Json& piece, std::size_t position);
  std::optional<std::size_t> slot_for(const Json& piece, std::size_t position);
  void add_finish_reason(std::string_view reason);

  const ReplyContext& context_;
  ReplyBuilder builder_;
  std::vector<Slot> slots_;  // of the builder's calls
  Json reasoning_details_ = Json::array();
  std::size_t detail_bytes_ = 0;
  bool any_choice_ = false;
};

}  // namespace yoke::openai_chat
