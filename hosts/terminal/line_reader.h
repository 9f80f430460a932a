#pragma once

#include <optional>
#include <string>

namespace yoke {

// Reads lines a person types: with editing and history on a terminal, plainly from a pipe.
//
// Threads: one; read() blocks.
class LineReader {
 public:
  // `history_file` is made when missing; empty keeps none.
  LineReader(bool is_terminal, std::string history_file);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  std::optional<std::string> read(const std::string& prompt);  // none at the end of input

 private:
  bool is_terminal_;
  std::string history_file_;
};

}  // namespace yoke
