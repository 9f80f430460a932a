#pragma once

#include "hosts/config/config.h"
#include "runtime/record/retention.h"

namespace yoke {

inline constexpr std::string_view kRetentionName = "retention";  // who erased, in the runs' rows

// Erases what [retention] says, memory of the scope `run` with it. Nothing where it says nothing.
// `wall` outlives the call. Errors: invalid (the section), those of apply_retention().
awaitable<Result<RetentionReport>> retain_as_configured(const Config& config, Store& store,
                                                        WallClock& wall);

}  // namespace yoke
