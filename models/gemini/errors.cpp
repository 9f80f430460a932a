#include "models/gemini/errors.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace yoke::gemini {
namespace {

// "12s" or "0.5s"
std::optional<std::chrono::milliseconds> delay_of(std::string_view text) {
  constexpr double kDayMs = 86'400'000.0;
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
  const double ms = std::ceil(std::min(seconds * 1000.0, kDayMs));
  return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

bool is_for_a_day(const Json& detail) {
  for (const Json& violation : member_at(detail, "violations")) {
    if (string_at(violation, "quotaId").find("PerDay") != std::string::npos) return true;
  }
  return string_at(member_at(detail, "metadata"), "quota_limit").find("PerDay") !=
         std::string::npos;
}

// Replaces what the common table advises, which goes by words that Google uses otherwise.
void advise(ModelFailure& failure, std::string_view mend) {
  for (const std::string_view common :
       {"; its account is out of credit", "; too many requests", "; check its api_key"}) {
    if (failure.message.ends_with(common)) {
      failure.message.resize(failure.message.size() - common.size());
    }
  }
  failure.message.append("; ").append(mend);
}

void refine_quota(ModelFailure& failure, bool for_a_day) {
  failure.failure_class = FailureClass::quota;
  failure.retryable = !for_a_day;
  advise(failure, for_a_day ? "its quota for today is used up" : "too many requests");
}

}  // namespace

void refine_failure(ModelFailure& failure, const Json& error) {
  bool for_a_day = false;
  for (const Json& detail : member_at(error, "details")) {
    const std::string type = string_at(detail, "@type");
    if (type.ends_with("RetryInfo")) {
      const auto delay = delay_of(string_at(detail, "retryDelay"));
      if (delay) failure.retry_after = delay;
    }
    for_a_day = for_a_day || is_for_a_day(detail);
    if (string_at(detail, "reason") == "API_KEY_INVALID") {
      failure.failure_class = FailureClass::key;
      failure.retryable = false;
      advise(failure, "check its api_key");
    }
  }
  const bool exhausted = string_at(error, "status") == "RESOURCE_EXHAUSTED";
  if (exhausted) refine_quota(failure, for_a_day);
}

ModelFailure failure_of(const HttpRefusal& refusal, const FailureContext& context) {
  const Result<Json> body = parse_json(refusal.body);
  const bool is_list = body && body->is_array() && body->size() == 1;
  const Json& object = is_list ? body->front() : body ? *body : member_at(Json(), "");
  const std::string text = is_list ? to_text(object) : std::string();
  HttpRefusal plain = refusal;
  if (is_list) plain.body = text;
  ModelFailure failure = failure_of_refusal(plain, context);
  refine_failure(failure, member_at(object, "error"));
  return failure;
}

}  // namespace yoke::gemini
