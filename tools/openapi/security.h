#pragma once

#include <string>
#include <vector>

#include "tools/openapi/lookup.h"

namespace yoke::openapi {

// The security schemes at `pointer`, of any version; those that cannot be read become findings.
std::vector<SecurityScheme> read_schemes(Lookup& lookup, const std::string& pointer,
                                         FindingList& findings);

}  // namespace yoke::openapi
