#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hosts/screen/styled.h"

namespace yoke {

// Markdown as it comes, as lines of a terminal. Pure.
//
// A block is finished when what follows shows that it is: a paragraph by an empty line, a table by
// a line that is none of it; a line of a code block by its own end. What is finished never changes.
class MarkdownStream {
 public:
  explicit MarkdownStream(std::size_t columns);

  StyledLines feed(std::string_view text);  // what this finishes
  StyledLines unfinished() const;           // the rest, as it looks by now
  StyledLines finish();                     // the rest, for good; then it is as new

 private:
  enum class Block : std::uint8_t { none, paragraph, item, quote, table, code };
  // What a line is, and where its content begins.
  struct Row {
    Block block = Block::paragraph;
    bool alone = false;      // a heading, a rule, a fence: no line goes on from it
    std::size_t indent = 0;  // of the content, in columns
    std::string marker = {};
    std::string content = {};
  };
  Row row_of(const std::string& line) const;
  Row item_of(const std::string& line, std::size_t indent) const;
  void take_line(const std::string& line, StyledLines& out);
  void take_code(const std::string& line, StyledLines& out);
  void begin(const Row& row, const std::string& line, StyledLines& out);
  bool goes_on(const Row& row) const;
  void close(StyledLines& out);
  void put_gap(StyledLines& out);
  void put_alone(const Row& row, StyledLines& out);
  StyledLines shown() const;  // of the open block

  std::size_t columns_;
  std::string partial_;  // a line that has not ended
  Block block_ = Block::none;
  std::vector<std::string> lines_;  // of the open block
  std::string marker_;              // of the open item
  std::size_t indent_ = 0;
  std::string fence_;  // of the open code block
  std::size_t fence_indent_ = 0;
  bool gap_ = false;  // an empty line is due before the next block
  bool any_ = false;  // something was put
};

// All of a text at once.
StyledLines markdown_lines(std::string_view text, std::size_t columns);

// Emphasis, code and links within a line; `base` is the look of the rest.
StyledLine inline_markdown(std::string_view text, Look base);

// Rows of cells, the first one the titles, fitted to the columns; `alignments`: l, c or r each.
// Too narrow for columns, it is a list of records.
StyledLines table_lines(const std::vector<std::vector<std::string>>& rows,
                        const std::string& alignments, std::size_t columns);

}  // namespace yoke
