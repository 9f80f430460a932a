#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// How a piece of text looks; may be combined.
enum class Look : std::uint16_t {
  plain = 0,
  bold = 1,
  dim = 2,
  italic = 4,
  underline = 8,
  strike = 16,
  inverse = 32,
  red = 64,
  green = 128,
  yellow = 256,
  cyan = 512,
};
constexpr Look operator|(Look a, Look b) {
  return static_cast<Look>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}
constexpr bool has_look(Look all, Look one) {
  return (static_cast<std::uint16_t>(all) & static_cast<std::uint16_t>(one)) != 0;
}

struct StyledSpan {
  std::string text;  // safe to write, without newlines
  Look look = Look::plain;

  bool operator==(const StyledSpan&) const = default;
};
using StyledLine = std::vector<StyledSpan>;
using StyledLines = std::vector<StyledLine>;

StyledLine styled_line(std::string_view text, Look look = Look::plain);
void append(StyledLine& line, std::string_view text, Look look = Look::plain);
void append(StyledLine& line, const StyledLine& more);
void append(StyledLines& lines, StyledLines more);

std::size_t columns_of(const StyledLine& line);
std::string text_of(const StyledLine& line);
StyledLine clipped(const StyledLine& line, std::size_t columns);

// What each line begins with.
struct Margins {
  StyledLine first;
  StyledLine rest;
};
// Broken at spaces where that is possible, else anywhere. At least one line.
StyledLines wrapped(const StyledLine& line, std::size_t columns, const Margins& margins);
StyledLines wrapped(const StyledLine& line, std::size_t columns);
// Broken at the last column alone: code, whose spaces count.
StyledLines cut(const StyledLine& line, std::size_t columns, const Margins& margins);

// As bytes for a terminal. Without `colors` nothing but the text.
std::string to_bytes(const StyledLine& line, bool colors);

}  // namespace yoke
