#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yoke::tidy {

// What a rule complains of. `mend` says what to do about it.
struct Finding {
  std::string path;
  int line = 0;
  std::string rule;
  std::string mend;
};

std::string to_text(const Finding& finding);  // "path:line: rule: mend"

enum class TokenKind : std::uint8_t {
  word,       // identifier or keyword
  number,     // 1'000, 0x1fu
  text,       // a string or character literal; `text` is what stands between the quotes
  mark,       // punctuation: one character, but for :: -> ... && ||
  directive,  // a whole preprocessor line, with its continuations
};

struct Token {
  TokenKind kind = TokenKind::mark;
  std::string text;
  int line = 0;
  bool is(std::string_view what) const {
    return (kind == TokenKind::word || kind == TokenKind::mark) && text == what;
  }
};

struct Comment {
  std::string text;
  int line = 0;
};

// A file as the rules see it: its text, and for C++ its tokens and comments apart.
struct Source {
  std::string path;  // from the root, "runtime/base/json.h"
  std::string text;
  std::vector<Token> tokens = {};
  std::vector<Comment> comments = {};
};

Source cut_source(std::string path, std::string text);

bool is_cpp(std::string_view path);
bool is_header(std::string_view path);
std::string folder_of(std::string_view path);  // "runtime/base"; empty for a top-level file
std::vector<std::string> lines_of(std::string_view text);
// Whether `path` lies in `folder` or below it.
bool is_within(std::string_view path, std::string_view folder);

}  // namespace yoke::tidy
