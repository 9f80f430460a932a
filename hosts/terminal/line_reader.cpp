#include "hosts/terminal/line_reader.h"

#include <editline/readline.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace yoke {
namespace {

struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

}  // namespace

LineReader::LineReader(bool is_terminal, const std::string& history_file)
    : is_terminal_(is_terminal) {
  if (!is_terminal_) return;
  using_history();
  stifle_history(1000);
  if (!history_file.empty()) read_history(history_file.c_str());
}

std::optional<std::string> LineReader::read(const std::string& prompt) {
  if (!is_terminal_) {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
  }
  const std::unique_ptr<char, FreeText> line(readline(prompt.c_str()));
  if (line == nullptr) return std::nullopt;
  if (*line != '\0') add_history(line.get());
  return std::string(line.get());
}

TerminalModes::TerminalModes() : known_(::tcgetattr(STDIN_FILENO, &modes_) == 0) {}

void TerminalModes::restore() const {
  if (known_) ::tcsetattr(STDIN_FILENO, TCSANOW, &modes_);
}

}  // namespace yoke
