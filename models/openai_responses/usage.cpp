#include "models/openai_responses/usage.h"

#include <algorithm>

namespace yoke::openai_responses {
namespace {

std::int64_t count_at(const Json& object, std::string_view key) {
  constexpr auto kMost = static_cast<double>(kTokensMax);
  return static_cast<std::int64_t>(std::clamp(number_at(object, key), 0.0, kMost));
}

}  // namespace

std::optional<Usage> usage_of(const Json& response, Json& raw) {
  const Json& usage = member_at(response, "usage");
  const bool counted =
      member_at(usage, "input_tokens").is_number() || member_at(usage, "output_tokens").is_number();
  if (!counted) return std::nullopt;
  const Json& input_details = member_at(usage, "input_tokens_details");
  Usage result;
  result.input = count_at(usage, "input_tokens");
  result.cached = count_at(input_details, "cached_tokens");
  result.cache_write = count_at(input_details, "cache_write_tokens");
  result.output = count_at(usage, "output_tokens");
  result.reasoning = count_at(member_at(usage, "output_tokens_details"), "reasoning_tokens");
  raw = usage;
  return plausible(result);
}

}  // namespace yoke::openai_responses
