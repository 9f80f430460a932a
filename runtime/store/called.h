#pragma once

#include "runtime/store/types.h"

namespace yoke {

// Whether the run is a child that a call of its parent waits for. When it ends, or is set aside,
// its parent is told in the same transaction: "child:RUN", topic "child", {"child","call"}. A
// shadow, which nobody waits for, names a model's call: "m" and a number.
bool is_call(const RunRow& row);

}  // namespace yoke
