#pragma once

#include <cstdint>

namespace yoke {

// What the operator lets through to one backend; 0: any number.
struct LimitSettings {
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;  // estimated input and the most output
  std::int64_t concurrent = 0;

  bool any() const { return requests_per_minute > 0 || tokens_per_minute > 0 || concurrent > 0; }
};

}  // namespace yoke
