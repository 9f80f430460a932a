#include "hosts/packages/icon.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr std::string_view kPngMark("\x89PNG\r\n\x1a\n", 8);
constexpr int kColorPixels = 192;
constexpr int kOutlinePixels = 32;

void put_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

std::uint32_t u32_at(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

void put_chunk(std::string& out, const std::string& kind, const std::string& body) {
  put_u32(out, static_cast<std::uint32_t>(body.size()));
  const std::string checked = kind + body;
  out += checked;
  const auto* data = reinterpret_cast<const Bytef*>(checked.data());
  put_u32(out, static_cast<std::uint32_t>(crc32(0, data, static_cast<uInt>(checked.size()))));
}

// `rows`: each a filter byte of 0 and four bytes a pixel.
std::string png_of(int pixels, const std::string& rows) {
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  const int done = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                             reinterpret_cast<const Bytef*>(rows.data()),
                             static_cast<uLong>(rows.size()), Z_BEST_COMPRESSION);
  ENSURE(done == Z_OK);
  packed.resize(size);
  std::string header;
  put_u32(header, static_cast<std::uint32_t>(pixels));
  put_u32(header, static_cast<std::uint32_t>(pixels));
  header += std::string("\x08\x06\x00\x00\x00", 5);  // 8 bits, RGBA, no interlace
  std::string out(kPngMark);
  put_chunk(out, "IHDR", header);
  put_chunk(out, "IDAT", packed);
  put_chunk(out, "IEND", "");
  return out;
}

// How far a point of the unit square lies from the drawing's middle line: a beam, and below it two
// bows.
double distance_to_yoke(double x, double y) {
  const double along = std::clamp(x, 0.18, 0.82);
  double nearest = std::hypot(x - along, y - 0.36);
  for (const double middle : {0.34, 0.66}) {
    const double radius = 0.11;
    double bow = std::abs(std::hypot(x - middle, y - 0.56) - radius);
    if (y < 0.56) {
      const double side = x < middle ? middle - radius : middle + radius;
      bow = std::hypot(x - side, y - std::clamp(y, 0.36, 0.56));
    }
    nearest = std::min(nearest, bow);
  }
  return nearest;
}

// How much of a pixel the drawing covers, 0 to 255.
int coverage(int column, int row, int pixels, double half_width) {
  const double x = (column + 0.5) / pixels;
  const double y = (row + 0.5) / pixels;
  const double edge = (half_width - distance_to_yoke(x, y)) * pixels + 0.5;
  return static_cast<int>(std::lround(255 * std::clamp(edge, 0.0, 1.0)));
}

char mixed(std::uint8_t below, int over) {
  return static_cast<char>(below + (255 - below) * over / 255);
}

}  // namespace

IconColor icon_color_of(const std::string& text) {
  IconColor color;
  if (text.size() != 7 || text.front() != '#') return color;
  unsigned value = 0;
  for (const char c : text.substr(1)) {
    const bool digit = c >= '0' && c <= '9';
    const char low = static_cast<char>(c | 0x20);
    if (!digit && (low < 'a' || low > 'f')) return color;
    value = value * 16 + static_cast<unsigned>(digit ? c - '0' : low - 'a' + 10);
  }
  color.red = static_cast<std::uint8_t>(value >> 16U);
  color.green = static_cast<std::uint8_t>(value >> 8U);
  color.blue = static_cast<std::uint8_t>(value);
  return color;
}

std::string color_icon(IconColor background) {
  std::string rows;
  for (int row = 0; row < kColorPixels; ++row) {
    rows += '\0';
    for (int column = 0; column < kColorPixels; ++column) {
      const int over = coverage(column, row, kColorPixels, 0.035);
      rows += mixed(background.red, over);
      rows += mixed(background.green, over);
      rows += mixed(background.blue, over);
      rows += static_cast<char>(0xFF);
    }
  }
  return png_of(kColorPixels, rows);
}

std::string outline_icon() {
  std::string rows;
  for (int row = 0; row < kOutlinePixels; ++row) {
    rows += '\0';
    for (int column = 0; column < kOutlinePixels; ++column) {
      rows.append(3, static_cast<char>(0xFF));
      rows += static_cast<char>(coverage(column, row, kOutlinePixels, 0.035));
    }
  }
  return png_of(kOutlinePixels, rows);
}

ImageSize png_size(const std::string& bytes) {
  if (bytes.size() < 24 || !bytes.starts_with(kPngMark)) return {};
  return ImageSize{u32_at(bytes, 16), u32_at(bytes, 20)};
}

}  // namespace yoke
