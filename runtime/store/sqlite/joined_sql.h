#pragma once

#include <cstddef>

namespace yoke::sqlite {

// A statement put together of literals while the program is compiled: `text` is what
// Database::sql() takes. Keep it in a static constant.
template <std::size_t size>
struct JoinedSql {
  char text[size];
};

template <std::size_t... sizes>
constexpr auto joined(const char (&... parts)[sizes]) {
  JoinedSql<(sizes + ...) - sizeof...(sizes) + 1> whole{};
  std::size_t at = 0;
  const auto add = [&whole, &at](const char* part, std::size_t size) {
    for (std::size_t i = 0; i + 1 < size; ++i) whole.text[at++] = part[i];
  };
  (add(parts, sizes), ...);
  return whole;
}

}  // namespace yoke::sqlite
