#include "hosts/repl/transcript.h"

#include <utility>

#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kSaidRowsMax = 12;

StyledLines said_lines(const std::string& text, std::size_t columns) {
  StyledLines lines;
  const Margins first{styled_line("> ", Look::cyan), styled_line("  ")};
  const Margins rest{styled_line("  "), styled_line("  ")};
  for (const std::string& line : split(text, '\n')) {
    const StyledLine bold = styled_line(screen_text(line), Look::bold);
    append(lines, wrapped(bold, columns, lines.empty() ? first : rest));
  }
  if (lines.size() <= kSaidRowsMax) return lines;
  const std::size_t more = lines.size() - kSaidRowsMax + 1;
  lines.resize(kSaidRowsMax - 1);
  lines.push_back(styled_line("  … " + std::to_string(more) + " more lines", Look::dim));
  return lines;
}

}  // namespace

StyledLines Transcript::lines_of(const Entry& entry) const {
  switch (entry.kind) {
    case Entry::Kind::said:
      return said_lines(entry.text, columns_);
    case Entry::Kind::line:
      return {clipped(entry.styled, columns_ - 1)};
    case Entry::Kind::markdown:
      return markdown_lines(entry.text, columns_);
    case Entry::Kind::gap:
      return {StyledLine()};
    case Entry::Kind::text:
    case Entry::Kind::block:
      break;
  }
  StyledLines lines;
  const Margins none;
  for (const std::string& line : split(entry.text, '\n')) {
    const StyledLine styled = styled_line(screen_text(line), entry.look);
    append(lines, entry.kind == Entry::Kind::block ? cut(styled, columns_, none)
                                                   : wrapped(styled, columns_));
  }
  return lines;
}

void Transcript::keep(Entry entry) {
  kept_bytes_ += entry.text.size() + text_of(entry.styled).size();
  kept_.push_back(std::move(entry));
  while (kept_.size() > 1 && (kept_.size() > kKeptMax || kept_bytes_ > kKeptBytesMax)) {
    kept_bytes_ -= kept_.front().text.size() + text_of(kept_.front().styled).size();
    kept_.pop_front();
  }
}

void Transcript::add(Entry entry) {
  after_gap_ = entry.kind == Entry::Kind::gap;
  append(finished_, lines_of(entry));
  keep(std::move(entry));
}

void Transcript::said(std::string_view text) {
  gap();
  add(Entry{Entry::Kind::said, std::string(text)});
  gap();
}

void Transcript::line(StyledLine line) {
  add(Entry{Entry::Kind::line, {}, Look::plain, std::move(line)});
}

void Transcript::text(std::string_view text, Look look) {
  add(Entry{Entry::Kind::text, std::string(text), look});
}

void Transcript::block(const std::string& lines) {
  std::string_view text = lines;
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.empty()) add(Entry{Entry::Kind::block, std::string(text)});
}

void Transcript::markdown(const std::string& text) { add(Entry{Entry::Kind::markdown, text}); }

void Transcript::gap() {
  if (!after_gap_) add(Entry{Entry::Kind::gap});
}

void Transcript::stream(std::string_view piece) {
  if (streamed_.empty()) gap();
  streamed_ += piece;
  append(finished_, stream_.feed(piece));
}

void Transcript::end_stream() {
  if (streamed_.empty()) return;
  append(finished_, stream_.finish());
  after_gap_ = false;
  keep(Entry{Entry::Kind::markdown, std::exchange(streamed_, {})});
}

StyledLines Transcript::take_finished() { return std::exchange(finished_, {}); }

void Transcript::set_columns(std::size_t columns) {
  columns_ = columns;
  stream_ = MarkdownStream(columns);
  finished_.clear();
  const StyledLines again = stream_.feed(streamed_);
  static_cast<void>(again);  // last() shows it
}

StyledLines Transcript::last(std::size_t rows) const {
  std::vector<StyledLines> parts;
  std::size_t count = 0;
  if (!streamed_.empty()) {
    MarkdownStream stream(columns_);
    parts.push_back(stream.feed(streamed_));
    count = parts.back().size();
  }
  for (auto entry = kept_.rbegin(); entry != kept_.rend() && count < rows; ++entry) {
    parts.push_back(lines_of(*entry));
    count += parts.back().size();
  }
  StyledLines lines;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) append(lines, std::move(*part));
  const std::size_t skip = lines.size() - std::min(lines.size(), rows);
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(skip));
  return lines;
}

}  // namespace yoke
