#include "tests/support/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace yoke::testing {
namespace {

constexpr std::chrono::seconds kScreenPatience{120};

constexpr std::string_view kPastes = "\x1b[?2004";   // and then h or l
constexpr std::string_view kInFrame = "\x1b[?2026";  // what follows is to be shown at once

void add_utf8(std::uint32_t c, std::string& text) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | (c >> 6));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | (c >> 12));
    text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | (c >> 18));
    text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    text += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// The second cell of a wide character holds -1.
void add_cell(const VTermScreenCell& cell, std::string& text) {
  if (cell.chars[0] == static_cast<std::uint32_t>(-1)) return;
  if (cell.chars[0] == 0) text += ' ';
  for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; ++i) {
    add_utf8(cell.chars[i], text);
  }
}

void trim_end(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

std::vector<std::string> words_for_exec(const std::string& program,
                                        const std::vector<std::string>& args) {
  std::vector<std::string> words{program};
  words.insert(words.end(), args.begin(), args.end());
  return words;
}

std::vector<std::string> screen_environment(const ScreenOptions& options) {
  std::map<std::string, std::string> env = {
      {"HOME", options.dir}, {"USER", "tester"}, {"TERM", "xterm-256color"}, {"LANG", "C.UTF-8"}};
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = ::getenv(name)) env[name] = value;
  }
  for (const auto& [name, value] : options.env) env[name] = value;
  std::vector<std::string> out;
  for (const auto& [name, value] : env) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> as_pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

struct Screen::Parts {
  VTerm* terminal = nullptr;
  VTermScreen* screen = nullptr;
  std::vector<std::string> scrolled = {};
  bool cursor_visible = true;
  bool pastes = false;
  bool in_frame = false;
  std::string tail = {};  // of what was fed: the beginning of a mode that may go on in the next

  // The last that the bytes say of a mode, if anything.
  static void note(std::string_view bytes, std::string_view mode, bool& is_on) {
    for (std::size_t at = bytes.find(mode); at != std::string_view::npos;
         at = bytes.find(mode, at + 1)) {
      const std::string_view rest = bytes.substr(at + mode.size());
      if (!rest.empty()) is_on = rest.front() == 'h';
    }
  }

  static int push_line(int columns, const VTermScreenCell* cells, void* user) {
    std::string line;
    for (int i = 0; i < columns; ++i) add_cell(cells[i], line);
    trim_end(line);
    static_cast<Parts*>(user)->scrolled.push_back(std::move(line));
    return 1;
  }
  static int set_property(VTermProp property, VTermValue* value, void* user) {
    if (property == VTERM_PROP_CURSORVISIBLE) {
      static_cast<Parts*>(user)->cursor_visible = value->boolean != 0;
    }
    return 1;
  }
};

Screen::Screen(int columns, int rows) : parts_(std::make_unique<Parts>()) {
  static const VTermScreenCallbacks callbacks = [] {
    VTermScreenCallbacks made{};
    made.sb_pushline = &Parts::push_line;
    made.settermprop = &Parts::set_property;
    return made;
  }();
  parts_->terminal = vterm_new(rows, columns);
  vterm_set_utf8(parts_->terminal, 1);
  parts_->screen = vterm_obtain_screen(parts_->terminal);
  vterm_screen_set_callbacks(parts_->screen, &callbacks, parts_.get());
  vterm_screen_reset(parts_->screen, 1);
}

Screen::~Screen() { vterm_free(parts_->terminal); }

void Screen::feed(const std::string& bytes) {
  const std::string all = parts_->tail + bytes;
  Parts::note(all, kPastes, parts_->pastes);
  Parts::note(all, kInFrame, parts_->in_frame);
  parts_->tail = all.substr(all.size() - std::min(all.size(), kPastes.size()));
  vterm_input_write(parts_->terminal, bytes.data(), bytes.size());
}

void Screen::resize(int columns, int rows) { vterm_set_size(parts_->terminal, rows, columns); }

std::string Screen::answers() {
  std::string out;
  std::array<char, 256> buffer{};
  while (const std::size_t read =
             vterm_output_read(parts_->terminal, buffer.data(), buffer.size())) {
    out.append(buffer.data(), read);
  }
  return out;
}

std::vector<std::string> Screen::lines() const {
  int rows = 0;
  int columns = 0;
  vterm_get_size(parts_->terminal, &rows, &columns);
  std::vector<std::string> out;
  for (int row = 0; row < rows; ++row) {
    std::string line;
    for (int column = 0; column < columns; ++column) {
      VTermScreenCell cell{};
      vterm_screen_get_cell(parts_->screen, VTermPos{row, column}, &cell);
      add_cell(cell, line);
    }
    trim_end(line);
    out.push_back(std::move(line));
  }
  return out;
}

std::string Screen::text() const {
  std::string out;
  for (const std::string& line : lines()) out += line + "\n";
  out.erase(out.find_last_not_of('\n') + 1);
  return out + "\n";
}

const std::vector<std::string>& Screen::scrolled_off() const { return parts_->scrolled; }

std::string Screen::all_text() const {
  std::string out;
  for (const std::string& line : parts_->scrolled) out += line + "\n";
  return out + text();
}

int Screen::cursor_row() const {
  VTermPos at{};
  vterm_state_get_cursorpos(vterm_obtain_state(parts_->terminal), &at);
  return at.row;
}

int Screen::cursor_column() const {
  VTermPos at{};
  vterm_state_get_cursorpos(vterm_obtain_state(parts_->terminal), &at);
  return at.col;
}

bool Screen::shows_cursor() const { return parts_->cursor_visible; }
bool Screen::takes_pastes() const { return parts_->pastes; }
bool Screen::is_in_frame() const { return parts_->in_frame; }

bool Screen::is_bold(int row, int column) const {
  VTermScreenCell cell{};
  vterm_screen_get_cell(parts_->screen, VTermPos{row, column}, &cell);
  return cell.attrs.bold != 0;
}

ScreenProgram::ScreenProgram(const std::string& program, const ScreenOptions& options)
    : name_(program), screen_(options.columns, options.rows) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(options.columns);
  size.ws_row = static_cast<unsigned short>(options.rows);
  std::vector<std::string> words = words_for_exec(program, options.args);
  std::vector<std::string> env = screen_environment(options);
  const std::vector<char*> argv = as_pointers(words);
  const std::vector<char*> envp = as_pointers(env);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("no pseudo-terminal");
  if (pid_ == 0) {
    if (!options.dir.empty() && ::chdir(options.dir.c_str()) != 0) ::_exit(126);
    ::execve(program.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

ScreenProgram::~ScreenProgram() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (terminal_ >= 0) ::close(terminal_);
}

bool ScreenProgram::pump(int patience_ms) {
  pollfd from{terminal_, POLLIN, 0};
  if (::poll(&from, 1, patience_ms) <= 0) return true;
  std::array<char, 65536> buffer{};
  const ssize_t read = ::read(terminal_, buffer.data(), buffer.size());
  if (read <= 0) return errno == EINTR;
  screen_.feed(std::string(buffer.data(), static_cast<std::size_t>(read)));
  const std::string answers = screen_.answers();
  if (!answers.empty()) type(answers);
  return true;
}

void ScreenProgram::type(const std::string& bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    // Reading meanwhile: a program that writes while nobody reads does not read either.
    pollfd both{terminal_, POLLIN | POLLOUT, 0};
    ::poll(&both, 1, 1000);
    if ((both.revents & POLLIN) != 0 && !pump(0)) return;
    if ((both.revents & POLLOUT) == 0) continue;
    const ssize_t written =
        ::write(terminal_, bytes.data() + at, std::min<std::size_t>(bytes.size() - at, 1024));
    if (written > 0) at += static_cast<std::size_t>(written);
  }
}

void ScreenProgram::paste(const std::string& text) {
  std::string sent;
  for (const char c : text) sent += c == '\n' ? '\r' : c;
  type("\x1b[200~" + sent + "\x1b[201~");
}

void ScreenProgram::resize(int columns, int rows) {
  screen_.resize(columns, rows);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  ::ioctl(terminal_, TIOCSWINSZ, &size);
}

void ScreenProgram::signal(int number) const { ::kill(pid_, number); }

void ScreenProgram::wait_until(const std::string& what,
                               const std::function<bool(const Screen&)>& holds) {
  const auto until = std::chrono::steady_clock::now() + kScreenPatience;
  while (screen_.is_in_frame() || !holds(screen_)) {
    if (std::chrono::steady_clock::now() > until) {
      throw std::runtime_error(name_ + ": waited in vain for " + what + "; the screen:\n" +
                               screen_.all_text());
    }
    if (!pump(1000)) {
      if (holds(screen_)) return;
      throw std::runtime_error(name_ + " ended before " + what + "; the screen:\n" +
                               screen_.all_text());
    }
  }
}

void ScreenProgram::wait_for(const std::string& text) {
  wait_until("'" + text + "'", [&text](const Screen& screen) {
    return screen.text().find(text) != std::string::npos ||
           screen.all_text().find(text) != std::string::npos;
  });
}

void ScreenProgram::wait_for_gone(const std::string& text) {
  wait_until("'" + text + "' to go", [&text](const Screen& screen) {
    return screen.text().find(text) == std::string::npos;
  });
}

int ScreenProgram::wait() {
  while (pump(1000)) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool ScreenProgram::is_line_by_line() const {
  termios modes{};
  return ::tcgetattr(terminal_, &modes) == 0 && (modes.c_lflag & ICANON) != 0;
}

bool ScreenProgram::echoes() const {
  termios modes{};
  return ::tcgetattr(terminal_, &modes) == 0 && (modes.c_lflag & ECHO) != 0;
}

}  // namespace yoke::testing
