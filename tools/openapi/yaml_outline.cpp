#include <optional>

#include "runtime/base/text.h"
#include "tools/openapi/source.h"

namespace yoke::openapi {
namespace {

struct OutlineLine {
  std::size_t begin = 0;   // of the line
  std::size_t indent = 0;  // columns of spaces before `first`
  std::size_t first = 0;   // its first character that is no space
  std::size_t end = 0;     // where the next line begins
  bool blank = false;      // nothing, or a comment
};

// Finds the keys of one block mapping by their column, and steps over all that is deeper without
// reading it. It gives up, rather than guess, at whatever is not plain "key: value" lines.
class BlockCutter {
 public:
  BlockCutter(std::string_view text, const Part& part)
      : text_(text.substr(0, part.end)), at_(part.begin) {}

  Outline cut() {
    Outline outline;
    if (!to_first_key()) return outline;
    while (at_ < text_.size()) {
      const OutlineLine line = line_at(at_);
      if (line.blank || line.indent > indent_) {
        at_ = line.end;
        continue;
      }
      if (line.indent < indent_ || text_[line.first] == '\t') return {};
      if (is_list_item(line)) {
        // A list may stand at the column of its key, but only behind a key without a value.
        if (outline.members.empty() || !last_is_empty_) return {};
        at_ = line.end;
        continue;
      }
      close_last(outline, line.begin);
      if (!read_key(line, outline)) return {};
    }
    close_last(outline, text_.size());
    outline.is_cut = true;
    return outline;
  }

 private:
  OutlineLine line_at(std::size_t begin) const {
    OutlineLine line;
    line.begin = begin;
    line.first = begin;
    while (line.first < text_.size() && text_[line.first] == ' ') ++line.first;
    line.indent = line.first - begin;
    const std::size_t stop = text_.find('\n', line.first);
    line.end = stop == std::string_view::npos ? text_.size() : stop + 1;
    if (line.first >= text_.size()) {
      line.blank = true;
    } else {
      const char c = text_[line.first];
      line.blank = c == '\n' || c == '#' || (c == '\r' && line.end - line.first <= 2);
    }
    return line;
  }

  // False: what is there is no block mapping that begins on a line of its own.
  bool to_first_key() {
    const bool mid_line = at_ > 0 && text_[at_ - 1] != '\n';
    if (mid_line && at_ != 3) {
      const OutlineLine rest = line_at(at_);
      if (!rest.blank) return false;
      at_ = rest.end;
    }
    while (at_ < text_.size()) {
      const OutlineLine line = line_at(at_);
      const bool opens = line.indent == 0 && text_.substr(line.first, 3) == "---" &&
                         trim(text_.substr(line.first + 3, line.end - line.first - 3)).empty();
      if (!line.blank && !opens) {
        indent_ = line.indent;
        return true;
      }
      at_ = line.end;
    }
    return false;
  }

  bool is_list_item(const OutlineLine& line) const {
    if (text_[line.first] != '-' || line.first + 1 >= text_.size()) return false;
    const char next = text_[line.first + 1];
    return next == ' ' || next == '\n' || next == '\r';
  }

  static void close_last(Outline& outline, std::size_t end) {
    if (!outline.members.empty()) outline.members.back().part.end = end;
  }

  bool read_key(const OutlineLine& line, Outline& outline) {
    std::size_t colon = 0;
    const std::optional<std::string> key = key_at(line, colon);
    if (!key || *key == "<<") return false;
    PartMember& member = outline.members.emplace_back();
    member.name = *key;
    member.part.begin = colon + 1;
    std::size_t value = colon + 1;
    while (value < line.end && (text_[value] == ' ' || text_[value] == '\t')) ++value;
    const char c = value < text_.size() ? text_[value] : '\n';
    last_is_empty_ = c == '\n' || c == '\r' || c == '#' || c == '&' || c == '!';
    at_ = line.end;
    if (c == '"' || c == '\'') return skip_quoted(value, c);
    if (c == '{' || c == '[') return skip_flow(value);
    return true;
  }

  // The key of a line, and where its colon is. None: no plain key.
  std::optional<std::string> key_at(const OutlineLine& line, std::size_t& colon) const {
    const char c = text_[line.first];
    if (c == '"' || c == '\'') return quoted_key(line, c, colon);
    constexpr std::string_view kSpecial = "&*!|>%@`?[]{},#\t";
    if (kSpecial.find(c) != std::string_view::npos) return std::nullopt;
    for (std::size_t at = line.first; at < line.end; ++at) {
      if (text_[at] == '#' && text_[at - 1] == ' ') return std::nullopt;
      if (text_[at] != ':') continue;
      const char next = at + 1 < text_.size() ? text_[at + 1] : '\n';
      if (next != ' ' && next != '\n' && next != '\r' && next != '\t') continue;
      colon = at;
      return std::string(trim(text_.substr(line.first, at - line.first)));
    }
    return std::nullopt;
  }

  std::optional<std::string> quoted_key(const OutlineLine& line, char quote,
                                        std::size_t& colon) const {
    std::string key;
    std::size_t at = line.first + 1;
    for (; at < line.end && text_[at] != quote; ++at) {
      if (text_[at] == '\\' && quote == '"') return std::nullopt;
      key += text_[at];
    }
    ++at;
    if (at < line.end && text_[at] == quote) return std::nullopt;  // '' in a key
    while (at < line.end && text_[at] == ' ') ++at;
    if (at >= line.end || text_[at] != ':') return std::nullopt;
    colon = at;
    return key;
  }

  // Past the line on which a quoted text ends.
  bool skip_quoted(std::size_t at, char quote) {
    const std::size_t end = end_of_quoted(at, quote);
    if (end == std::string_view::npos) return false;
    to_next_line(end);
    return true;
  }

  std::size_t end_of_quoted(std::size_t at, char quote) const {
    for (++at; at < text_.size(); ++at) {
      if (text_[at] == '\\' && quote == '"') {
        ++at;
      } else if (text_[at] == quote) {
        const bool doubled = quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote;
        if (!doubled) return at;
        ++at;
      }
    }
    return std::string_view::npos;
  }

  // Past the line on which a flow collection ends.
  bool skip_flow(std::size_t at) {
    std::size_t open = 0;
    for (; at < text_.size(); ++at) {
      const char c = text_[at];
      const bool after_mark =
          at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == ',' || text_[at - 1] == '[' ||
                     text_[at - 1] == '{' || text_[at - 1] == '\n' || text_[at - 1] == ':');
      if ((c == '"' || c == '\'') && after_mark) {
        at = end_of_quoted(at, c);
        if (at == std::string_view::npos) return false;
      } else if (c == '#' && (text_[at - 1] == ' ' || text_[at - 1] == '\n')) {
        at = text_.find('\n', at);
        if (at == std::string_view::npos) return false;
      } else if (c == '{' || c == '[') {
        ++open;
      } else if ((c == '}' || c == ']') && --open == 0) {
        to_next_line(at);
        return true;
      }
    }
    return false;
  }

  void to_next_line(std::size_t at) {
    const std::size_t stop = text_.find('\n', at);
    at_ = stop == std::string_view::npos ? text_.size() : stop + 1;
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t indent_ = 0;
  bool last_is_empty_ = false;
};

}  // namespace

Outline outline_of_yaml(std::string_view text, const Part& part) {
  return BlockCutter(text, part).cut();
}

}  // namespace yoke::openapi
