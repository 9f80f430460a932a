#pragma once

#include <string>

#include "tools/openapi/operation.h"

namespace yoke::openapi {

// What the document says of a status: by itself, by its range ("2XX"), else its default. May be
// null.
const Response* response_for(const Operation& operation, int status);
// The content type that a reply should have; empty: nothing is said.
std::string promised_type(const Operation& operation, int status);

}  // namespace yoke::openapi
