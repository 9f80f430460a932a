#include "hosts/screen/styled.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hosts/screen/glyphs.h"

namespace yoke {
namespace {

constexpr std::array<std::pair<Look, std::string_view>, 10> kCodes = {{
    {Look::bold, "1"},
    {Look::dim, "2"},
    {Look::italic, "3"},
    {Look::underline, "4"},
    {Look::strike, "9"},
    {Look::inverse, "7"},
    {Look::red, "31"},
    {Look::green, "32"},
    {Look::yellow, "33"},
    {Look::cyan, "36"},
}};

// A word or a gap between words, which may be of several looks.
struct Chunk {
  StyledLine spans;
  std::size_t columns = 0;
  bool gap = false;
};

std::vector<Chunk> chunks_of(const StyledLine& line) {
  std::vector<Chunk> chunks;
  for (const StyledSpan& span : line) {
    std::size_t at = 0;
    while (at < span.text.size()) {
      const bool gap = span.text[at] == ' ';
      std::size_t end = at;
      while (end < span.text.size() && (span.text[end] == ' ') == gap) ++end;
      const std::string_view piece = std::string_view(span.text).substr(at, end - at);
      if (chunks.empty() || chunks.back().gap != gap) chunks.push_back(Chunk{{}, 0, gap});
      append(chunks.back().spans, piece, span.look);
      chunks.back().columns += columns_of(piece);
      at = end;
    }
  }
  return chunks;
}

// Gathers lines of at most so many columns.
class LineFiller {
 public:
  LineFiller(std::size_t columns, const Margins& margins)
      : columns_(std::max<std::size_t>(columns, 2)), margins_(margins) {
    begin(margins_.first);
  }

  bool is_empty() const { return used_ == indent_; }
  bool fits(std::size_t columns) const { return used_ + columns <= columns_; }

  void put(const StyledLine& spans, std::size_t columns) {
    append(line_, spans);
    used_ += columns;
  }

  void put_anywhere(const StyledLine& spans) {
    for (const StyledSpan& span : spans) {
      for (std::size_t at = 0; at < span.text.size();) {
        const Glyph glyph = glyph_at(span.text, at);
        if (!fits(glyph.columns) && !is_empty()) next();
        append(line_, std::string_view(span.text).substr(at, glyph.bytes), span.look);
        used_ += glyph.columns;
        at += glyph.bytes;
      }
    }
  }

  void next() {
    lines_.push_back(std::move(line_));
    begin(margins_.rest);
  }

  StyledLines finish() {
    lines_.push_back(std::move(line_));
    return std::move(lines_);
  }

 private:
  void begin(const StyledLine& margin) {
    line_ = margin;
    indent_ = used_ = columns_of(margin);
    if (indent_ + 2 > columns_) {  // a margin that leaves no room is none
      line_.clear();
      indent_ = used_ = 0;
    }
  }

  std::size_t columns_;
  const Margins& margins_;
  StyledLines lines_;
  StyledLine line_;
  std::size_t used_ = 0;
  std::size_t indent_ = 0;
};

}  // namespace

StyledLine styled_line(std::string_view text, Look look) {
  StyledLine line;
  append(line, text, look);
  return line;
}

void append(StyledLine& line, std::string_view text, Look look) {
  if (text.empty()) return;
  if (!line.empty() && line.back().look == look) {
    line.back().text += text;
  } else {
    line.push_back(StyledSpan{std::string(text), look});
  }
}

void append(StyledLine& line, const StyledLine& more) {
  for (const StyledSpan& span : more) append(line, span.text, span.look);
}

void append(StyledLines& lines, StyledLines more) {
  for (StyledLine& line : more) lines.push_back(std::move(line));
}

std::size_t columns_of(const StyledLine& line) {
  std::size_t columns = 0;
  for (const StyledSpan& span : line) columns += columns_of(std::string_view(span.text));
  return columns;
}

std::string text_of(const StyledLine& line) {
  std::string text;
  for (const StyledSpan& span : line) text += span.text;
  return text;
}

StyledLine clipped(const StyledLine& line, std::size_t columns) {
  if (columns_of(line) <= columns) return line;
  StyledLine out;
  std::size_t left = columns;
  for (const StyledSpan& span : line) {
    const std::size_t wide = columns_of(std::string_view(span.text));
    if (wide < left) {
      append(out, span.text, span.look);
      left -= wide;
      continue;
    }
    // Something follows, or it is too wide itself: either way the ellipsis stands here.
    append(out, clipped(span.text + " ", left), span.look);
    break;
  }
  return out;
}

StyledLines wrapped(const StyledLine& line, std::size_t columns, const Margins& margins) {
  LineFiller filler(columns, margins);
  const Chunk* gap = nullptr;
  const std::vector<Chunk> chunks = chunks_of(line);
  for (const Chunk& chunk : chunks) {
    if (chunk.gap) {
      gap = &chunk;
      continue;
    }
    const std::size_t before = gap != nullptr ? gap->columns : 0;
    if (filler.fits(before + chunk.columns)) {
      if (gap != nullptr) filler.put(gap->spans, gap->columns);
      filler.put(chunk.spans, chunk.columns);
    } else {
      if (!filler.is_empty()) filler.next();
      filler.put_anywhere(chunk.spans);
    }
    gap = nullptr;
  }
  return filler.finish();
}

StyledLines wrapped(const StyledLine& line, std::size_t columns) {
  const Margins none;
  return wrapped(line, columns, none);
}

StyledLines cut(const StyledLine& line, std::size_t columns, const Margins& margins) {
  LineFiller filler(columns, margins);
  filler.put_anywhere(line);
  return filler.finish();
}

std::string to_bytes(const StyledLine& line, bool colors) {
  if (!colors) return text_of(line);
  std::string bytes;
  for (const StyledSpan& span : line) {
    std::string codes;
    for (const auto& [look, code] : kCodes) {
      if (has_look(span.look, look)) codes += (codes.empty() ? "" : ";") + std::string(code);
    }
    if (codes.empty()) {
      bytes += span.text;
    } else {
      bytes += "\x1b[" + codes + "m" + span.text + "\x1b[0m";
    }
  }
  return bytes;
}

}  // namespace yoke
