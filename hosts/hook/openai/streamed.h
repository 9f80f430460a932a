#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/talk.h"

namespace yoke::openai {

// What of a reply a client was shown already. What is sent cannot be taken back: after a reset that
// voids some of it, nothing more is shown until the reply is known. Pure.
class Streamed {
 public:
  // Of an agent, calls are shown at the end alone: most are its own tools'.
  explicit Streamed(bool of_agent) : of_agent_(of_agent) {}

  // What of the piece is to be shown now; empty: nothing. The first text of a later turn stands
  // apart from the turn before.
  std::string add(const Delta& delta);
  bool begins_call() const { return begins_call_; }  // the last piece did
  void end_turn() { turn_ended_ = true; }

  // What is still to be shown, once the reply is known. None: what was shown is no part of it.
  struct Rest {
    std::string text;
    std::string refusal = {};  // models stream theirs as text: then it is shown already
    std::size_t calls_shown = 0;
    std::vector<std::size_t> bare = {};  // of those shown: without a word of arguments
  };
  std::optional<Rest> rest(const TalkReply& reply) const;

  bool any_reasoning() const { return reasoning_; }
  bool any_text() const { return !text_.empty() || earlier_text_; }

 private:
  std::string add_text(const Delta& delta);
  std::string add_call(const Delta& delta);

  const bool of_agent_;
  std::string text_;                // of the current turn
  std::vector<std::string> calls_;  // their arguments
  bool earlier_text_ = false;       // of turns before it
  bool reasoning_ = false;
  bool turn_ended_ = false;
  bool held_ = false;  // something that was shown is void
  bool begins_call_ = false;
};

// The calls of a message, in order.
std::vector<const ToolCallPart*> calls_in(const Message& message);
// The id that a client knows the index-th call of a reply by. An agent's run knows its calls by
// their own ids; a model's are counted.
std::string handed_out_id(const TalkReply& reply, std::size_t index, bool of_agent);
// Arguments as text: what was no JSON as it was.
std::string arguments_text(const ToolCallPart& call);
// The reply's text. An agent's that waits for a person says what it waits for, and how that is
// answered.
std::string shown_text(const TalkReply& reply);
std::string refusal_in(const Message& message);

// Nothing that was sent fits what the reply came to.
Refusal begun_anew();

}  // namespace yoke::openai
