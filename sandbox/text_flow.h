#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace yoke::sandbox {

// Plain text as it flows from a page: runs of white space are one space, paragraphs are apart by
// at most one empty line, and nothing begins or ends with blanks.
class TextFlow {
 public:
  void add(std::string_view text);
  void mark(std::string_view text);  // as it is, not collapsed: "## "
  void separate(int lines);          // at least so many line ends before what follows
  void break_line();                 // one line end more

  void open_list(bool numbered);
  void close_list();
  void open_item();
  void open_row();
  void open_cell();
  void open_preformatted() { ++preformatted_; }
  void close_preformatted() { preformatted_ -= preformatted_ > 0 ? 1 : 0; }

  std::size_t size() const { return out_.size(); }
  bool ends_with(std::string_view text) const { return std::string_view(out_).ends_with(text); }
  std::string take();

 private:
  void put(char c);
  void settle();  // writes what is owed before the next character

  struct List {
    bool numbered = false;
    int items = 0;
  };
  std::string out_;
  std::vector<List> lists_;
  int deeper_ = 0;  // lists within more lists than are kept
  int line_ends_owed_ = 0;
  bool space_owed_ = false;
  bool row_began_ = false;
  int preformatted_ = 0;
};

}  // namespace yoke::sandbox
