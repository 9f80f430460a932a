#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yoke::openai {

// The numbers of a stream's events. They say how far its content has come, not how many events
// there were, for a text that is told again from the journal is cut otherwise than it was live: a
// piece of text takes as many numbers as it has bytes and has the last of them. So what a client
// has, by the number that it saw last, is known to the byte. Pure.
class Sequence {
 public:
  Sequence() = default;
  // Of a client that has everything up to and with the number `after`: it is told none of that.
  explicit Sequence(std::int64_t after) : after_(after) {}

  // Of the next event; none: the client has it.
  std::optional<std::int64_t> next();

  // A piece, as far as the client is yet to be told of it.
  struct Piece {
    std::int64_t number = 0;
    std::string text;
  };
  std::optional<Piece> text(std::string_view text);

  // The arguments of a call are told again in other words (the journal has what they mean), so that
  // their bytes count for nothing: a call takes kCallNumbers, however many pieces it comes in. What
  // does not fit is held back for the last of them. Of a call whose arguments a client has a part
  // of, it is told what comes live, and all of them when they are done.
  static constexpr std::int64_t kCallNumbers = 1000;
  void begin_call() { call_from_ = next_; }
  std::optional<Piece> arguments(std::string_view text);
  std::optional<Piece> end_call();

  bool has_more() const { return after_ >= next_; }  // the client was told more than there is yet
  void pass_known();  // the next event is told whatever the client has

 private:
  std::int64_t after_ = -1;
  std::int64_t next_ = 0;
  std::int64_t call_from_ = 0;
  std::string held_;
};

}  // namespace yoke::openai
