#pragma once

#include <string>

#include "tests/support/temp_project.h"

namespace yoke::testing {

// The files of the arena's project. Its agent makes 13 calls in five steps, 7 of them `once`: 3
// with a probe, 4 without.
void write_arena_project(const TempFolder& folder, const std::string& port);

}  // namespace yoke::testing
