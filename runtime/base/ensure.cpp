#include "runtime/base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace yoke {

void ensure_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "yoke: broken invariant at %s:%d: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace yoke
