#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// Parts a raw model's text into its reasoning and its answer by the tags it writes:
// <think>…</think>, ◁think▷…◁/think▷, and the channel markup of gpt-oss ("harmony"), in which it
// also calls tools. The text may be cut anywhere, inside a tag too. A tag counts only where a model
// puts it, before the answer: text that speaks of <think> is text.
class ThinkSplitter {
 public:
  struct Piece {
    enum class Kind {
      text,
      reasoning,
      recant,     // all text so far was reasoning
      call,       // the model begins a call of the tool `text`, as it is named on the wire
      call_args,  // a piece of that call's arguments
    };
    Kind kind = Kind::text;
    std::string text;
  };

  // `opening_omitted`: the model may begin inside its reasoning, and only close it (DeepSeek R1).
  explicit ThinkSplitter(bool opening_omitted = false) : opening_omitted_(opening_omitted) {}

  void push(std::string_view text, std::vector<Piece>& out);
  void finish(std::vector<Piece>& out);  // gives out what was held back

 private:
  enum class Mode { start, text, reasoning, header, call };

  bool step(std::vector<Piece>& out);  // false: needs more text
  bool step_start(std::vector<Piece>& out);
  bool step_text(std::vector<Piece>& out);
  bool step_reasoning(std::vector<Piece>& out);
  bool step_header(std::vector<Piece>& out);
  bool step_channel(std::vector<Piece>& out);
  void open_channel(std::string_view header, std::vector<Piece>& out);
  // Gives out all but a tail that may be the beginning of `tag`; true when the tag was there and
  // eaten.
  bool give_until(std::string_view tag, Piece::Kind kind, std::vector<Piece>& out);
  void give(Piece::Kind kind, std::size_t bytes, std::vector<Piece>& out);
  Piece::Kind kind_of_mode() const;
  std::string_view rest() const { return std::string_view(held_).substr(taken_); }

  bool opening_omitted_;
  bool tag_seen_ = false;
  bool channel_ = false;  // what is open is a channel's message
  Mode mode_ = Mode::start;
  std::string_view closing_;  // of the tag that is open
  std::string held_;
  std::size_t taken_ = 0;  // of held_: erased once, when a push is done with
};

}  // namespace yoke
