#pragma once

#include <deque>
#include <string>

#include "hosts/screen/markdown.h"
#include "hosts/screen/styled.h"

namespace yoke {

// What was said, as a terminal shows it: lines once they are finished, and the last of it again
// when the width has changed. Pure.
//
// Limits: of what is finished the newest kKeptMax entries of at most kKeptBytesMax are kept; a
//         terminal has the rest.
class Transcript {
 public:
  static constexpr std::size_t kKeptMax = 300;
  static constexpr std::size_t kKeptBytesMax = 256 * 1024;

  explicit Transcript(std::size_t columns) : columns_(columns), stream_(columns) {}

  std::size_t columns() const { return columns_; }
  void set_columns(std::size_t columns);

  void said(std::string_view text);             // by the person
  void line(StyledLine line);                   // of one line, clipped
  void text(std::string_view text, Look look);  // wrapped
  void block(const std::string& lines);         // what a command printed, cut at the width
  void markdown(const std::string& text);       // whole
  void gap();                                   // an empty line, unless there is one

  // An answer as it streams.
  void stream(std::string_view piece);
  const std::string& streamed() const { return streamed_; }
  void end_stream();
  StyledLines unfinished() const { return stream_.unfinished(); }

  StyledLines take_finished();               // what is new since the last time
  StyledLines last(std::size_t rows) const;  // of all that was finished, at this width

 private:
  struct Entry {
    enum class Kind : std::uint8_t { said, line, text, block, markdown, gap };
    Kind kind = Kind::gap;
    std::string text = {};
    Look look = Look::plain;
    StyledLine styled = {};
  };
  void add(Entry entry);
  void keep(Entry entry);
  StyledLines lines_of(const Entry& entry) const;

  std::size_t columns_;
  std::deque<Entry> kept_;
  std::size_t kept_bytes_ = 0;
  StyledLines finished_;
  bool after_gap_ = true;
  MarkdownStream stream_;
  std::string streamed_;  // all of the answer that streams
};

}  // namespace yoke
