#include "hosts/hook/gatekeeper.h"

namespace yoke {

void add_rate_headers(HttpHeaders& headers, const RateLeft& rate) {
  static constexpr const char* kPolicy = "\"key\"";
  headers.set("RateLimit-Policy", std::string(kPolicy) + ";q=" + std::to_string(rate.limit) +
                                      ";w=" + std::to_string(rate.window.count()));
  headers.set("RateLimit", std::string(kPolicy) + ";r=" + std::to_string(rate.left) +
                               ";t=" + std::to_string(rate.full_in.count()));
}

}  // namespace yoke
