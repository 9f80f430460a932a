#include "hosts/app/idem_key.h"

#include <algorithm>

namespace yoke {
namespace {

constexpr std::size_t kIdemKeyBytesMax = 255;

}  // namespace

Result<void> check_idem_key(std::string_view key) {
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (printable && !key.empty() && key.size() <= kIdemKeyBytesMax) return {};
  return Error{Errc::invalid, "must be 1 to 255 printable ASCII characters"};
}

std::string idem_key_of(const std::string& caller, const std::string& key) {
  return "api:" + std::to_string(caller.size()) + ":" + caller + ":" + key;
}

}  // namespace yoke
