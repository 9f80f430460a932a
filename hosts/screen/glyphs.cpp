#include "hosts/screen/glyphs.h"

#include <utf8proc.h>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kEllipsis = "…";

struct CodePoint {
  utf8proc_int32_t value = 0;
  std::size_t bytes = 0;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
  CodePoint point;
  if (at >= text.size()) return point;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at);
  const auto left = static_cast<utf8proc_ssize_t>(text.size() - at);
  const utf8proc_ssize_t read = utf8proc_iterate(bytes, left, &point.value);
  if (read > 0) {
    point.bytes = static_cast<std::size_t>(read);
  } else {
    point = CodePoint{0xFFFD, 1};
  }
  return point;
}

std::size_t columns_of_point(utf8proc_int32_t value) {
  if (value < 0x7F && value >= 0x20) return 1;
  const int width = utf8proc_charwidth(value);
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

}  // namespace

Glyph glyph_at(std::string_view text, std::size_t at) {
  CodePoint point = code_point_at(text, at);
  // As terminals count: code point by code point, whatever a font makes of them together.
  Glyph glyph{point.bytes, columns_of_point(point.value)};
  utf8proc_int32_t state = 0;
  while (point.bytes > 0) {
    const CodePoint next = code_point_at(text, at + glyph.bytes);
    if (next.bytes == 0) break;
    const bool ascii = point.value < 0x7F && next.value < 0x7F;
    if (ascii || utf8proc_grapheme_break_stateful(point.value, next.value, &state)) break;
    glyph.bytes += next.bytes;
    glyph.columns += columns_of_point(next.value);
    point = next;
  }
  return glyph;
}

std::size_t glyph_before(std::string_view text, std::size_t at) {
  if (at == 0) return 0;
  // From the start of the line: where a glyph begins hangs on what is before it.
  const std::size_t newline = text.rfind('\n', at - 1);
  std::size_t place = newline == std::string_view::npos || newline + 1 >= at ? 0 : newline + 1;
  if (newline != std::string_view::npos && newline + 1 >= at) return newline;
  while (true) {
    const std::size_t next = place + glyph_at(text, place).bytes;
    if (next >= at || next == place) return place;
    place = next;
  }
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    columns += glyph.columns;
    at += glyph.bytes;
  }
  return columns;
}

std::string clipped(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Glyph glyph = glyph_at(text, at);
    if (used + glyph.columns > columns - 1) break;
    used += glyph.columns;
    at += glyph.bytes;
  }
  return std::string(text.substr(0, at)) + std::string(kEllipsis);
}

std::string screen_text(std::string_view text) {
  const std::string safe = printable(to_valid_utf8(text));
  std::string out;
  out.reserve(safe.size());
  for (const char c : safe) {
    if (c == '\t') {
      out += "    ";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace yoke
