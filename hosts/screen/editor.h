#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/screen/keys.h"
#include "hosts/screen/styled.h"

namespace yoke {

// Lines with the place of the cursor in them.
struct EditorView {
  StyledLines lines;
  std::size_t row = 0;
  std::size_t column = 0;
};

// A text of one or more lines that is being typed. Knows no terminal. Pure.
//
// A long paste is one glyph in it, shown as "[500 lines]", and goes in whole.
class LineEditor {
 public:
  enum class Outcome : std::uint8_t {
    changed,    // or the cursor moved
    unchanged,  // the key means nothing here
    submitted,  // Enter: take() has the text
    at_top,     // up in the first line
    at_bottom,  // down in the last line
  };
  Outcome press(const KeyPress& key);

  bool is_empty() const { return text_.empty(); }
  std::string text() const;         // with what was pasted
  std::string take();               // and begins afresh
  void set(std::string_view text);  // the cursor at its end
  void clear() { set(""); }

  // For completion: the text as it is held, with the cursor's place in it.
  const std::string& held() const { return text_; }
  std::size_t cursor() const { return cursor_; }
  void replace(std::size_t from, std::size_t to, std::string_view with);

  // As it looks in so many columns and at most so many rows, around the cursor.
  EditorView view(std::size_t columns, std::size_t rows_max, const StyledLine& prompt) const;

 private:
  struct Place {  // what undo goes back to
    std::string text;
    std::size_t cursor = 0;
  };
  void insert(std::string_view text);
  void insert_paste(std::string_view text);
  void remember();
  void undo();
  void cut_to(std::size_t from, std::size_t to);
  Outcome press_control(char letter);
  Outcome press_alt(char letter);
  Outcome move_line(bool up);
  std::size_t line_begin() const;
  std::size_t line_end() const;
  std::size_t word_before() const;
  std::size_t word_after() const;
  std::string label_of(std::string_view glyph) const;

  std::string text_;
  std::size_t cursor_ = 0;
  std::string killed_;
  std::vector<std::string> pastes_;  // the n-th is shown for the n-th mark
  std::vector<Place> undo_;
};

}  // namespace yoke
