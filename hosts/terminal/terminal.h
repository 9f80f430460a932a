#pragma once

#include <string>
#include <string_view>

namespace yoke {

enum class ColorChoice { automatic, always, never };

enum class Style { plain, dim, bold, red, green, yellow, cyan };

// The two streams of a command: the answer goes to standard output, all else to standard error.
// What cannot be written is dropped, and nothing after it is tried.
//
// Threads: one.
class Terminal {
 public:
  explicit Terminal(ColorChoice color);

  void out(std::string_view text);  // standard output, as it is
  // What a model or a tool said, on standard output and ending in a newline: as it is, but with
  // nothing in it that could drive a terminal where that is one.
  void answer(std::string_view text);
  void err(std::string_view text);   // standard error, as it is
  void line(std::string_view text);  // standard error, with a newline; ends a live line first

  // One line on a terminal that is drawn over: what goes on now. Nothing where there is no
  // terminal.
  void live(std::string_view text);
  void end_live();

  std::string styled(Style style, std::string_view text) const;  // for standard error

  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  bool in_is_terminal() const { return in_is_terminal_; }
  // Why standard output takes no more: EPIPE when its reader has gone, ENOSPC …; 0 while it does.
  int out_error() const { return out_error_; }
  bool out_has_reader() const;  // looks, where nothing is written for a while
  int width() const;            // columns of standard error; 80 when unknown

 private:
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool in_is_terminal_;
  bool colors_;
  bool live_ = false;
  int out_error_ = 0;
};

}  // namespace yoke
