#pragma once

#include <vector>

#include "runtime/schema/node.h"
#include "runtime/schema/schema.h"

namespace yoke::schema {

bool fits(const Program& program, const Json& value);
std::vector<SchemaError> errors_of(const Program& program, const Json& value);

}  // namespace yoke::schema
