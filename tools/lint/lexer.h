#pragma once

#include <string>
#include <string_view>

namespace yoke::lint {

struct Token {
  enum class Kind : std::uint8_t { end, name, keyword, text, number, symbol, fault };
  Kind kind = Kind::end;
  std::string value;  // of a text what it stands for; of a fault why it is none of Lua's words
  int line = 1;

  bool is(Kind wanted, std::string_view text) const { return kind == wanted && value == text; }
};

// Cuts a Lua 5.4 text into words, past comments. What is no word of Lua is a fault, and the next
// word is looked for behind it: next() always comes to an end.
class Lexer {
 public:
  explicit Lexer(std::string_view text);
  Lexer(const Lexer&) = delete;
  Lexer& operator=(const Lexer&) = delete;

  Token next();

 private:
  Token fault(std::string why) const;
  void skip_blank();
  void skip_comment();
  int long_level() const;  // of a bracket that opens here: "[==[" is 2; -1 for none
  Token take_long(int level);
  Token take_short(char quote);
  bool take_escape(std::string& out, std::string& problem);
  bool take_decimal_escape(std::string& out, std::string& problem);
  bool take_unicode_escape(std::string& out, std::string& problem);
  Token take_number();
  Token take_name();
  Token take_symbol();
  char peek(std::size_t ahead = 0) const;

  std::string unified_;  // the text with line feeds alone, where it has other ends of lines
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace yoke::lint
