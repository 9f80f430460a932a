#include "models/failure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kErrorTextBytesMax = 300;
constexpr std::size_t kLookedAtBytesMax = 8u << 10;  // of a vendor's text, to find those in
constexpr std::size_t kWordsBytesMax = 256u << 10;   // in which words that class it are looked for

struct StatusRule {
  int from;
  int to;
  FailureClass failure_class;
  bool retryable;
  std::string_view mend;  // said when the vendor's text does not say enough
};

// The first row that holds the status decides.
constexpr std::array kStatusRules{
    StatusRule{401, 401, FailureClass::key, false, "check its api_key"},
    StatusRule{402, 402, FailureClass::key, false, "its account is out of credit"},
    StatusRule{403, 403, FailureClass::key, false, "its api_key is not allowed to do this"},
    StatusRule{404, 404, FailureClass::client, false, "check its base_url and the model's name"},
    StatusRule{408, 409, FailureClass::server, true, ""},
    StatusRule{413, 413, FailureClass::client, false, "the request is too large for it"},
    StatusRule{429, 429, FailureClass::quota, true, "too many requests"},
    StatusRule{300, 399, FailureClass::client, false, "it redirects: check its base_url"},
    StatusRule{400, 499, FailureClass::client, false, ""},
    StatusRule{501, 501, FailureClass::client, false, ""},
    StatusRule{500, 599, FailureClass::server, true, ""},
};
constexpr StatusRule kOtherStatus{0, 0, FailureClass::malformed, false, "that is no answer"};

// Words of a vendor's error type, code or text that outrank its status. Lower case.
struct WordRule {
  std::string_view word;
  FailureClass failure_class;
  bool retryable;
  std::string_view mend;
};
constexpr std::string_view kNoCredit = "its account is out of credit";
constexpr std::array kWordRules{
    WordRule{"insufficient_quota", FailureClass::key, false, kNoCredit},
    WordRule{"insufficient balance", FailureClass::key, false, kNoCredit},
    WordRule{"insufficient credit", FailureClass::key, false, kNoCredit},
    WordRule{"out of credit", FailureClass::key, false, kNoCredit},
    WordRule{"exceeded your current quota", FailureClass::key, false, kNoCredit},
    WordRule{"credit balance is too low", FailureClass::key, false, kNoCredit},
    WordRule{"billing_hard_limit", FailureClass::key, false, kNoCredit},
    WordRule{"content_filter", FailureClass::content, false, "a content filter refused it"},
    WordRule{"content_policy", FailureClass::content, false, "a content filter refused it"},
    WordRule{"responsibleaipolicyviolation", FailureClass::content, false,
             "a content filter refused it"},
};
// These only matter where no status says more: in an answer of status 200.
constexpr std::array kTypeRules{
    WordRule{"rate_limit", FailureClass::quota, true, "too many requests"},
    WordRule{"rate limit", FailureClass::quota, true, "too many requests"},
    WordRule{"invalid_api_key", FailureClass::key, false, "check its api_key"},
    WordRule{"authentication", FailureClass::key, false, "check its api_key"},
    WordRule{"permission", FailureClass::key, false, "its api_key is not allowed to do this"},
    WordRule{"invalid_request", FailureClass::client, false, ""},
    WordRule{"context_length", FailureClass::client, false, "the conversation is too long for it"},
};

const StatusRule& rule_for(int status) {
  for (const StatusRule& rule : kStatusRules) {
    if (status >= rule.from && status <= rule.to) return rule;
  }
  return kOtherStatus;
}

template <std::size_t N>
const WordRule* find_word(const std::array<WordRule, N>& rules, std::string_view text) {
  const std::string words = to_lower(text);
  for (const WordRule& rule : rules) {
    if (words.find(rule.word) != std::string::npos) return &rule;
  }
  return nullptr;
}

std::string text_of_value(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : to_text(value);
}

// The sentence for people in {"error":{"message":…}}, {"error":"…"}, {"message":…} or {"detail":…}.
std::string sentence_of(const Json& body) {
  const Json& error = member_at(body, "error");
  const std::string inner = string_at(error, "message");
  if (!inner.empty()) return inner;
  if (error.is_string()) return error.get<std::string>();
  for (const char* key : {"message", "detail"}) {
    const std::string text = text_of_value(member_at(body, key));
    if (!text.empty()) return text;
  }
  return text_of_value(error);
}

std::string sentence_of_text(std::string_view body) {
  JsonLimits limits;
  limits.text_bytes_max = 256u << 10;
  const Result<Json> parsed = parse_json(body, limits);
  if (parsed && parsed->is_object()) return sentence_of(*parsed);
  if (body.starts_with('<') || body.find("<html") != std::string_view::npos) return "an HTML page";
  return std::string(body.substr(0, 4096));
}

std::string line_for(const FailureContext& context, std::string_view what, std::string_view said,
                     std::string_view mend) {
  std::string line = "backend '" + std::string(context.backend) + "' answered ";
  line.append(what);
  const std::string text = safe_text(said, context.key);
  if (!text.empty()) line += ": " + text;
  if (!mend.empty()) line.append("; ").append(mend);
  return line;
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '*';
}

constexpr std::string_view kRemoved = "[key removed]";

void remove_all(std::string& text, const std::string& secret) {
  if (secret.size() < 4) return;  // too short to be told from ordinary text
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), kRemoved);
    at += kRemoved.size();
  }
}

// Vendors echo keys, whole or with stars in the middle.
void remove_key_shapes(std::string& text) {
  constexpr std::array<std::string_view, 6> kPrefixes{"sk-",  "gsk_", "xai-",
                                                      "csk-", "AIza", "Bearer "};
  for (const std::string_view prefix : kPrefixes) {
    std::size_t at = text.find(prefix);
    while (at != std::string::npos) {
      std::size_t end = at + prefix.size();
      while (end < text.size() && is_key_char(text[end])) ++end;
      const bool word_begins = at == 0 || !is_key_char(text[at - 1]);
      if (word_begins && end - at >= prefix.size() + 4) text.replace(at, end - at, kRemoved);
      at = text.find(prefix, at + 1);
    }
  }
}

std::optional<double> number_of(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

milliseconds bounded(double value_ms) {
  constexpr double kDayMs = 86'400'000.0;
  return milliseconds(static_cast<std::int64_t>(std::ceil(std::min(value_ms, kDayMs))));
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<Micros> micros_of_http_date(std::string_view text) {
  constexpr std::size_t kLength = 29;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != kLength || text.substr(25) != " GMT") return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::string number = std::to_string(month / 3 + 1);
  std::string iso(text.substr(12, 4));
  iso += (number.size() < 2 ? "-0" : "-") + number + "-";
  iso.append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
  const Result<Micros> micros = micros_from_iso8601(iso);
  return micros ? std::optional(*micros) : std::nullopt;
}

}  // namespace

void remove_secret(std::string& text, const Secret& secret) { remove_all(text, secret.reveal()); }

std::string safe_text(std::string_view text, const Secret& key) {
  std::string line = to_valid_utf8(text.substr(0, kLookedAtBytesMax));
  remove_all(line, key.reveal());
  remove_key_shapes(line);
  for (char& c : line) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  }
  return shorten(trim(printable(line)), kErrorTextBytesMax);
}

std::optional<milliseconds> retry_after_of(const HttpRefusal& refusal, Micros wall_us) {
  if (const auto exact_ms = number_of(refusal.retry_after_ms)) return bounded(*exact_ms);
  if (const auto seconds = number_of(refusal.retry_after)) return bounded(*seconds * 1000.0);
  const auto date = micros_of_http_date(trim(refusal.retry_after));
  if (!date) return std::nullopt;
  return bounded(std::max(0.0, static_cast<double>(*date - wall_us) / 1000.0));
}

ModelFailure failure_of_refusal(const HttpRefusal& refusal, const FailureContext& context) {
  const StatusRule& by_status = rule_for(refusal.status);
  ModelFailure failure;
  failure.failure_class = by_status.failure_class;
  failure.retryable = by_status.retryable;
  std::string_view mend = by_status.mend;
  const bool words_count = refusal.status >= 400 && refusal.status < 500;
  const WordRule* by_word = words_count ? find_word(kWordRules, refusal.body) : nullptr;
  if (by_word != nullptr) {
    failure.failure_class = by_word->failure_class;
    failure.retryable = by_word->retryable;
    mend = by_word->mend;
  }
  failure.retry_after = retry_after_of(refusal, context.wall_us);
  if (refusal.should_retry == "false") failure.retryable = false;
  if (refusal.should_retry == "true") failure.retryable = true;
  failure.message =
      line_for(context, std::to_string(refusal.status), sentence_of_text(refusal.body), mend);
  return failure;
}

ModelFailure failure_of_error_object(const Json& error, const FailureContext& context) {
  const std::int64_t code = integer_at(error, "code");
  if (code >= 400 && code <= 599) {
    const std::string body = to_text({{"error", error}});
    HttpRefusal refusal;
    refusal.status = static_cast<int>(code);
    refusal.body = body;
    ModelFailure failure = failure_of_refusal(refusal, context);
    failure.message.insert(failure.message.find(" answered ") + 10, "200 with error ");
    failure.fault = StreamFault::error_in_ok;
    return failure;
  }
  ModelFailure failure;
  failure.failure_class = FailureClass::server;
  failure.fault = StreamFault::error_in_ok;
  failure.retryable = true;
  const std::string words = to_text(error).substr(0, kWordsBytesMax);
  const WordRule* rule = find_word(kWordRules, words);
  if (rule == nullptr) rule = find_word(kTypeRules, words);
  std::string_view mend;
  if (rule != nullptr) {
    failure.failure_class = rule->failure_class;
    failure.retryable = rule->retryable;
    mend = rule->mend;
  }
  const std::string said = sentence_of({{"error", error}});
  failure.message = line_for(context, "200 with an error", said, mend);
  return failure;
}

}  // namespace yoke
