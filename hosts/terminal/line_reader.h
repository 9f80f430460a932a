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
  // `history_file`: what was typed before, in libedit's form; it is read, and not written. May be
  // empty.
  LineReader(bool is_terminal, const std::string& history_file);

  std::optional<std::string> read(const std::string& prompt);  // none at the end of input

 private:
  bool is_terminal_;
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
