#include "tools/skills/front_matter.h"

#include <vector>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kHeadBytesMax = 64u << 10;
constexpr int kLevelsMax = 8;

struct Line {
  std::string_view text;  // without its indentation
  std::size_t indent = 0;
  int number = 0;
  bool blank = false;  // nothing, or a comment
};

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// A comment begins at the line's start or after a space.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || text[i - 1] == ' ')) return trim(text.substr(0, i));
  }
  return trim(text);
}

class Reader {
 public:
  Reader(std::vector<Line> lines, std::string file)
      : lines_(std::move(lines)), file_(std::move(file)) {}

  Result<Json> map(std::size_t indent, int level, std::map<std::string, int>* numbers) {
    Json out = Json::object();
    while (const Line* line = next()) {
      if (line->indent < indent) break;
      if (line->indent > indent) return wrong(*line, "is indented deeper than what is before it");
      const std::size_t colon = colon_of(line->text);
      if (colon == std::string_view::npos) return wrong(*line, "must be 'key: value'");
      const Result<Json> key = scalar(*line, trim(line->text.substr(0, colon)));
      if (!key) return key.error();
      const std::string name = key->get<std::string>();
      if (name.empty() || out.contains(name)) {
        return wrong(*line,
                     name.empty() ? "has no key before ':'" : "has a key that is there twice");
      }
      if (numbers != nullptr) (*numbers)[name] = line->number;
      const std::string_view rest = trim(line->text.substr(colon + 1));
      ++at_;
      Result<Json> value = value_of(*line, rest, level);
      if (!value) return value.error();
      out[name] = std::move(*value);
    }
    return out;
  }

  // The first line that map() left over.
  const Line* next() {
    while (at_ < lines_.size() && lines_[at_].blank) ++at_;
    return at_ < lines_.size() ? &lines_[at_] : nullptr;
  }

 private:
  Error wrong(const Line& line, const std::string& why) const {
    return Error{
        Errc::invalid,
        "the front matter's line '" + shorten(printable(to_valid_utf8(line.text)), 60) + "' " + why,
        file_ + ":" + std::to_string(line.number)};
  }

  // The colon that ends a key: outside quotes, before a space or the line's end.
  static std::size_t colon_of(std::string_view text) {
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (quote != 0) {
        if (text[i] == quote) quote = 0;
      } else if (i == 0 && (text[i] == '"' || text[i] == '\'')) {
        quote = text[i];
      } else if (text[i] == ':' && (i + 1 == text.size() || text[i + 1] == ' ')) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  Result<Json> value_of(const Line& line, std::string_view rest, int level) {
    const std::string_view bare = without_comment(rest);
    if (bare.starts_with('|') || bare.starts_with('>')) return block(line, bare);
    if (!bare.empty()) return with_more(line, inline_value(line, rest));
    const Line* below = next();
    if (below == nullptr || below->indent < line.indent) return Json("");
    const bool list = below->text.starts_with("- ") || below->text == "-";
    if (below->indent == line.indent && !list) return Json("");
    if (level == kLevelsMax) return wrong(*below, "is nested too deeply");
    return list ? list_at(below->indent) : map(below->indent, level + 1, nullptr);
  }

  // A plain text may go on below, indented deeper than its key.
  Result<Json> with_more(const Line& line, Result<Json> value) {
    const bool plain = value && value->is_string() && colon_of(line.text) != std::string_view::npos;
    while (plain && at_ < lines_.size()) {
      const Line& more = lines_[at_];
      if (more.blank || more.indent <= line.indent) break;
      value = Json(value->get<std::string>() + " " + std::string(without_comment(more.text)));
      ++at_;
    }
    return value;
  }

  Result<Json> list_at(std::size_t indent) {
    Json out = Json::array();
    while (const Line* line = next()) {
      if (line->indent != indent || !(line->text.starts_with("- ") || line->text == "-")) break;
      Result<Json> item = inline_value(*line, trim(line->text.substr(1)));
      if (!item) return item.error();
      out.push_back(std::move(*item));
      ++at_;
    }
    return out;
  }

  Result<Json> inline_value(const Line& line, std::string_view text) {
    if (!text.starts_with('[')) return scalar(line, text);
    const std::string_view bare = without_comment(text);
    if (!bare.ends_with(']')) return wrong(line, "has a list without its ']' on the same line");
    Json out = Json::array();
    const std::string_view inner = trim(bare.substr(1, bare.size() - 2));
    if (inner.empty()) return out;
    for (const std::string& each : split(inner, ',')) {
      Result<Json> item = scalar(line, trim(each));
      if (!item) return item.error();
      out.push_back(std::move(*item));
    }
    return out;
  }

  Result<Json> scalar(const Line& line, std::string_view text) const {
    if (text.starts_with('"') || text.starts_with('\'')) return quoted(line, text);
    const std::string_view bare = without_comment(text);
    if (!bare.empty() && std::string_view("&*!{}[]%@`|>").find(bare.front()) != std::string::npos) {
      return wrong(line,
                   "begins with a sign that YAML gives a meaning of its own: put the value in "
                   "double quotes");
    }
    if (bare.find(": ") != std::string_view::npos) {
      return wrong(line, "has ': ' inside its value: put the value in double quotes");
    }
    return Json(std::string(bare));
  }

  Result<Json> quoted(const Line& line, std::string_view text) const {
    const char quote = text.front();
    std::string out;
    std::size_t i = 1;
    for (; i < text.size(); ++i) {
      const char each = text[i];
      const bool doubled = quote == '\'' && text.substr(i, 2) == "''";
      if (doubled) {
        out += '\'';
        ++i;
      } else if (each == quote) {
        break;
      } else if (each == '\\' && quote == '"' && i + 1 < text.size()) {
        const char escaped = text[++i];
        out += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      } else {
        out += each;
      }
    }
    if (i >= text.size()) return wrong(line, "has a quote that is not closed on the same line");
    if (!without_comment(text.substr(i + 1)).empty()) {
      return wrong(line, "goes on after its closing quote");
    }
    return Json(std::move(out));
  }

  // The lines below that are indented deeper: as they are (|), or joined by spaces (>).
  Result<Json> block(const Line& head, std::string_view mark) {
    const bool folded = mark.front() == '>';
    if (mark.size() > 2 || (mark.size() == 2 && mark[1] != '-' && mark[1] != '+')) {
      return wrong(head, "has a block mark that is not known: write | or >");
    }
    std::string out;
    std::size_t indent = 0;
    for (; at_ < lines_.size(); ++at_) {
      const Line& line = lines_[at_];
      const bool empty = line.text.empty();
      if (!empty && line.indent <= head.indent) break;
      if (!empty && indent == 0) indent = line.indent;
      const std::size_t more = line.indent > indent ? line.indent - indent : 0;
      const bool after_gap = folded && !empty && out.ends_with('\n');
      if (!out.empty() && !after_gap) out += folded && !empty ? ' ' : '\n';
      if (!empty) out += std::string(more, ' ') + std::string(line.text);
    }
    return Json(std::string(trim(out)));
  }

  std::vector<Line> lines_;
  std::string file_;
  std::size_t at_ = 0;
};

}  // namespace

Result<FrontMatter> read_front_matter(std::string_view text, const std::string& file) {
  const auto wrong = [&](int line, const std::string& why) {
    return Error{Errc::invalid, why, file + ":" + std::to_string(line)};
  };
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Line> lines;
  std::size_t from = 0;
  int number = 0;
  bool closed = false;
  while (from < text.size() && !closed) {
    std::size_t end = text.find('\n', from);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view line = without_return(text.substr(from, end - from));
    from = std::min(end + 1, text.size());
    ++number;
    if (number == 1 && trim(line) != "---") break;
    if (number == 1) continue;
    closed = trim(line) == "---" && line.starts_with('-');
    if (closed) break;
    if (from > kHeadBytesMax) return wrong(number, "the front matter is over 64 KiB");
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    if (indent < line.size() && line[indent] == '\t') {
      return wrong(number, "a tab indents this line of the front matter: use spaces");
    }
    const std::string_view rest = line.substr(indent);
    lines.push_back(Line{rest, indent, number, rest.empty() || rest.front() == '#'});
  }
  if (number <= 1) {
    return wrong(1,
                 "there is no front matter: begin the file with a line '---', then 'name: …' and "
                 "'description: …', then '---'");
  }
  if (!closed) return wrong(1, "the front matter is not closed: end it with a line '---'");
  FrontMatter out;
  out.body = std::string(trim(text.substr(from)));
  Reader reader(std::move(lines), file);
  Result<Json> fields = reader.map(0, 1, &out.lines);
  if (!fields) return fields.error();
  out.fields = std::move(*fields);
  return out;
}

}  // namespace yoke
