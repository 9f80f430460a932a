#include "hosts/screen/markdown.h"

#include <algorithm>
#include <utility>

#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kCodeIndent = 2;
constexpr std::size_t kItemIndentMax = 24;

std::size_t indent_of(std::string_view line) {
  const std::size_t at = line.find_first_not_of(' ');
  return at == std::string_view::npos ? line.size() : at;
}

bool is_rule(std::string_view text) {
  char mark = 0;
  int count = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    if (c != '-' && c != '*' && c != '_') return false;
    if (mark != 0 && c != mark) return false;
    mark = c;
    ++count;
  }
  return count >= 3;
}

// "```" or "~~~", as long as it is; empty: it is no fence.
std::string fence_of(std::string_view text) {
  if (!text.starts_with("```") && !text.starts_with("~~~")) return {};
  const std::size_t end = std::min(text.find_first_not_of(text.front()), text.size());
  const bool inline_code = text.front() == '`' && text.find('`', end) != std::string_view::npos;
  return inline_code ? std::string() : std::string(text.substr(0, end));
}

std::size_t heading_level(std::string_view text) {
  const std::size_t level = std::min(text.find_first_not_of('#'), text.size());
  const bool is_heading = level >= 1 && level <= 6 && (level == text.size() || text[level] == ' ');
  return is_heading ? level : 0;
}

std::vector<std::string> cells_of(std::string_view line) {
  std::string_view text = trim(line);
  if (text.starts_with('|')) text.remove_prefix(1);
  if (text.ends_with('|') && !text.ends_with("\\|")) text.remove_suffix(1);
  std::vector<std::string> cells(1);
  bool code = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '|') {
      cells.back() += '|';
      ++at;
    } else if (text[at] == '|' && !code) {
      cells.emplace_back();
    } else {
      if (text[at] == '`') code = !code;
      cells.back() += text[at];
    }
  }
  for (std::string& cell : cells) cell = std::string(trim(cell));
  return cells;
}

// "lcr" of "|---|:-:|--:|"; empty: the line is no such row.
std::string alignments_of(std::string_view line) {
  if (line.find('-') == std::string_view::npos || line.find('|') == std::string_view::npos) {
    return {};
  }
  std::string alignments;
  for (const std::string& cell : cells_of(line)) {
    const bool left = cell.starts_with(':');
    const bool right = cell.size() > 1 && cell.ends_with(':');
    const std::string dashes =
        cell.substr(left ? 1 : 0, cell.size() - (left ? 1 : 0) - (right ? 1 : 0));
    if (dashes.empty() || dashes.find_first_not_of('-') != std::string::npos) return {};
    alignments += right ? (left ? 'c' : 'r') : 'l';
  }
  return alignments;
}

}  // namespace

MarkdownStream::MarkdownStream(std::size_t columns) : columns_(std::max<std::size_t>(columns, 8)) {}

MarkdownStream::Row MarkdownStream::item_of(const std::string& line, std::size_t indent) const {
  const std::string_view text = std::string_view(line).substr(indent);
  std::size_t marker = 0;
  if (text.starts_with("- ") || text.starts_with("* ") || text.starts_with("+ ")) {
    marker = 1;
  } else {
    while (marker < text.size() && marker < 9 && text[marker] >= '0' && text[marker] <= '9') {
      ++marker;
    }
    const bool ends = marker > 0 && marker + 1 < text.size() &&
                      (text[marker] == '.' || text[marker] == ')') && text[marker + 1] == ' ';
    marker = ends ? marker + 1 : 0;
  }
  if (marker == 0) return {};
  std::string content(trim(text.substr(marker)));
  std::string shown = marker == 1 ? "•" : std::string(text.substr(0, marker));
  if (content.starts_with("[ ] ") || content.starts_with("[x] ") || content.starts_with("[X] ")) {
    shown = content[1] == ' ' ? "☐" : "☑";
    content.erase(0, 4);
  }
  return Row{Block::item, false, std::min(indent, kItemIndentMax), std::move(shown),
             std::move(content)};
}

MarkdownStream::Row MarkdownStream::row_of(const std::string& line) const {
  const std::size_t indent = indent_of(line);
  const std::string_view text = trim(line);
  if (text.empty()) return Row{Block::none};
  if (!fence_of(text).empty()) return Row{Block::code, true, indent, {}, std::string(text)};
  const bool underlines =
      block_ == Block::paragraph && text.find_first_not_of("-=") == std::string_view::npos;
  if (heading_level(text) > 0 || (is_rule(text) && !underlines)) {
    return Row{Block::paragraph, true, 0, {}, std::string(text)};
  }
  if (text.starts_with('>')) {
    std::string_view content = text.substr(1);
    if (content.starts_with(' ')) content.remove_prefix(1);
    return Row{Block::quote, false, 0, {}, std::string(content)};
  }
  Row item = item_of(line, indent);
  if (item.block == Block::item) return item;
  if (text.starts_with('|') ||
      (block_ == Block::table && text.find('|') != std::string_view::npos)) {
    return Row{Block::table, false, 0, {}, std::string(text)};
  }
  return Row{Block::paragraph, false, indent, {}, std::string(text)};
}

bool MarkdownStream::goes_on(const Row& row) const {
  if (block_ == Block::none || row.alone) return false;
  if (row.block == Block::item) return false;  // each is a block of its own
  if (block_ == Block::item) return row.block == Block::paragraph;
  if (block_ == Block::quote && row.block == Block::paragraph) return true;
  return row.block == block_;
}

void MarkdownStream::put_gap(StyledLines& out) {
  if (gap_ && any_) out.emplace_back();
  gap_ = false;
  any_ = true;
}

void MarkdownStream::put_alone(const Row& row, StyledLines& out) {
  gap_ = gap_ || any_;
  put_gap(out);
  const std::size_t level = heading_level(row.content);
  if (level == 0) {
    out.push_back(styled_line(
        [&] {
          std::string rule;
          for (std::size_t i = 0; i < std::min<std::size_t>(columns_, 40); ++i) rule += "─";
          return rule;
        }(),
        Look::dim));
  } else {
    std::string_view text = trim(std::string_view(row.content).substr(level));
    while (text.ends_with('#')) text.remove_suffix(1);
    const Look look = level == 1 ? Look::bold | Look::underline : Look::bold;
    append(out, wrapped(inline_markdown(trim(text), look), columns_));
  }
  gap_ = true;
}

void MarkdownStream::begin(const Row& row, const std::string& line, StyledLines& out) {
  if (row.block == Block::code) {
    put_gap(out);
    fence_ = fence_of(row.content);
    fence_indent_ = row.indent;
    const std::string language(trim(std::string_view(row.content).substr(fence_.size())));
    if (!language.empty()) {
      out.push_back(clipped(styled_line("  " + language, Look::dim), columns_));
    }
    block_ = Block::code;
    return;
  }
  if (row.alone) return put_alone(row, out);
  // Items that follow each other stand together.
  put_gap(out);
  block_ = row.block;
  marker_ = row.marker;
  indent_ = row.block == Block::item ? row.indent : 0;
  lines_ = {row.block == Block::table ? line : row.content};
}

void MarkdownStream::take_code(const std::string& line, StyledLines& out) {
  const std::string_view text = trim(line);
  const bool closes =
      text.starts_with(fence_) && text.find_first_not_of(fence_.front()) == std::string_view::npos;
  if (closes) {
    block_ = Block::none;
    fence_.clear();
    gap_ = true;
    return;
  }
  const std::size_t skip = std::min(fence_indent_, indent_of(line));
  const StyledLine margin = styled_line(std::string(kCodeIndent, ' '));
  const Margins margins{margin, margin};
  append(out, cut(styled_line(std::string_view(line).substr(skip), Look::cyan), columns_, margins));
}

void MarkdownStream::take_line(const std::string& line, StyledLines& out) {
  if (block_ == Block::code) return take_code(line, out);
  const Row row = row_of(line);
  if (row.block == Block::none) {
    const bool any_open = block_ != Block::none;
    close(out);
    gap_ = gap_ || any_open;
    return;
  }
  if (!goes_on(row)) {
    const bool items = block_ == Block::item && row.block == Block::item;
    const bool any_open = block_ != Block::none;
    close(out);
    if (any_open && !items) gap_ = true;
    begin(row, line, out);
    return;
  }
  lines_.push_back(block_ == Block::table ? line : row.content);
}

StyledLines MarkdownStream::shown() const {
  StyledLines out;
  if (block_ == Block::table) {
    const std::string alignments = lines_.size() > 1 ? alignments_of(lines_[1]) : "";
    if (!alignments.empty()) {
      std::vector<std::vector<std::string>> rows;
      for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (i != 1) rows.push_back(cells_of(lines_[i]));
      }
      return table_lines(rows, alignments, columns_);
    }
    for (const std::string& line : lines_) {
      append(out, wrapped(inline_markdown(trim(line), Look::plain), columns_));
    }
    return out;
  }
  const bool has_underline = block_ == Block::paragraph && lines_.size() > 1 &&
                             lines_.back().find_first_not_of("=-") == std::string::npos;
  std::string text;
  for (std::size_t i = 0; i < lines_.size() - (has_underline ? 1 : 0); ++i) {
    text += (text.empty() ? "" : " ") + lines_[i];
  }
  Margins margins;
  Look look = has_underline ? Look::bold : Look::plain;
  if (block_ == Block::item) {
    margins.first = styled_line(std::string(indent_, ' ') + marker_ + " ");
    margins.rest = styled_line(std::string(columns_of(margins.first), ' '));
  } else if (block_ == Block::quote) {
    margins.first = margins.rest = styled_line("│ ", Look::dim);
    look = Look::italic;
  }
  return wrapped(inline_markdown(text, look), columns_, margins);
}

void MarkdownStream::close(StyledLines& out) {
  if (block_ != Block::none && block_ != Block::code) append(out, shown());
  if (block_ == Block::code) gap_ = true;
  block_ = Block::none;
  lines_.clear();
}

StyledLines MarkdownStream::feed(std::string_view text) {
  StyledLines out;
  partial_ += text;
  std::size_t from = 0;
  for (std::size_t end = partial_.find('\n'); end != std::string::npos;
       end = partial_.find('\n', from)) {
    take_line(screen_text(std::string_view(partial_).substr(from, end - from)), out);
    from = end + 1;
  }
  partial_.erase(0, from);
  return out;
}

StyledLines MarkdownStream::unfinished() const {
  MarkdownStream copy = *this;
  return copy.finish();
}

StyledLines MarkdownStream::finish() {
  StyledLines out;
  if (!partial_.empty()) take_line(screen_text(partial_), out);
  close(out);
  *this = MarkdownStream(columns_);
  return out;
}

StyledLines markdown_lines(std::string_view text, std::size_t columns) {
  MarkdownStream stream(columns);
  StyledLines lines = stream.feed(text);
  append(lines, stream.finish());
  return lines;
}

}  // namespace yoke
