#include "models/openai_chat/usage.h"

#include <algorithm>
#include <initializer_list>

namespace yoke::openai_chat {
namespace {

// The first of the keys that is there, as a count; 0 when none is.
std::int64_t count_at(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const Json& value = member_at(object, key);
    if (!value.is_number()) continue;
    constexpr auto kMost = static_cast<double>(kTokensMax);
    return static_cast<std::int64_t>(std::clamp(value.get<double>(), 0.0, kMost));
  }
  return 0;
}

std::optional<Usage> standard_usage(const Json& usage) {
  if (!member_at(usage, "prompt_tokens").is_number() &&
      !member_at(usage, "completion_tokens").is_number()) {
    return std::nullopt;
  }
  const Json& input_details = member_at(usage, "prompt_tokens_details");
  const Json& output_details = member_at(usage, "completion_tokens_details");
  Usage result;
  result.input = count_at(usage, {"prompt_tokens"});
  result.output = count_at(usage, {"completion_tokens"});
  result.cached = count_at(input_details, {"cached_tokens"});
  if (result.cached == 0) {
    result.cached =
        count_at(usage, {"prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens"});
  }
  result.cache_write = count_at(input_details, {"cache_write_tokens"});
  result.reasoning = count_at(output_details, {"reasoning_tokens"});
  if (result.reasoning == 0) result.reasoning = count_at(usage, {"reasoning_tokens"});
  // Some count the reasoning beside the completion: their own total gives it away.
  const std::int64_t total = count_at(usage, {"total_tokens"});
  const std::int64_t rest = total - result.input - result.output;
  if (result.reasoning > 0 && rest == result.reasoning) result.output += result.reasoning;
  return plausible(result);
}

std::optional<Usage> llama_timings(const Json& timings) {
  if (!member_at(timings, "predicted_n").is_number()) return std::nullopt;
  Usage result;
  result.cached = count_at(timings, {"cache_n"});
  result.input = count_at(timings, {"prompt_n"}) + result.cached;
  result.output = count_at(timings, {"predicted_n"});
  return plausible(result);
}

}  // namespace

std::optional<Usage> usage_of(const Json& answer, Json& raw) {
  for (const Json* usage :
       {&member_at(answer, "usage"), &member_at(member_at(answer, "x_groq"), "usage")}) {
    auto found = standard_usage(*usage);
    if (!found) continue;
    raw = *usage;
    return found;
  }
  const Json& timings = member_at(answer, "timings");
  auto found = llama_timings(timings);
  if (found) raw = timings;
  return found;
}

}  // namespace yoke::openai_chat
