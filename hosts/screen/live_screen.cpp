#include "hosts/screen/live_screen.h"

#include <algorithm>
#include <utility>

namespace yoke {
namespace {

// Terminals that know it show what is between these at once; others pass it over.
constexpr const char* kBegin = "\x1b[?2026h\x1b[?25l";
constexpr const char* kEnd = "\x1b[?25h\x1b[?2026l";

std::string up(std::size_t rows) {
  return rows == 0 ? std::string() : "\x1b[" + std::to_string(rows) + "A";
}

std::string right(std::size_t columns) {
  return columns == 0 ? std::string() : "\x1b[" + std::to_string(columns) + "C";
}

}  // namespace

void LiveScreen::fit(LiveArea& area) const {
  const std::size_t rows = std::max<std::size_t>(size_.rows, 2) - 1;
  if (area.lines.size() > rows) {
    const std::size_t gone = area.lines.size() - rows;
    area.lines.erase(area.lines.begin(), area.lines.begin() + static_cast<std::ptrdiff_t>(gone));
    area.cursor_row -= std::min(gone, area.cursor_row);
  }
  for (StyledLine& line : area.lines) {
    // A glyph in the last column leaves a cursor between two lines.
    if (columns_of(line) >= size_.columns) line = clipped(line, size_.columns - 1);
  }
  area.cursor_column = std::min(area.cursor_column, size_.columns - 1);
}

void LiveScreen::to_top(std::string& bytes) const { bytes += "\r" + up(shown_.cursor_row); }

void LiveScreen::put_area(const LiveArea& area, std::string& bytes) {
  for (std::size_t i = 0; i < area.lines.size(); ++i) {
    if (i > 0) bytes += "\r\n";
    bytes += to_bytes(area.lines[i], colors_);
  }
  const std::size_t last = area.lines.empty() ? 0 : area.lines.size() - 1;
  bytes += "\r" + up(last - std::min(last, area.cursor_row)) + right(area.cursor_column);
}

// As many rows as before: those that differ are written again. False: it is another shape.
bool LiveScreen::put_changes(const LiveArea& area, std::string& bytes) {
  if (area.lines.size() != shown_.lines.size() || area.lines.empty()) return false;
  std::size_t row = shown_.cursor_row;
  for (std::size_t i = 0; i < area.lines.size(); ++i) {
    if (area.lines[i] == shown_.lines[i]) continue;
    bytes += "\r";
    bytes += i < row ? up(row - i) : "";
    if (i > row) bytes += "\x1b[" + std::to_string(i - row) + "B";
    bytes += "\x1b[K" + to_bytes(area.lines[i], colors_);
    row = i;
  }
  bytes += "\r";
  if (area.cursor_row < row) bytes += up(row - area.cursor_row);
  if (area.cursor_row > row) bytes += "\x1b[" + std::to_string(area.cursor_row - row) + "B";
  bytes += right(area.cursor_column);
  return true;
}

std::string LiveScreen::update(const StyledLines& finished, LiveArea area) {
  fit(area);
  if (finished.empty() && area == shown_) return {};
  std::string bytes = kBegin;
  if (!finished.empty() || !put_changes(area, bytes)) {
    to_top(bytes);
    bytes += "\x1b[J";
    for (const StyledLine& line : finished) bytes += to_bytes(line, colors_) + "\r\n";
    put_area(area, bytes);
  }
  shown_ = std::move(area);
  return bytes + kEnd;
}

std::string LiveScreen::repaint(ScreenSize size, const StyledLines& last, LiveArea area) {
  size_ = size;
  fit(area);
  const std::size_t room = size_.rows - std::min(size_.rows, area.lines.size());
  const std::size_t skip = last.size() - std::min(last.size(), room);
  std::string bytes = std::string(kBegin) + "\x1b[H\x1b[J";
  for (std::size_t i = skip; i < last.size(); ++i) bytes += to_bytes(last[i], colors_) + "\r\n";
  put_area(area, bytes);
  shown_ = std::move(area);
  return bytes + kEnd;
}

std::string LiveScreen::leave() {
  std::string bytes;
  to_top(bytes);
  shown_ = LiveArea();
  return bytes + "\x1b[J\x1b[?25h";
}

}  // namespace yoke
