#include "runtime/base/handle.h"

#include <unistd.h>

namespace yoke {

Handle::~Handle() {
  if (number_ >= 0) ::close(number_);
}

}  // namespace yoke
