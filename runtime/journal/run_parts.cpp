#include "runtime/journal/run_parts.h"

#include <algorithm>

namespace yoke {

Json to_json(const RunLimits& limits) {
  return Json{{"steps", limits.steps},
              {"tokens", limits.tokens},
              {"usd", limits.usd},
              {"seconds", limits.seconds},
              {"repeats", limits.repeats}};
}

RunLimits limits_from_json(const Json& value, const RunLimits& defaults) {
  const auto limit_at = [&value](const char* name, std::int64_t fallback, std::int64_t most) {
    return std::clamp<std::int64_t>(integer_at(value, name, fallback), 0, most);
  };
  RunLimits limits;
  limits.steps = limit_at("steps", defaults.steps, kCountLimitMax);
  limits.tokens = limit_at("tokens", defaults.tokens, kCountLimitMax);
  limits.usd = limit_at("usd", defaults.usd, kUsdLimitMax);
  limits.seconds = limit_at("seconds", defaults.seconds, kSecondsLimitMax);
  limits.repeats = limit_at("repeats", defaults.repeats, kCountLimitMax);
  return limits;
}

}  // namespace yoke
