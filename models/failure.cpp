#include "models/failure.h"

#include <array>

#include "models/error_table.h"
#include "models/retry_after.h"
#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kErrorTextBytesMax = 300;
constexpr std::size_t kLookedAtBytesMax = 8u << 10;  // of a vendor's text, to find those in

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

// A body that is an object, or a list of one; null when it is neither.
Json object_in(std::string_view body) {
  JsonLimits limits;
  limits.text_bytes_max = 256u << 10;
  Result<Json> parsed = parse_json(body, limits);
  if (parsed && parsed->is_array() && parsed->size() == 1) return parsed->front();
  return parsed && parsed->is_object() ? std::move(*parsed) : Json();
}

// The error in a refusal's body: under "error", or the body itself.
Json error_in(std::string_view body) {
  Json object = object_in(body);
  const Json& error = member_at(object, "error");
  return error.is_object() ? error : object;
}

std::string sentence_of_text(std::string_view body) {
  const Json object = object_in(body);
  if (object.is_object()) return sentence_of(object);
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

ModelFailure failure_of_refusal(const RefusedReply& refusal, const FailureContext& context) {
  static const HttpHeaders kNone;
  const HttpHeaders& headers = refusal.headers == nullptr ? kNone : *refusal.headers;
  const ErrorRow& row = error_row({refusal.status, error_in(refusal.body), refusal.body});
  ModelFailure failure;
  failure.failure_class = row.failure_class;
  failure.retryable = row.retryable;
  failure.retry_after = retry_after_of(headers, refusal.body, context.wall_us);
  const std::string_view should_retry = headers.get("x-should-retry");
  if (should_retry == "false") failure.retryable = false;
  if (should_retry == "true") failure.retryable = true;
  failure.message =
      line_for(context, std::to_string(refusal.status), sentence_of_text(refusal.body), row.mend);
  return failure;
}

ModelFailure failure_of_error_object(const Json& error, const FailureContext& context,
                                     std::string_view what) {
  const std::string body = to_text({{"error", error}});
  const std::int64_t code = integer_at(error, "code");
  const bool is_status = code >= 400 && code <= 599;
  const std::string with_code = "200 with error " + std::to_string(code);
  const int status = is_status ? static_cast<int>(code) : 200;
  const ErrorRow& row = error_row({status, error, body});
  ModelFailure failure;
  failure.fault = StreamFault::error_in_ok;
  failure.failure_class = row.failure_class;
  failure.retryable = row.retryable;
  failure.retry_after = retry_after_of(HttpHeaders(), body, context.wall_us);
  if (what.empty()) what = is_status ? std::string_view(with_code) : "200 with an error";
  failure.message = line_for(context, what, sentence_of({{"error", error}}), row.mend);
  return failure;
}

}  // namespace yoke
