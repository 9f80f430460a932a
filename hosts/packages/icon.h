#pragma once

#include <cstdint>
#include <string>

namespace yoke {

struct IconColor {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};
// "#4464EE"; black where it is no colour.
IconColor icon_color_of(const std::string& text);

// PNG files for an app package: a yoke, drawn white on the colour (192 x 192 pixels), and its
// outline, white on nothing (32 x 32).
std::string color_icon(IconColor background);
std::string outline_icon();

// Width and height of a PNG, from its header; 0 and 0: it is none.
struct ImageSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
ImageSize png_size(const std::string& bytes);

}  // namespace yoke
