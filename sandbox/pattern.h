#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <string_view>
#include <vector>

namespace yoke::sandbox {

class Governor;

// Working memory of a match, kept between matches so that a short one allocates nothing.
struct MatchScratch {
  struct Choice {  // a point to come back to when what follows does not match
    enum class Kind : std::uint8_t { longest, shortest, other_way, opened, closed };
    Kind kind;
    std::int32_t capture;
    std::size_t subject;
    std::size_t pattern;  // where the item begins
    std::size_t next;     // where the item after it begins
    std::size_t count;    // longest: how many are taken
  };
  struct Set {  // a [set] of the pattern, worked out once
    std::size_t at;
    std::size_t end;
    std::bitset<256> members;
  };
  std::vector<Choice> choices;
  const void* owner = nullptr;  // the matcher whose sets these are
  std::vector<Set> sets;
};

// Lua's patterns (reference manual, 6.4.1), matched with an explicit stack of choices: no
// recursion, and every step counted against the state's quota.
//
// Ownership: borrows the subject, the pattern and the scratch memory of its state.
// Errors:    raises Lua errors for malformed patterns, and the quota.
class Matcher {
 public:
  static constexpr int kCapturesMax = 32;
  static constexpr std::size_t kChoicesMax = 20'000;

  Matcher(lua_State* L, std::string_view subject, std::string_view pattern);
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  // Tries the pattern (without its anchor) at one place. On success `end()` and the captures are
  // set.
  bool match_at(std::size_t start);
  std::size_t end() const { return end_; }

  int captures() const { return captures_; }
  // Pushes one capture (a string or a position); index 0 of a pattern without captures is the
  // match.
  void push_capture(int index, std::size_t start) const;
  // Pushes all of them, the whole match when there are none and `whole_if_none`.
  int push_captures(std::size_t start, bool whole_if_none) const;
  // The text of a capture that is no position.
  std::string_view capture_text(int index, std::size_t start) const;
  bool capture_is_position(int index) const;

 private:
  struct Capture {
    std::size_t start = 0;
    std::ptrdiff_t size = 0;  // or one of the two below
  };
  static constexpr std::ptrdiff_t kOpen = -1;
  static constexpr std::ptrdiff_t kPosition = -2;

  enum class Outcome : std::uint8_t { go_on, failed, matched };
  Outcome step(std::size_t& s, std::size_t& p);
  Outcome step_percent(std::size_t& s, std::size_t& p);
  Outcome step_single(std::size_t& s, std::size_t& p);
  Outcome step_balance(std::size_t& s, std::size_t& p);
  Outcome step_frontier(std::size_t& s, std::size_t& p);
  Outcome step_back_reference(std::size_t& s, std::size_t& p);
  Outcome open_capture(std::size_t& s, std::size_t& p);
  Outcome close_capture(std::size_t& s, std::size_t& p);
  bool go_back(std::size_t& s, std::size_t& p);
  void remember(const MatchScratch::Choice& choice);

  std::size_t item_end(std::size_t p);
  std::size_t set_end(std::size_t p) const;
  const MatchScratch::Set& set_at(std::size_t p);
  bool matches_single(std::size_t s, std::size_t p);
  int check_capture(int index) const;
  void spend(std::int64_t steps);
  void settle();
  [[noreturn]] void complain(const char* what) const;

  lua_State* L_;
  Governor& governor_;
  MatchScratch& scratch_;
  std::string_view subject_;
  std::string_view pattern_;
  std::size_t end_ = 0;
  int captures_ = 0;
  std::array<Capture, kCapturesMax> capture_{};
  std::int64_t steps_ = 0;  // not yet charged
};

// Whether a byte is in one of the classes %a %c %d %g %l %p %s %u %w %x %z or their complements;
// another letter stands for itself.
bool in_class(unsigned char c, unsigned char letter);

}  // namespace yoke::sandbox
