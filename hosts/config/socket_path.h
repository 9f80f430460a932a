#pragma once

#include <string>

#include "hosts/config/config.h"

namespace yoke {

// Where the process that drives the runs of a store listens: beside its file and named after it,
// NAME.sock for NAME.db. Empty for a store that is no file.
std::string control_socket_of(const Config& config);

}  // namespace yoke
