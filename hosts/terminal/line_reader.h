#pragma once

#include <termios.h>

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

// The modes of the terminal at standard input, as they were when this was made: line editing
// changes them while it waits, and cannot put them back when a signal ends the process.
class TerminalModes {
 public:
  TerminalModes();
  void restore() const;  // nothing where standard input is no terminal

 private:
  termios modes_{};
  bool known_;
};

}  // namespace yoke
