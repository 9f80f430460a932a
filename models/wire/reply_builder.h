#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/think_splitter.h"
#include "models/wire/reply_context.h"
#include "runtime/ports/model.h"

namespace yoke {

inline constexpr std::size_t kCallsMax = 64;     // tool calls in one reply
inline constexpr std::size_t kPartsMax = 1'000;  // pieces of text, reasoning and images

// ReasoningPart::key of what a raw model's tags marked.
inline constexpr std::string_view kThinkTagKey = "<think>";

// A piece of a tool call; what is empty adds nothing. The first id and name that come count.
struct CallPiece {
  std::string_view id = {};
  std::string_view name = {};  // on the wire
  std::string_view args = {};  // JSON text, or the next part of it
  std::string_view opaque_kind = {};
  const Json* opaque = nullptr;  // null: none
};

// Puts a reply together from its pieces, whatever the vendor's protocol: the whole message of a
// plain answer, or the deltas of a stream, which it hands on as they come.
//
// Errors: whatever is wrong becomes the failure that finish() returns; further pieces are ignored.
// Limits: kCallsMax tool calls, kPartsMax parts; text, reasoning, arguments and what comes with
//         calls together at most 64 bytes for each token that was asked for, and at least 1 MiB;
//         images together at most 12 MiB.
class ReplyBuilder {
 public:
  enum class CallPlace : std::uint8_t { last, in_order };

  ReplyBuilder(const ReplyContext& context, DeltaSink sink, ThinkTags tags = {});

  void text(std::string_view text);  // tags in it are heeded when they are expected
  void plain_text(std::string_view text);
  void reasoning(std::string_view text, std::string_view key);
  void refusal(std::string_view text);
  void image(ImagePart image);
  void end_part();  // the next text or reasoning begins a part of its own: this one has come whole

  // What only the vendor can read, of the part that came last; where that is of another kind, of a
  // new one without text. Given again it is replaced.
  void text_opaque(std::string_view kind, Json value);
  void reasoning_opaque(std::string_view kind, Json value, std::string_view key = {});

  // The same for the first reasoning of the reply, at its front when there is none.
  void lead_reasoning_opaque(std::string_view kind, Json value);

  // A place for a new tool call; none, and a failure, when there are too many.
  std::optional<std::size_t> open_call(CallPlace place = CallPlace::last);
  void call(std::size_t slot, const CallPiece& piece);
  std::size_t calls() const { return calls_.size(); }

  void set_model(std::string_view model);
  void set_answer_id(std::string_view id);  // seeds the ids of calls that come without one
  void set_usage(const Usage& usage, Json raw);
  void set_finish(Finish finish) { finish_ = finish; }
  // What the vendor says it stopped at; passed over where it is none of the request's.
  void set_stop_sequence(std::string_view text);
  void set_paused() { paused_ = true; }  // then it may have no text yet

  void fail(FailureClass failure_class, StreamFault fault, std::string_view what, bool retryable);
  void fail(ModelFailure failure);

  bool failed() const { return failure_.has_value(); }
  bool finished() const { return finish_.has_value(); }
  bool has_usage() const { return usage_.has_value(); }

  ModelOutcome finish();  // once

 private:
  struct Call {
    std::string id;
    std::string name;
    std::string args;
    std::string opaque_kind;
    Json opaque = nullptr;
    std::size_t after = 0;  // how many parts come before it
  };

  template <class T>
  T* last_part();  // null when the last one is of another kind, or was ended
  template <class T>
  T* part_for_more();
  void give_pieces();
  void recant();
  void end_thought();
  void emit(Delta::Kind kind, std::string_view text, int index = 0, std::string tool = {});
  bool count(std::size_t bytes);        // of what the model wrote
  bool count_aside(std::size_t bytes);  // of what comes with it: ids, names, opaque parts
  bool within_bounds();
  bool room_for_part();
  std::string tool_name(const std::string& wire) const;

  std::vector<Part> take_parts();
  ToolCallPart call_part(Call& call, std::size_t position) const;
  std::optional<ModelFailure> empty_failure(const Message& message) const;
  Finish finish_value(const Message& message) const;
  Usage usage_so_far() const;

  const ReplyContext& context_;
  const DeltaSink sink_;
  const bool tags_expected_;
  ThinkSplitter splitter_;
  std::vector<ThinkSplitter::Piece> pieces_;
  std::vector<Part> parts_;  // text, reasoning and images, in order
  bool part_ended_ = false;
  bool in_thought_ = false;               // the last part is reasoning whose end was not told
  std::optional<std::size_t> text_call_;  // that the text's markup wrote last
  std::vector<Call> calls_;
  std::string refusal_;
  bool paused_ = false;
  std::optional<Finish> finish_;
  std::string stop_sequence_;
  std::string model_;
  std::string answer_id_;
  std::optional<Usage> usage_;
  Json raw_usage_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t aside_bytes_ = 0;
  std::size_t reasoning_bytes_ = 0;
  std::size_t image_bytes_ = 0;
  std::optional<ModelFailure> failure_;
};

// JSON from a vendor: invalid UTF-8 is mended first, everything else goes by the bounded door.
Result<Json> parse_vendor_json(std::string_view text);
// What is wrong with a piece that is no JSON, in words that are safe to show.
std::string no_json(std::string_view what, const Error& error, std::string_view text,
                    const Secret& key);

}  // namespace yoke
