#pragma once

#include <string>

#include "trials/comparison.h"

namespace yoke {

// The comparison as text for a terminal: a table of means, then for each route how it differs from
// the first. What it names from outside is made printable.
std::string table_text(const Trial& trial, const Comparison& comparison);

// The same as data, with every cell.
Json comparison_json(const Trial& trial, const Comparison& comparison);

}  // namespace yoke
