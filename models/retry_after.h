#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "runtime/base/time.h"
#include "runtime/http/headers.h"

namespace yoke {

// How long a refusal asks to be left alone, in every form that vendors say it: `retry-after-ms`,
// `Retry-After` (seconds or an HTTP date), Gemini's RetryInfo in the body, and, where a limit is
// said to be exhausted, the time at which it is reset (`x-ratelimit-reset-*`,
// `anthropic-ratelimit-*-reset`, `RateLimit-Reset`: seconds, "1m2.5s", a date, or seconds or
// milliseconds since 1970). The first of these that can be read counts; of several exhausted limits
// the one that is reset last. Never over a day, nor under zero. None: it does not say.
std::optional<std::chrono::milliseconds> retry_after_of(const HttpHeaders& headers,
                                                        std::string_view body, Micros wall_us);

}  // namespace yoke
