#pragma once

#include <string>
#include <string_view>

namespace yoke {

// Letters of ASCII alone; every other byte stays, whatever the locale.
inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

inline std::string to_lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) c = to_lower(c);
  return copy;
}
inline std::string to_upper(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) c = to_upper(c);
  return copy;
}

}  // namespace yoke
