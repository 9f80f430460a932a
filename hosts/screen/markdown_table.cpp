#include <algorithm>
#include <numeric>

#include "hosts/screen/glyphs.h"
#include "hosts/screen/markdown.h"

namespace yoke {
namespace {

constexpr std::size_t kGapColumns = 3;  // " │ "
constexpr std::size_t kCellColumnsMin = 5;

using Cells = std::vector<std::string>;

std::size_t natural_columns(const std::vector<Cells>& rows, std::size_t index) {
  std::size_t widest = 1;
  for (const Cells& row : rows) {
    if (index < row.size()) {
      widest = std::max(widest, columns_of(inline_markdown(row[index], Look::plain)));
    }
  }
  return widest;
}

// The widest give way first. Empty: there is no room for columns.
std::vector<std::size_t> fitted_columns(std::vector<std::size_t> widths, std::size_t columns) {
  const std::size_t gaps = kGapColumns * (widths.size() - 1);
  std::size_t sum = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
  while (sum + gaps > columns) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kCellColumnsMin) return {};
    --*widest;
    --sum;
  }
  return widths;
}

StyledLine aligned(const StyledLine& cell, std::size_t columns, char alignment) {
  const std::size_t used = columns_of(cell);
  const std::size_t left_over = columns > used ? columns - used : 0;
  std::size_t before = 0;
  if (alignment == 'r') before = left_over;
  if (alignment == 'c') before = left_over / 2;
  StyledLine out = styled_line(std::string(before, ' '));
  append(out, cell);
  append(out, std::string(left_over - before, ' '));
  return out;
}

void put_row(const Cells& row, const std::vector<std::size_t>& widths,
             const std::string& alignments, Look look, StyledLines& out) {
  std::vector<StyledLines> cells;
  std::size_t height = 1;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string text = i < row.size() ? row[i] : "";
    cells.push_back(wrapped(inline_markdown(text, look), widths[i]));
    height = std::max(height, cells.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    StyledLine together;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) append(together, " │ ", Look::dim);
      const StyledLine cell = line < cells[i].size() ? cells[i][line] : StyledLine();
      append(together, aligned(cell, widths[i], alignments[i]));
    }
    out.push_back(std::move(together));
  }
}

StyledLine line_below_titles(const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) text += "─┼─";
    for (std::size_t column = 0; column < widths[i]; ++column) text += "─";
  }
  return styled_line(text, Look::dim);
}

StyledLines as_records(const std::vector<Cells>& rows, std::size_t columns) {
  StyledLines out;
  const Cells& titles = rows.front();
  for (std::size_t number = 1; number < rows.size(); ++number) {
    if (number > 1) out.push_back(styled_line("─", Look::dim));
    for (std::size_t i = 0; i < titles.size(); ++i) {
      StyledLine line = inline_markdown(titles[i], Look::bold);
      append(line, ": ");
      if (i < rows[number].size()) append(line, inline_markdown(rows[number][i], Look::plain));
      append(out, wrapped(line, columns));
    }
  }
  return out;
}

}  // namespace

StyledLines table_lines(const std::vector<Cells>& rows, const std::string& alignments,
                        std::size_t columns) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < alignments.size(); ++i) widths.push_back(natural_columns(rows, i));
  widths = fitted_columns(std::move(widths), columns);
  if (widths.empty()) return as_records(rows, columns);
  StyledLines out;
  for (std::size_t number = 0; number < rows.size(); ++number) {
    put_row(rows[number], widths, alignments, number == 0 ? Look::bold : Look::plain, out);
    if (number == 0) out.push_back(line_below_titles(widths));
  }
  return out;
}

}  // namespace yoke
