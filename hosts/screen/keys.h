#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// What a person pressed.
struct KeyPress {
  enum class Kind : std::uint8_t {
    text,   // `text` is what was typed
    paste,  // `text` is what was pasted, its lines ended by \n
    enter,
    newline,  // Ctrl+J, Alt+Enter
    tab,
    back_tab,
    backspace,
    erase,  // Delete
    left,
    right,
    up,
    down,
    home,
    end,
    word_left,
    word_right,
    page_up,
    page_down,
    escape,
    control,  // Ctrl with `letter`
    alt,      // Alt with `letter`; 0x7f: Alt+Backspace
  };
  Kind kind = Kind::text;
  std::string text = {};
  char letter = 0;

  bool operator==(const KeyPress&) const = default;
  bool is_control(char which) const { return kind == Kind::control && letter == which; }
};

// Reads keys from a terminal's bytes, cut anywhere. Pure.
//
// Limits: of a paste kPasteBytesMax are kept; a sequence that is no key is passed over.
class KeyReader {
 public:
  static constexpr std::size_t kPasteBytesMax = 8u << 20;

  void feed(std::string_view bytes, std::vector<KeyPress>& keys);
  // Whether a lone Esc, or the beginning of a sequence, waits for what follows.
  bool is_waiting() const { return !pending_.empty() && !pasting_; }
  // Nothing followed: what waits is taken as it is.
  void settle(std::vector<KeyPress>& keys);

 private:
  std::size_t read_one(std::string_view bytes, std::vector<KeyPress>& keys);
  std::size_t read_escape(std::string_view bytes, std::vector<KeyPress>& keys);
  std::size_t read_sequence(std::string_view bytes, std::vector<KeyPress>& keys);
  void take_paste(std::vector<KeyPress>& keys);

  std::string pending_;  // bytes that are no whole key yet
  bool pasting_ = false;
  std::string paste_;
};

}  // namespace yoke
