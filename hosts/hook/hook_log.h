#pragma once

#include <functional>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke {

// Takes what no journal holds, as an event with fields: "webhook.refused", {"hook": …}. May be
// empty.
using HookLog = std::function<void(std::string_view event, const Json& fields)>;

}  // namespace yoke
