#pragma once

#include <optional>
#include <string_view>

namespace yoke {

// What a "data:" address with base64 holds. Borrows the address.
struct DataUrl {
  std::string_view media_type;  // "image/png"; empty when the address says none
  std::string_view base64;
};

// None when `url` is no such address.
std::optional<DataUrl> parse_data_url(std::string_view url);

}  // namespace yoke
