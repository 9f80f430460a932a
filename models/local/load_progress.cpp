#include "models/local/load_progress.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"

namespace yoke::local {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The number before the first '%'.
std::optional<int> percent_in(std::string_view line) {
  const std::size_t sign = line.find('%');
  if (sign == std::string_view::npos) return std::nullopt;
  std::size_t from = sign;
  while (from > 0 && is_digit(line[from - 1])) --from;
  if (from == sign || sign - from > 3) return std::nullopt;
  int percent = 0;
  for (std::size_t at = from; at < sign; ++at) percent = percent * 10 + (line[at] - '0');
  if (percent > 100) return std::nullopt;
  return percent;
}

}  // namespace

std::optional<int> load_percent(std::string_view line) {
  const std::string_view text = trim(line);
  constexpr std::size_t kDotsMin = 3;
  const bool dots =
      text.size() >= kDotsMin && text.find_first_not_of('.') == std::string_view::npos;
  if (dots) return static_cast<int>(std::min<std::size_t>(text.size(), 100));
  constexpr std::array<std::string_view, 3> kBars{"checkpoint shards", "Loading weights",
                                                  "Loading model"};
  for (const std::string_view bar : kBars) {
    if (text.find(bar) != std::string_view::npos) return percent_in(text);
  }
  return std::nullopt;
}

}  // namespace yoke::local
