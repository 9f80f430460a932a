#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/failure.h"
#include "models/openai_chat/profile.h"
#include "models/think_splitter.h"
#include "models/tool_names.h"
#include "runtime/ports/model.h"

namespace yoke::openai_chat {

inline constexpr std::size_t kCallsMax = 64;     // tool calls in one reply
inline constexpr std::size_t kPartsMax = 1'000;  // pieces of text and reasoning that take turns

// What a reply is read against. Everything referred to outlives the reading.
struct ReplyContext {
  const Profile& profile;
  const ToolNames& names;
  const Secret& key;
  std::string backend;            // "lab": for messages, and as origin "openai-chat/lab"
  std::int64_t input_tokens = 0;  // estimated, for an answer without usage
  std::int64_t output_tokens_max = 0;
};
std::string origin_of(std::string_view backend);

// Puts a reply together from its pieces: the whole message of a plain answer, or the deltas of a
// stream. Both have one shape, so both come through add_delta.
//
// Errors: whatever is wrong becomes the failure that finish() returns; further pieces are ignored.
// Limits: kCallsMax tool calls, kPartsMax parts; text, reasoning, arguments and what comes with
// calls
//         together at most 64 bytes for each token that was asked for, and at least 1 MiB.
class ReplyBuilder {
 public:
  ReplyBuilder(const ReplyContext& context, DeltaSink sink);

  // One chunk, or a whole answer with `message_key` "message".
  void add(const Json& answer, std::string_view message_key);
  void fail(FailureClass failure_class, std::string_view what, bool retryable);

  bool failed() const { return failure_.has_value(); }
  bool finished() const { return !finish_reason_.empty(); }  // a finish_reason was seen
  bool has_usage() const { return usage_.has_value(); }

  ModelOutcome finish();  // once

 private:
  struct Call {
    std::optional<std::int64_t> index;
    std::string id;
    std::string name;  // on the wire
    std::string args;
    Json extra = nullptr;
  };

  void add_delta(const Json& delta);
  void add_content(const Json& content);
  void add_content_item(const Json& item);
  void add_text(std::string_view text);
  void add_plain_text(std::string_view text);
  void add_reasoning(std::string_view text, std::string_view key);
  void add_reasoning_details(const Json& details);
  void add_calls(const Json& calls);
  void add_call(const Json& piece, std::size_t position);
  Call* slot_for(const Json& piece, std::size_t position);
  void give_pieces();
  void recant();
  void emit(Delta::Kind kind, std::string_view text, int index = 0, std::string tool = {});
  bool count(std::size_t bytes);        // of what the model wrote
  bool count_aside(std::size_t bytes);  // of what comes with it: ids, names, opaque parts
  bool within_bounds();
  bool room_for_part();
  std::string tool_name(const std::string& wire) const;

  void end_text();
  void append_calls(Message& message);
  ToolCallPart call_part(Call& call, std::size_t position) const;
  std::optional<ModelFailure> refused_finish();
  std::optional<ModelFailure> empty_failure(const Message& message) const;
  Finish finish_value(const Message& message) const;
  Usage usage_so_far() const;

  const ReplyContext& context_;
  const DeltaSink sink_;
  ThinkSplitter splitter_;
  std::vector<ThinkSplitter::Piece> pieces_;
  std::vector<Part> parts_;  // text and reasoning, in order
  std::vector<Call> calls_;
  std::string refusal_;
  Json reasoning_details_ = Json::array();
  std::string finish_reason_;
  std::string model_;
  std::string answer_id_;
  std::optional<Usage> usage_;
  Json raw_usage_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t aside_bytes_ = 0;
  std::size_t reasoning_bytes_ = 0;
  std::optional<ModelFailure> failure_;
};

}  // namespace yoke::openai_chat
