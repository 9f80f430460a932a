#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hosts/hook/anthropic/reply.h"

namespace yoke::anthropic {

// A reply as the server-sent events of Anthropic's stream. Pure: each function gives the text of
// the events that come next, which may be empty.
//
// Ownership: borrows the thoughts, which outlive it.
class MessageStream {
 public:
  MessageStream(ReplyForm form, const Thoughts& thoughts);

  std::string begin(std::int64_t input_tokens);  // message_start; the count is an estimate
  std::string take(const Delta& delta);
  std::string take_turn();  // an agent's model has answered, and may be asked again
  std::string end(const TalkReply& reply);
  std::string fail(const Refusal& refusal);  // instead of an end
  static std::string ping();

  // What was told is void, and this wire has no words for that: only fail() may follow.
  bool is_void() const { return void_; }

 private:
  struct Call {
    std::string name;
    std::string args;
    std::string id;
    std::size_t block = 0;
    bool begun = false;
    bool closed = false;
  };

  void add(const char* type, Json event);
  void add_delta(std::size_t block, Json delta);
  std::size_t open(Json block);
  void close(std::size_t block);
  void whole(Json block, Json delta = nullptr);
  std::string flush();

  void think(const Delta& delta);
  void begin_thought();
  void end_thought(const ReasoningPart& thought);
  void show_thought(const ReasoningPart& thought, const std::string& text);
  void say(const std::string& text);
  void end_text();
  void call(const Delta& delta);
  void begin_call(std::size_t index, Call& call);
  void end_calls();
  void end_ready_calls(std::size_t but);
  void tell_rest(const TalkReply& reply);
  void tell_call(const ToolCallPart& part, std::size_t index);

  const ReplyForm form_;
  const Thoughts& thoughts_;
  std::string out_;
  std::size_t blocks_ = 0;  // begun so far
  bool void_ = false;
  bool in_thought_ = false;
  bool thought_open_ = false;  // as a block
  std::size_t thought_block_ = 0;
  std::string thought_;
  std::vector<std::pair<ReasoningPart, std::string>> unshown_;
  bool text_open_ = false;
  std::size_t text_block_ = 0;
  std::string turn_text_;  // of the turn of the model that came last
  std::map<std::size_t, Call> calls_;
  std::vector<std::pair<std::string, Opaque>> opaques_;
};

// The text of one event: its data is canonical JSON with its type.
std::string event_text(const char* type, Json data);

}  // namespace yoke::anthropic
