#include "tools/lint/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace yoke::lint {
namespace {

constexpr std::array<std::string_view, 22> kKeywords = {
    "and",      "break",  "do",   "else", "elseif", "end",  "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",  "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while"};

// Longest first.
constexpr std::array<std::string_view, 33> kSymbols = {
    "...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", "..", "+", "-", "*", "/", "%", "^", "#",
    "&",   "~",  "|",  "<",  ">",  "=",  "(",  ")",  "{",  "}",  "[", "]", ";", ":", ",", "."};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

void append_utf8(std::string& out, unsigned long code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18 & 0x07));
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// Lua takes "\r", "\n", "\r\n" and "\n\r" for the end of one line, in texts and comments too.
std::string with_line_feeds(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const char after = at + 1 < text.size() ? text[at + 1] : '\0';
    if ((c == '\r' && after == '\n') || (c == '\n' && after == '\r')) ++at;
    out += c == '\r' ? '\n' : c;
  }
  return out;
}

}  // namespace

Lexer::Lexer(std::string_view text) : text_(text) {
  if (text.find('\r') != std::string_view::npos) {
    unified_ = with_line_feeds(text);
    text_ = unified_;
  }
  if (text_.starts_with('#')) at_ = std::min(text_.find('\n'), text_.size());
}

char Lexer::peek(std::size_t ahead) const {
  return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
}

Token Lexer::fault(std::string why) const {
  return Token{Token::Kind::fault, std::move(why), line_};
}

Token Lexer::next() {
  skip_blank();
  if (at_ >= text_.size()) return Token{Token::Kind::end, {}, line_};
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return take_number();
  if (is_name_char(c)) return take_name();
  if (c == '"' || c == '\'') return take_short(c);
  if (const int level = long_level(); level >= 0) return take_long(level);
  return take_symbol();
}

void Lexer::skip_blank() {
  while (at_ < text_.size()) {
    if (is_space(peek())) {
      if (peek() == '\n') ++line_;
      ++at_;
    } else if (text_.substr(at_).starts_with("--")) {
      at_ += 2;
      skip_comment();
    } else {
      return;
    }
  }
}

void Lexer::skip_comment() {
  if (const int level = long_level(); level >= 0) {
    static_cast<void>(take_long(level));
  } else {
    at_ = std::min(text_.find('\n', at_), text_.size());
  }
}

int Lexer::long_level() const {
  if (peek() != '[') return -1;
  std::size_t end = 1;
  while (peek(end) == '=') ++end;
  return peek(end) == '[' ? static_cast<int>(end) - 1 : -1;
}

Token Lexer::take_long(int level) {
  const std::string close = "]" + std::string(static_cast<std::size_t>(level), '=') + "]";
  Token token{Token::Kind::text, {}, line_};
  std::size_t start = at_ + close.size();
  const std::size_t end = text_.find(close, start);
  if (end == std::string_view::npos) {
    Token unfinished = fault("a long text that begins here is not closed by '" + close + "'");
    at_ = text_.size();
    return unfinished;
  }
  const std::string_view value = text_.substr(start, end - start);
  line_ += static_cast<int>(std::count(value.begin(), value.end(), '\n'));
  token.value = std::string(value.starts_with('\n') ? value.substr(1) : value);
  at_ = end + close.size();
  return token;
}

Token Lexer::take_short(char quote) {
  Token token{Token::Kind::text, {}, line_};
  std::string problem;
  ++at_;
  while (at_ < text_.size() && peek() != quote && peek() != '\n') {
    if (peek() != '\\') {
      token.value += text_[at_++];
      continue;
    }
    ++at_;
    take_escape(token.value, problem);
  }
  if (peek() != quote) return fault("a text is not closed by " + std::string(1, quote));
  ++at_;
  if (!problem.empty()) return fault(problem);
  return token;
}

bool Lexer::take_decimal_escape(std::string& out, std::string& problem) {
  int value = 0;
  for (int i = 0; i < 3 && is_digit(peek()); ++i) value = value * 10 + (text_[at_++] - '0');
  if (value > 255) problem = "an escape \\" + std::to_string(value) + " is over \\255";
  out += static_cast<char>(value);
  return true;
}

bool Lexer::take_unicode_escape(std::string& out, std::string& problem) {
  unsigned long code = 0;
  std::size_t digits = 0;
  if (peek() != '{') {
    problem = "an escape \\u has the form \\u{XXXX}";
    return false;
  }
  ++at_;
  for (; is_hex(peek()) && digits < 8; ++digits) {
    code = code * 16 + static_cast<unsigned long>(hex_value(text_[at_++]));
  }
  if (digits == 0 || peek() != '}') {
    problem = "an escape \\u has the form \\u{XXXX}";
    return false;
  }
  ++at_;
  append_utf8(out, code);
  return true;
}

// Behind the backslash. False, and the problem told, for what is no escape.
bool Lexer::take_escape(std::string& out, std::string& problem) {
  static constexpr std::string_view kFrom = "abfnrtv\\\"'\n";
  static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\\"'\n";
  const char c = peek();
  if (is_digit(c)) return take_decimal_escape(out, problem);
  if (at_ >= text_.size()) return false;
  ++at_;
  if (c == '\n') ++line_;
  if (const std::size_t known = kFrom.find(c); known != std::string_view::npos) {
    out += kTo[known];
    return true;
  }
  if (c == 'x' && is_hex(peek()) && is_hex(peek(1))) {
    out += static_cast<char>(hex_value(peek()) * 16 + hex_value(peek(1)));
    at_ += 2;
    return true;
  }
  if (c == 'u') return take_unicode_escape(out, problem);
  if (c == 'z') {
    while (at_ < text_.size() && is_space(peek())) {
      if (peek() == '\n') ++line_;
      ++at_;
    }
    return true;
  }
  problem = "there is no escape \\" + std::string(1, c);
  return false;
}

Token Lexer::take_number() {
  const std::size_t start = at_;
  const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  if (hex) at_ += 2;
  while (at_ < text_.size()) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
    const bool exponent = hex ? c == 'p' : c == 'e';
    if (exponent && (peek(1) == '+' || peek(1) == '-')) {
      at_ += 2;
    } else if (is_name_char(c) || c == '.') {
      ++at_;
    } else {
      break;
    }
  }
  const std::string_view value = text_.substr(start, at_ - start);
  const bool digits = std::all_of(value.begin() + (hex ? 2 : 0), value.end(), [&](char c) {
    return is_hex(c) || c == '.' || c == '+' || c == '-' || (hex && (c == 'p' || c == 'P'));
  });
  const bool dotted = value.find("..") != std::string_view::npos;
  if (!digits || dotted) return fault("'" + std::string(value) + "' is no number");
  return Token{Token::Kind::number, std::string(value), line_};
}

Token Lexer::take_name() {
  const std::size_t start = at_;
  while (is_name_char(peek())) ++at_;
  const std::string_view name = text_.substr(start, at_ - start);
  const bool reserved = std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end();
  return Token{reserved ? Token::Kind::keyword : Token::Kind::name, std::string(name), line_};
}

Token Lexer::take_symbol() {
  for (std::string_view symbol : kSymbols) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    at_ += symbol.size();
    return Token{Token::Kind::symbol, std::string(symbol), line_};
  }
  ++at_;
  return fault("a character that Lua does not know");
}

}  // namespace yoke::lint
