#include "models/error_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "runtime/base/ascii.h"

namespace yoke {
namespace {

using By = ErrorRow::By;
using F = FailureClass;

constexpr std::size_t kWordsBytesMax = 256u << 10;  // of a body, in which words are looked for
constexpr int kAny = std::numeric_limits<int>::max();

constexpr std::string_view kNoCredit = "its account is out of credit";
constexpr std::string_view kWrongKey = "check its api_key";
constexpr std::string_view kNotAllowed = "its api_key is not allowed to do this";
constexpr std::string_view kTooMany = "too many requests";
constexpr std::string_view kFiltered = "a content filter refused it";
constexpr std::string_view kTooLong = "the conversation is too long for it";
constexpr std::string_view kTooLarge = "the request is too large for it";
constexpr std::string_view kCheckName = "check its base_url and the model's name";

constexpr ErrorRow by_name(int from, int to, std::string_view word, F failure_class, bool retryable,
                           std::string_view mend) {
  return {from, to, By::name, word, {}, failure_class, retryable, mend};
}
constexpr ErrorRow by_text(std::string_view word, F failure_class, bool retryable,
                           std::string_view mend) {
  return {400, 499, By::text, word, {}, failure_class, retryable, mend};
}
// Words where the status blames the key in any case: they only tell what the mend is.
constexpr ErrorRow no_credit(std::string_view word) {
  return {401, 403, By::text, word, {}, F::key, false, kNoCredit};
}
// An empty account, where too many requests are meant otherwise.
constexpr ErrorRow no_credit_at_429(std::string_view word) {
  return {429, 429, By::text, word, {}, F::key, false, kNoCredit};
}
// A key's fault in a bad request, or in an answer that began well.
constexpr ErrorRow key_said(std::string_view word, std::string_view mend) {
  return {200, 400, By::said, word, {}, F::key, false, mend};
}
constexpr ErrorRow in_ok(std::string_view word, F failure_class, bool retryable,
                         std::string_view mend) {
  return {200, 200, By::text, word, {}, failure_class, retryable, mend};
}
constexpr ErrorRow by_status(int from, int to, F failure_class, bool retryable,
                             std::string_view mend) {
  return {from, to, By::status, {}, {}, failure_class, retryable, mend};
}

constexpr std::array kRows{
    // Gemini: a quota for a minute tells when to come again, one for a day is not waited for; its
    // words are those that others use for an account without money. A wrong key is a bad request.
    ErrorRow{200, 499, By::name, "resource_exhausted", "perday", F::quota, false,
             "its quota for today is used up"},
    by_name(200, 499, "resource_exhausted", F::quota, true, kTooMany),
    by_name(200, 499, "api_key_invalid", F::key, false, kWrongKey),
    // Cerebras gives a used up quota of tokens or requests the names of an empty account.
    by_name(200, 499, "request_quota_exceeded", F::quota, true, kTooMany),
    by_name(200, 499, "token_quota_exceeded", F::quota, true, kTooMany),
    // Moonshot: too busy, with the status of too many requests.
    by_name(200, 499, "engine_overloaded_error", F::server, true, ""),

    // Out of money, whatever the status. OpenAI, DeepSeek, OpenRouter, Anthropic, Azure, Moonshot,
    // Qwen, xAI.
    by_name(200, 499, "insufficient_quota", F::key, false, kNoCredit),
    by_name(200, 499, "billing_hard_limit_reached", F::key, false, kNoCredit),
    by_name(200, 499, "billing_error", F::key, false, kNoCredit),
    by_name(200, 499, "exceeded_current_quota_error", F::key, false, kNoCredit),
    by_name(200, 499, "arrearage", F::key, false, kNoCredit),
    no_credit("insufficient_quota"),
    no_credit("insufficient balance"),
    no_credit("insufficient credit"),
    no_credit("out of credit"),
    no_credit("used all available credits"),
    no_credit("exceeded your current quota"),
    no_credit("credit balance is too low"),
    no_credit("billing_hard_limit"),
    no_credit_at_429("insufficient_quota"),
    no_credit_at_429("insufficient balance"),
    no_credit_at_429("insufficient credit"),
    no_credit_at_429("out of credit"),
    no_credit_at_429("used all available credits"),
    no_credit_at_429("exceeded your current quota"),
    no_credit_at_429("credit balance is too low"),
    no_credit_at_429("billing_hard_limit"),
    key_said("insufficient_quota", kNoCredit),
    key_said("billing_hard_limit", kNoCredit),
    key_said("insufficient balance", kNoCredit),
    key_said("insufficient credit", kNoCredit),
    key_said("you exceeded your current quota", kNoCredit),
    key_said("your credit balance is too low", kNoCredit),

    // A filter. OpenAI, Azure, Qwen, OpenRouter's moderation.
    by_text("content_filter", F::content, false, kFiltered),
    by_text("content_policy", F::content, false, kFiltered),
    by_text("responsibleaipolicyviolation", F::content, false, kFiltered),
    by_name(200, 499, "data_inspection_failed", F::content, false, kFiltered),
    by_name(200, 499, "datainspectionfailed", F::content, false, kFiltered),
    ErrorRow{403, 403, By::text, "\"flagged_input\"", {}, F::content, false, kFiltered},
    in_ok("content_filter", F::content, false, kFiltered),
    in_ok("content_policy", F::content, false, kFiltered),
    in_ok("responsibleaipolicyviolation", F::content, false, kFiltered),

    // xAI refuses a wrong key as a bad request.
    key_said("incorrect api key", kWrongKey),
    // Too long. OpenAI, llama.cpp, GitHub Models.
    by_name(200, 499, "context_length_exceeded", F::client, false, kTooLong),
    by_name(200, 499, "exceed_context_size_error", F::client, false, kTooLong),
    by_name(200, 499, "tokens_limit_reached", F::client, false, kTooLong),

    // Names that only matter where no status says as much. Anthropic's, then OpenAI's.
    by_name(200, 200, "rate_limit_error", F::quota, true, kTooMany),
    by_name(200, 200, "overloaded_error", F::server, true, ""),
    by_name(200, 200, "api_error", F::server, true, ""),
    by_name(200, 200, "timeout_error", F::server, true, ""),
    by_name(200, 200, "authentication_error", F::key, false, kWrongKey),
    by_name(200, 200, "permission_error", F::key, false, kNotAllowed),
    by_name(200, 200, "not_found_error", F::client, false, kCheckName),
    by_name(200, 200, "request_too_large", F::client, false, kTooLarge),
    by_name(200, 200, "server_error", F::server, true, ""),
    by_name(200, 200, "invalid_request_error", F::client, false, ""),
    ErrorRow{200, 200, By::said, "rate_limit", {}, F::quota, true, kTooMany},
    ErrorRow{200, 200, By::said, "rate limit", {}, F::quota, true, kTooMany},
    key_said("invalid_api_key", kWrongKey),
    key_said("authentication", kWrongKey),
    key_said("permission", kNotAllowed),
    in_ok("invalid_request", F::client, false, ""),
    in_ok("context_length", F::client, false, kTooLong),
    by_status(200, 200, F::server, true, ""),

    by_status(401, 401, F::key, false, kWrongKey),
    by_status(402, 402, F::key, false, kNoCredit),
    by_status(403, 403, F::key, false, kNotAllowed),
    by_status(404, 404, F::client, false, kCheckName),
    by_status(408, 409, F::server, true, ""),
    by_status(413, 413, F::client, false, kTooLarge),
    by_status(429, 429, F::quota, true, kTooMany),
    by_status(498, 498, F::server, true, ""),  // Groq: no capacity for this tier now
    by_status(300, 399, F::client, false, "it redirects: check its base_url"),
    by_status(400, 499, F::client, false, ""),
    by_status(501, 501, F::client, false, ""),
    by_status(500, 599, F::server, true, ""),
    by_status(0, kAny, F::malformed, false, "that is no answer"),
};

void add_name(std::vector<std::string>& names, const Json& value) {
  if (value.is_string()) names.push_back(to_lower(value.get_ref<const std::string&>()));
}

// What a vendor names an error by.
std::vector<std::string> names_in(const Json& error) {
  std::vector<std::string> names;
  for (const char* key : {"type", "code", "status"}) add_name(names, member_at(error, key));
  add_name(names, member_at(member_at(error, "innererror"), "code"));
  const Json& details = member_at(error, "details");
  if (!details.is_array()) return names;
  for (const Json& detail : details) add_name(names, member_at(detail, "reason"));
  return names;
}

// What it says to people; of an error that is only a text, that.
std::string sentence_in(const VendorError& error) {
  if (error.error.is_string()) return to_lower(error.error.get_ref<const std::string&>());
  for (const char* key : {"message", "error"}) {
    const std::string text = string_at(error.error, key);
    if (!text.empty()) return to_lower(text);
  }
  return error.error.is_object() ? std::string() : to_lower(error.body.substr(0, kWordsBytesMax));
}

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

const ErrorRow& error_row(const VendorError& error) {
  const std::vector<std::string> names = names_in(error.error);
  const std::string text = to_lower(error.body.substr(0, kWordsBytesMax));
  const auto holds = [&text](std::string_view word) { return text.find(word) != text.npos; };
  const std::string sentence = sentence_in(error);
  const auto said = [&](std::string_view word) {
    const auto in_name = [word](const std::string& name) { return name.find(word) != name.npos; };
    return sentence.starts_with(word) || std::any_of(names.begin(), names.end(), in_name);
  };
  const auto fits = [&](const ErrorRow& row) {
    if (error.status < row.from || error.status > row.to) return false;
    if (!row.also.empty() && !holds(row.also)) return false;
    if (row.by == By::name) return std::find(names.begin(), names.end(), row.word) != names.end();
    if (row.by == By::said) return said(row.word);
    return row.by == By::status || holds(row.word);
  };
  const auto found = std::find_if(kRows.begin(), kRows.end(), fits);
  return found == kRows.end() ? kRows.back() : *found;
}

}  // namespace yoke
