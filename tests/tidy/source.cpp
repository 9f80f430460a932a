#include "tests/tidy/source.h"

#include <cctype>
#include <utility>

namespace yoke::tidy {
namespace {

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Cuts C++ into tokens and comments. It never fails: what it does not understand becomes a mark.
class Cutter {
 public:
  explicit Cutter(Source& source) : source_(source), text_(source.text) {}

  void run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_space(c)) {
        fresh_line_ = fresh_line_ || c == '\n';
        step();
      } else if (starts("//") || starts("/*")) {
        comment();
      } else if (c == '#' && fresh_line_) {
        directive();
      } else {
        fresh_line_ = false;
        token(c);
      }
    }
  }

 private:
  bool starts(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }

  void step(std::size_t count = 1) {
    for (std::size_t i = 0; i < count && at_ < text_.size(); ++i, ++at_) {
      if (text_[at_] == '\n') ++line_;
    }
  }

  void add(TokenKind kind, std::size_t size) {
    source_.tokens.push_back({kind, text_.substr(at_, size), line_});
    step(size);
  }

  void comment() {
    const bool block = starts("/*");
    std::size_t end = block ? text_.find("*/", at_ + 2) : text_.find('\n', at_);
    if (end == std::string::npos) {
      end = text_.size();
    } else if (block) {
      end += 2;
    }
    int line = line_;
    for (const std::string& part : lines_of(text_.substr(at_, end - at_))) {
      source_.comments.push_back({part, line++});
    }
    step(end - at_);
  }

  void directive() {
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != '\n') {
      if (text_.compare(end, 2, "//") == 0 || text_.compare(end, 2, "/*") == 0) break;
      end += text_.compare(end, 2, "\\\n") == 0 ? 2 : 1;
    }
    add(TokenKind::directive, end - at_);
    fresh_line_ = false;
  }

  void token(char c) {
    if (is_word_start(c)) {
      word();
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      number();
    } else if (c == '"' || c == '\'') {
      quoted(c);
    } else {
      std::size_t size = 1;
      if (starts("...")) size = 3;
      if (starts("::") || starts("->") || starts("&&") || starts("||")) size = 2;
      add(TokenKind::mark, size);
    }
  }

  void word() {
    std::size_t size = 1;
    while (at_ + size < text_.size() && is_word_part(text_[at_ + size])) ++size;
    const std::string name = text_.substr(at_, size);
    const bool before_quote = at_ + size < text_.size() && text_[at_ + size] == '"';
    const bool raw = name == "R" || name == "u8R" || name == "LR" || name == "uR" || name == "UR";
    if (before_quote && raw) {
      step(size);
      raw_text();
    } else if (before_quote && (name == "u8" || name == "L" || name == "u" || name == "U")) {
      step(size);
      quoted('"');
    } else {
      add(TokenKind::word, size);
    }
  }

  void number() {
    std::size_t size = 1;
    while (at_ + size < text_.size()) {
      const char c = text_[at_ + size];
      const char before = text_[at_ + size - 1];
      const bool sign = (c == '+' || c == '-') && (before == 'e' || before == 'E');
      if (!is_word_part(c) && c != '.' && c != '\'' && !sign) break;
      ++size;
    }
    add(TokenKind::number, size);
  }

  void quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    end = end < text_.size() ? end : text_.size();
    source_.tokens.push_back({TokenKind::text, text_.substr(at_ + 1, end - at_ - 1), line_});
    step(end + 1 - at_);
  }

  void raw_text() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string::npos) return step(text_.size() - at_);
    const std::string closing = ")" + text_.substr(at_ + 1, open - at_ - 1) + "\"";
    std::size_t end = text_.find(closing, open);
    if (end == std::string::npos) end = text_.size();
    source_.tokens.push_back({TokenKind::text, text_.substr(open + 1, end - open - 1), line_});
    step(end + closing.size() - at_);
  }

  Source& source_;
  const std::string& text_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool fresh_line_ = true;
};

}  // namespace

std::string to_text(const Finding& finding) {
  return finding.path + ":" + std::to_string(finding.line) + ": " + finding.rule + ": " +
         finding.mend;
}

Source cut_source(std::string path, std::string text) {
  Source source{std::move(path), std::move(text)};
  if (is_cpp(source.path)) Cutter(source).run();
  return source;
}

bool is_cpp(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".h"); }
bool is_header(std::string_view path) { return path.ends_with(".h"); }

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool is_within(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace yoke::tidy
