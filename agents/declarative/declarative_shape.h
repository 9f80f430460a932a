#pragma once

#include "agents/declarative/manifest_shape.h"

namespace yoke {

// The members of a declarative agent's manifest, versions 1.0 to 1.8: kinds "agent" and
// "capability NAME". Source: the format's published schemas, in our own words.
Shape declarative_shape();

inline constexpr int kDeclarativeMinorMax = 8;  // the newest that is known here

// The minor version that first had the capability; -1: there is none of that name.
int capability_since(std::string_view name);
std::vector<std::string> capability_names();

}  // namespace yoke
