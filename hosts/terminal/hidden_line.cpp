#include "hosts/terminal/hidden_line.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "hosts/terminal/line_reader.h"
#include "hosts/terminal/terminal.h"

namespace yoke {
namespace {

constexpr char kCtrlC = 3;
constexpr char kCtrlD = 4;
constexpr char kCtrlU = 21;
constexpr char kBackspace = 127;

// Neither shown nor read as signals: Ctrl-C must not leave the terminal mute.
bool hide_typing() {
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return false;
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  return ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &modes) == 0;
}

void drop_character(std::string& line) {
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
  if (!line.empty()) line.pop_back();
}

}  // namespace

std::optional<std::string> read_hidden_line(const std::string& prompt) {
  const TerminalModes before;
  if (!hide_typing()) return std::nullopt;
  Terminal terminal(ColorChoice::never);
  terminal.err(prompt);
  std::string line;
  bool whole = false;
  while (!whole) {
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == kCtrlC || (c == kCtrlD && line.empty())) break;
    if (c == '\n' || c == '\r' || c == kCtrlD) {
      whole = true;
    } else if (c == kBackspace || c == '\b') {
      drop_character(line);
    } else if (c == kCtrlU) {
      line.clear();
    } else {
      line += c;
    }
  }
  before.restore();
  terminal.err("\n");
  if (!whole) return std::nullopt;
  return line;
}

}  // namespace yoke
