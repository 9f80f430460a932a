#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace yoke::testing {

// What a terminal shows of the bytes that it is sent: libvterm, an emulator that is none of ours.
class Screen {
 public:
  Screen(int columns, int rows);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void feed(const std::string& bytes);
  void resize(int columns, int rows);
  std::string answers();  // what the terminal sends back to the program

  std::vector<std::string> lines() const;  // without the spaces at their ends
  std::string text() const;  // those, ended by newlines, without empty ones at the end
  const std::vector<std::string>& scrolled_off() const;
  std::string all_text() const;  // what was scrolled off, and the screen
  int cursor_row() const;
  int cursor_column() const;
  bool shows_cursor() const;
  bool is_bold(int row, int column) const;
  bool takes_pastes() const;  // a paste is marked as one
  bool is_in_frame() const;   // the program has begun to paint and not ended

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

struct ScreenOptions {
  std::vector<std::string> args = {};
  std::string dir = {};
  std::map<std::string, std::string> env = {};
  int columns = 80;
  int rows = 24;
};

// A program at a terminal of its own, driven as a person would: type, look, wait for what shows.
//
// Errors: std::runtime_error, with the screen, when what is waited for does not come.
class ScreenProgram {
 public:
  ScreenProgram(const std::string& program, const ScreenOptions& options);
  ~ScreenProgram();  // kills and reaps it
  ScreenProgram(const ScreenProgram&) = delete;
  ScreenProgram& operator=(const ScreenProgram&) = delete;

  Screen& screen() { return screen_; }
  pid_t pid() const { return pid_; }
  void type(const std::string& bytes);
  void paste(const std::string& text);  // as a terminal does that was asked to mark it
  void resize(int columns, int rows);
  void signal(int number) const;
  // These judge whole frames only: what a program says belongs together is not looked at half.
  // Until the screen shows the text, or what was scrolled off and it together hold it.
  void wait_for(const std::string& text);
  void wait_for_gone(const std::string& text);
  void wait_until(const std::string& what, const std::function<bool(const Screen&)>& holds);
  // Until it has ended: its exit status, or minus the signal that ended it.
  int wait();

  // Of its terminal, as it is now.
  bool is_line_by_line() const;
  bool echoes() const;

 private:
  bool pump(int patience_ms);  // false: it has closed its terminal

  std::string name_;
  Screen screen_;
  int terminal_ = -1;
  pid_t pid_ = -1;
};

}  // namespace yoke::testing
