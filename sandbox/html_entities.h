#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yoke::sandbox {

// Appends what the character reference that `text` begins with ("&amp;", "&#8364;") stands for, as
// UTF-8, and returns how many bytes it takes; 0 when it is none that is known. Looks at no more
// than kEntityBytesMax bytes.
inline constexpr std::size_t kEntityBytesMax = 12;
std::size_t append_entity(std::string_view text, std::string& out);

void append_utf8(char32_t point, std::string& out);

}  // namespace yoke::sandbox
