#include "hosts/terminal/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "runtime/base/text.h"

namespace yoke {
namespace {

// 0, or the error at which it stopped.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool wants_colors(ColorChoice choice, bool is_terminal) {
  if (choice == ColorChoice::always) return true;
  if (choice == ColorChoice::never) return false;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return is_terminal && !dumb && (no_color == nullptr || *no_color == '\0');
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::dim:
      return "\x1b[2m";
    case Style::bold:
      return "\x1b[1m";
    case Style::red:
      return "\x1b[31m";
    case Style::green:
      return "\x1b[32m";
    case Style::yellow:
      return "\x1b[33m";
    case Style::cyan:
      return "\x1b[36m";
  }
  return "";
}

// As much of the text as fits in so many columns.
std::string fitted(std::string_view text, std::size_t columns) {
  std::string line(text);
  while (display_width(line) > columns) line = shorten(line, line.size() - 4);
  return line;
}

}  // namespace

Terminal::Terminal(ColorChoice color)
    : out_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_is_terminal_(::isatty(STDERR_FILENO) == 1),
      in_is_terminal_(::isatty(STDIN_FILENO) == 1),
      colors_(wants_colors(color, err_is_terminal_)) {}

void Terminal::out(std::string_view text) {
  end_live();
  if (out_error_ == 0) out_error_ = write_all(STDOUT_FILENO, text);
}

void Terminal::answer(std::string_view text) {
  out(out_is_terminal_ ? printable(text) : std::string(text));
  if (!text.ends_with('\n')) out("\n");
}

void Terminal::err(std::string_view text) {
  end_live();
  write_all(STDERR_FILENO, text);
}

void Terminal::line(std::string_view text) { err(std::string(text) + "\n"); }

void Terminal::live(std::string_view text) {
  if (!err_is_terminal_) return;
  const std::string line = fitted(text, static_cast<std::size_t>(width()) - 1);
  write_all(STDERR_FILENO, "\r\x1b[K" + styled(Style::dim, line));
  live_ = true;
}

void Terminal::end_live() {
  if (!live_) return;
  live_ = false;
  write_all(STDERR_FILENO, "\r\x1b[K");
}

std::string Terminal::styled(Style style, std::string_view text) const {
  const std::string_view code = code_of(style);
  if (!colors_ || code.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\x1b[0m";
}

bool Terminal::out_has_reader() const {
  pollfd out{STDOUT_FILENO, 0, 0};
  return out_error_ == 0 && (::poll(&out, 1, 0) <= 0 || (out.revents & POLLERR) == 0);
}

int Terminal::width() const {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10) return size.ws_col;
  return 80;
}

}  // namespace yoke
