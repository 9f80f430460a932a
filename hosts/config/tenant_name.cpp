#include "hosts/config/tenant_name.h"

namespace yoke {

bool is_tenant_name(std::string_view name) {
  static constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  static constexpr std::string_view kAll = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !name.empty() && name.size() <= 64 && kFirst.find(name.front()) != kFirst.npos &&
         name.find_first_not_of(kAll) == name.npos;
}

}  // namespace yoke
