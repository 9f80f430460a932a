#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yoke {

// A character as people see it: a letter with its marks, an emoji of several code points.
struct Glyph {
  std::size_t bytes = 0;    // in the text; 0 at its end
  std::size_t columns = 0;  // on a terminal; 0 for what is not seen, 2 for what is wide
};

// The glyph that begins at `at`. A byte that is no UTF-8 is a glyph of one column.
Glyph glyph_at(std::string_view text, std::size_t at);
std::size_t glyph_before(std::string_view text, std::size_t at);  // where the one before begins
std::size_t columns_of(std::string_view text);
// As much of it as fits, "…" at its end where something was left out.
std::string clipped(std::string_view text, std::size_t columns);

// Text from outside as it may be written to a terminal: no control characters, tabs as spaces.
std::string screen_text(std::string_view text);

}  // namespace yoke
