#include "hosts/hook/webhooks/sending.h"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "hosts/app/webhook_rows.h"
#include "runtime/base/text.h"
#include "runtime/http/address.h"

namespace yoke {
namespace {

using std::chrono::seconds;

constexpr seconds kFirstWait{5};
constexpr seconds kLongestWait = std::chrono::hours(6);
constexpr seconds kAskedMost = std::chrono::hours(24);
constexpr Micros kSendingSecond = 1'000'000;
constexpr std::size_t kReplyMax = 64 * 1024;
constexpr std::size_t kWhyMax = 300;

Result<Outbound> outbound_of(const Config& config, const std::string& name,
                             const WebhookConfig& from) {
  Outbound to;
  to.name = name;
  to.url = from.url;
  to.events = from.events;
  to.tenant = from.tenant;
  to.allow_private = from.allow_private;
  if (!from.for_runs) {
    if (Result<void> good = check_webhook_url(from.url, from.allow_private); !good) {
      return Error{Errc::invalid, ".url: " + good.error().detail};
    }
  }
  if (Result<void> good = check_event_globs(from.events); !good) {
    return Error{Errc::invalid, ".events: " + good.error().detail};
  }
  for (const std::string& reference : from.secrets) {
    Result<std::string> text = resolve_reference(config, reference);
    if (!text) return Error{Errc::invalid, ".secret: " + text.error().message()};
    Result<HookKey> key = hook_key(HookScheme::standard, Secret(std::move(*text)));
    if (!key) return Error{Errc::invalid, ".secret: '" + reference + "': " + key.error().detail};
    if (key->kind == HookKey::Kind::ed25519_public) {
      return Error{Errc::invalid, ".secret: '" + reference + "': \"whpk_\" cannot sign"};
    }
    to.keys.push_back(std::move(*key));
  }
  return to;
}

std::string failure_text(const HttpOutcome& outcome) {
  if (const HttpFailure* failure = std::get_if<HttpFailure>(&outcome)) return failure->message;
  return "it answered " + std::to_string(std::get<HttpResponse>(outcome).status);
}

bool must_not_be_reached(const HttpOutcome& outcome) {
  const HttpFailure* failure = std::get_if<HttpFailure>(&outcome);
  return failure != nullptr && (failure->kind == HttpFailure::Kind::denied ||
                                failure->kind == HttpFailure::Kind::bad_request);
}

}  // namespace

bool Outbound::may_tell(std::string_view kind) const {
  return url.empty() || std::any_of(events.begin(), events.end(), [&](const std::string& glob) {
           return glob_match(glob, kind);
         });
}

Result<Outbounds> read_outbounds(const Config& config) {
  Outbounds all;
  for (const auto& [name, from] : config.webhooks) {
    Result<Outbound> to = outbound_of(config, name, from);
    if (!to) {
      return Error{Errc::invalid, "webhooks." + name + to.error().detail,
                   place_in(config, from.line)};
    }
    all.emplace(name, std::move(*to));
  }
  return all;
}

HttpRequest webhook_request(const Outbound& to, const std::string& url, const std::string& id,
                            const std::string& payload, Micros now) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.body = payload;
  const std::int64_t at = now / kSendingSecond;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("User-Agent", "yoke-webhooks");
  request.headers.set("webhook-id", id);
  request.headers.set("webhook-timestamp", std::to_string(at));
  request.headers.set("webhook-signature", standard_signatures(to.keys, id, at, payload));
  request.limits.body_bytes_max = kReplyMax;
  if (!to.allow_private) request.permit_address = permit_public;
  return request;
}

seconds retry_wait(seconds age, Random& random) {
  const seconds wait = std::clamp(2 * age, kFirstWait, kLongestWait);
  const std::int64_t fifth = wait.count() / 5;
  const auto spread = static_cast<std::uint64_t>(2 * fifth + 1);
  return wait - seconds(fifth) + seconds(static_cast<std::int64_t>(random.next() % spread));
}

std::optional<seconds> retry_after(std::string_view value, Micros now) {
  const std::string text(trim(value));
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (!text.empty() && text[0] != '-' && error == std::errc() && stop == end) {
    return std::min(seconds(count), kAskedMost);
  }
  std::tm at{};
  const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &at);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  const std::int64_t wait = timegm(&at) - now / kSendingSecond;
  return std::clamp(seconds(wait), seconds(0), kAskedMost);
}

SendAttempt attempt_of(const HttpOutcome& outcome, seconds age, Micros now, Random& random) {
  const HttpResponse* response = std::get_if<HttpResponse>(&outcome);
  SendAttempt attempt;
  if (response != nullptr && response->status >= 200 && response->status < 300) return attempt;
  attempt.why = shorten(printable(failure_text(outcome)), kWhyMax);
  attempt.end = SendAttempt::End::never;
  if (response != nullptr && response->status == 410) return attempt;
  if (must_not_be_reached(outcome)) return attempt;
  if (age >= kWebhookAgeMax) {
    attempt.why += "; given up after three days";
    return attempt;
  }
  attempt.end = SendAttempt::End::again;
  attempt.wait = retry_wait(age, random);
  if (response == nullptr) return attempt;
  if (const auto asked = retry_after(response->headers.get("Retry-After"), now)) {
    attempt.wait = std::max(attempt.wait, *asked);
  }
  return attempt;
}

}  // namespace yoke
