#include "models/wire/data_url.h"

namespace yoke {

std::optional<DataUrl> parse_data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kMark = ";base64";
  if (!url.starts_with(kScheme)) return std::nullopt;
  url.remove_prefix(kScheme.size());
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  std::string_view about = url.substr(0, comma);
  if (!about.ends_with(kMark)) return std::nullopt;
  about.remove_suffix(kMark.size());
  return DataUrl{about.substr(0, about.find(';')), url.substr(comma + 1)};
}

}  // namespace yoke
