#include "hosts/app/segment.h"

#include <charconv>

namespace yoke {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

// What RFC 3986 calls unreserved; "." apart, for ".." is no name but a direction.
bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '~';
}

}  // namespace

std::string to_segment(std::string_view text) {
  std::string segment;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (stands_for_itself(c)) {
      segment += c;
    } else {
      segment += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return segment;
}

Result<std::string> from_segment(std::string_view segment) {
  std::string text;
  for (std::size_t at = 0; at < segment.size(); ++at) {
    if (segment[at] != '%') {
      text += segment[at];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = segment.substr(at + 1, 2);
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, byte, 16);
    if (digits.size() != 2 || read.ec != std::errc() || read.ptr != end) {
      return Error{Errc::invalid, "'%' without two hexadecimal digits in the path"};
    }
    text += static_cast<char>(byte);
    at += 2;
  }
  return text;
}

}  // namespace yoke
