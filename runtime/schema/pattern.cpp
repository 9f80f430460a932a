#include "runtime/schema/pattern.h"

#include <re2/re2.h>

#include <cstdint>
#include <cstdio>
#include <optional>

#include "runtime/base/text.h"

namespace yoke::schema {
namespace {

// ECMA's white space, and everything else, as members of a character class.
constexpr std::string_view kSpaces =
    "\\t\\n\\v\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}"
    "\\x{3000}\\x{feff}";
constexpr std::string_view kNoSpaces =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"
    "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
constexpr std::string_view kAnyButLineEnds = "[^\\n\\r\\x{2028}\\x{2029}]";
constexpr std::string_view kAnything = "[\\x{0}-\\x{10ffff}]";

std::string code_point(std::uint32_t code) {
  char text[16];
  std::snprintf(text, sizeof text, "\\x{%x}", static_cast<unsigned>(code));
  return text;
}

// Writes the expression anew, piece by piece, where the two syntaxes differ.
class Translation {
 public:
  explicit Translation(std::string_view rest) : rest_(rest) {}

  Result<std::string> run() {
    while (!rest_.empty() && refusal_.empty()) {
      if (in_class_) {
        step_in_class();
      } else {
        step();
      }
    }
    if (refusal_.empty() && in_class_) refusal_ = "a '[' without its ']'";
    if (!refusal_.empty()) return Error{Errc::unsupported, refusal_};
    return std::move(written_);
  }

 private:
  bool take(std::string_view lead) {
    if (!rest_.starts_with(lead)) return false;
    rest_.remove_prefix(lead.size());
    return true;
  }

  void copy() {
    written_ += rest_.front();
    rest_.remove_prefix(1);
  }

  void step() {
    if (take("[^]")) {
      written_ += kAnything;
    } else if (rest_.starts_with("[]")) {
      refusal_ = "the empty class '[]'";
    } else if (take("[")) {
      in_class_ = true;
      written_ += take("^") ? "[^" : "[";
    } else if (take(".")) {
      written_ += kAnyButLineEnds;
    } else if (rest_.starts_with("(?")) {
      open_group();
    } else if (take("\\")) {
      escape();
    } else {
      copy();
    }
  }

  void step_in_class() {
    if (take("]")) {
      in_class_ = false;
      written_ += ']';
    } else if (take("[")) {
      written_ += "\\[";  // else RE2 would read "[:alpha:]" as a name
    } else if (take("\\")) {
      escape();
    } else {
      copy();
    }
  }

  void open_group() {
    if (take("(?:")) {
      written_ += "(?:";
    } else if (rest_.starts_with("(?=") || rest_.starts_with("(?!") || rest_.starts_with("(?<=") ||
               rest_.starts_with("(?<!")) {
      refusal_ = "looking ahead or behind, '" + std::string(rest_.substr(0, 3)) + "'";
    } else if (take("(?<")) {
      written_ += "(?P<";
    } else {
      refusal_ = "the group '" + shorten(rest_, 6) + "'";
    }
  }

  void escape() {
    if (rest_.empty()) {
      refusal_ = "a '\\' at the end";
      return;
    }
    const char kind = rest_.front();
    rest_.remove_prefix(1);
    switch (kind) {
      case 's':
        return spaces(kSpaces);
      case 'S':
        return spaces(kNoSpaces);
      case 'u':
        return unicode_escape();
      case 'x':
        return append_code(hex_digits(2));
      case 'c':
        return control_escape();
      case 'b':
        written_ += in_class_ ? "\\x{8}" : "\\b";
        return;
      case '0':
        if (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') break;
        written_ += "\\x{0}";
        return;
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'v':
      case 'p':
      case 'P':
        written_.append("\\").append(1, kind);
        return;
      case 'B':
        if (in_class_) break;
        written_ += "\\B";
        return;
      default:
        break;
    }
    const bool is_letter = (kind >= 'a' && kind <= 'z') || (kind >= 'A' && kind <= 'Z');
    const bool is_digit = kind >= '0' && kind <= '9';
    if (is_letter || is_digit) {
      refusal_ = std::string(is_digit ? "the back reference" : "the escape") + " '\\" + kind + "'";
    } else if (static_cast<unsigned char>(kind) < 0x80) {
      written_.append("\\").append(1, kind);
    } else {
      written_ += kind;
    }
  }

  void spaces(std::string_view members) {
    if (in_class_) {
      written_ += members;
    } else {
      written_.append("[").append(members).append("]");
    }
  }

  void control_escape() {
    const char letter = rest_.empty() ? '\0' : rest_.front();
    if ((letter | 0x20) < 'a' || (letter | 0x20) > 'z') {
      refusal_ = "a '\\c' without a letter";
      return;
    }
    rest_.remove_prefix(1);
    append_code(static_cast<std::uint32_t>(letter) & 31u);
  }

  std::optional<std::uint32_t> hex_digits(std::size_t count) {
    if (rest_.size() < count || count == 0 || count > 6) return std::nullopt;
    std::uint32_t code = 0;
    for (const char c : rest_.substr(0, count)) {
      const int digit = c >= '0' && c <= '9'                     ? c - '0'
                        : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                 : -1;
      if (digit < 0) return std::nullopt;
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    rest_.remove_prefix(count);
    return code;
  }

  void unicode_escape() {
    if (take("{")) {
      const auto code = hex_digits(rest_.find('}') == std::string_view::npos ? 0 : rest_.find('}'));
      take("}");
      return append_code(code);
    }
    auto code = hex_digits(4);
    const bool is_high = code && *code >= 0xD800 && *code < 0xDC00;
    if (is_high && take("\\u")) {
      const auto low = hex_digits(4);
      const bool is_pair = low && *low >= 0xDC00 && *low < 0xE000;
      code = is_pair ? std::optional(0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00))
                     : std::nullopt;
    }
    append_code(code);
  }

  void append_code(std::optional<std::uint32_t> code) {
    const bool is_character = code && *code <= 0x10FFFF && !(*code >= 0xD800 && *code < 0xE000);
    if (is_character) {
      written_ += code_point(*code);
    } else {
      refusal_ = "a '\\x' or '\\u' that names no character";
    }
  }

  std::string_view rest_;
  std::string written_;
  std::string refusal_;
  bool in_class_ = false;
};

class Re2Pattern final : public Pattern {
 public:
  Re2Pattern(std::string text, const std::string& translated)
      : text_(std::move(text)), expression_(translated, options()) {}

  const RE2& expression() const { return expression_; }
  bool is_found_in(std::string_view text) const override {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression_);
  }
  const std::string& text() const override { return text_; }

 private:
  static RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    return options;
  }

  std::string text_;
  RE2 expression_;
};

Error refusal(std::string_view text, std::string_view reason) {
  return Error{Errc::unsupported,
               "cannot check the pattern '" + shorten(text, 80) + "': " + shorten(reason, 120)};
}

}  // namespace

Result<std::string> ecma_to_re2(std::string_view text) { return Translation(text).run(); }

Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view text) {
  const Result<std::string> translated = ecma_to_re2(text);
  if (!translated) return refusal(text, translated.error().detail);
  auto pattern = std::make_shared<Re2Pattern>(std::string(text), *translated);
  if (!pattern->expression().ok()) return refusal(text, pattern->expression().error());
  return std::shared_ptr<const Pattern>(std::move(pattern));
}

}  // namespace yoke::schema
