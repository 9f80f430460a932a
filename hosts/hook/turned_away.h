#pragma once

#include <cstdint>

#include "hosts/hook/reply.h"

namespace yoke {

// Who decided a server's limits, and so where they are raised: [serve], or nowhere.
enum class LimitsOf : std::uint8_t { settings, program };

// What the server itself turned away, on any wire: what was wrong, the limit that it passed, and
// the setting that is to be raised.
Refusal turned_away(const HttpRefused& refused, const HttpServerOptions& limits, LimitsOf whose);

}  // namespace yoke
