#pragma once

#include <functional>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "tools/openapi/operation.h"

namespace yoke::openapi {

// The argument of that name; null: not given.
using ArgumentLookup = std::function<const Json*(const std::string& name)>;

struct WrittenBody {
  bool is_there = false;
  std::string content_type;
  std::string bytes;
};

// Errors: invalid; `place` is the argument's JSON pointer.
Result<WrittenBody> write_body(const Body& body, const ArgumentLookup& argument,
                               const std::string& boundary);

}  // namespace yoke::openapi
