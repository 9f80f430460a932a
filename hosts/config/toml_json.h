#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <optional>

#include "runtime/base/json.h"

namespace yoke {

// What JSON has of a TOML value: everything but times, and numbers that are no numbers.
std::optional<Json> json_of(const toml::node& node);

}  // namespace yoke
