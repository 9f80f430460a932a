#include "hosts/hook/keys/oidc/key_source.h"

#include <algorithm>

#include "hosts/hook/keys/site.h"
#include "runtime/http/address.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::size_t kDocumentBytesMax = 1u << 20;
constexpr std::string_view kDiscovery = "/.well-known/openid-configuration";

Error unavailable(const std::string& url, const std::string& why) {
  return Error{Errc::unavailable,
               "the keys of the token's issuer cannot be had: " + url + " " + why};
}

}  // namespace

// Stands in the line of those who wait for a fetch; leaves it however the wait ends.
struct KeySource::Turn {
  explicit Turn(KeySource& of) : source(of) { source.waiting_.push_back(&signal); }
  ~Turn() { std::erase(source.waiting_, &signal); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  KeySource& source;
  Signal signal;
};

KeySource::KeySource(HttpClient& client, Options options)
    : client_(client), options_(std::move(options)) {}

Result<void> KeySource::check_address(const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return Error{Errc::invalid, "'" + url + "' is no address: write https://…"};
  if (parsed->tls || is_loopback_name(parsed->host)) return {};
  return Error{Errc::invalid,
               "'" + url + "' is not over https: who is in between could sign tokens"};
}

bool KeySource::usable() const {
  return keys_ && LoopClock::now() - fetched_ < options_.usable_for;
}

bool KeySource::must_fetch(Need need, LoopClock::time_point now) const {
  const bool lately = was_tried_ && now - tried_ < options_.between;
  if (lately) return false;
  return !keys_ || need == Need::others || now - fetched_ >= options_.fresh_for;
}

awaitable<Result<std::shared_ptr<const KeySet>>> KeySource::keys(Need need) {
  // An issuer that hangs holds up nobody whose key may be here already.
  while (fetching_ && !(need == Need::any && usable())) {
    Turn turn(*this);
    co_await turn.signal.wait();
  }
  if (!fetching_ && must_fetch(need, LoopClock::now())) {
    fetching_ = true;
    std::exception_ptr thrown;
    try {
      const Result<void> fetched = co_await fetch();
      failure_ = fetched ? std::string() : fetched.error().detail;
      tried_ = LoopClock::now();
      was_tried_ = true;
    } catch (...) {
      thrown = std::current_exception();
    }
    hand_on();
    if (thrown) std::rethrow_exception(thrown);
  }
  if (usable()) co_return keys_;
  co_return Error{Errc::unavailable, failure_};
}

void KeySource::hand_on() {
  fetching_ = false;
  for (Signal* signal : waiting_) signal->notify();
}

awaitable<Result<void>> KeySource::fetch() {
  const Deadline deadline = LoopClock::now() + options_.patience;
  Result<std::string> where = options_.jwks;
  if (options_.jwks.empty()) where = co_await find_jwks(deadline);
  if (!where) co_return where.error();
  const Result<Json> document = co_await get(*where, deadline);
  if (!document) co_return document.error();
  Result<KeySet> keys = KeySet::parse(*document);
  if (!keys) co_return unavailable(*where, "gave " + keys.error().detail);
  keys_ = std::make_shared<const KeySet>(std::move(*keys));
  fetched_ = LoopClock::now();
  co_return Result<void>();
}

awaitable<Result<std::string>> KeySource::find_jwks(Deadline deadline) {
  std::string url = options_.issuer;
  while (url.ends_with('/')) url.pop_back();
  url += kDiscovery;
  const Result<Json> document = co_await get(url, deadline);
  if (!document) co_return document.error();
  if (string_at(*document, "issuer") != options_.issuer) {
    co_return unavailable(url, "is the document of another issuer");
  }
  std::string jwks = string_at(*document, "jwks_uri");
  const Result<void> sound = check_address(jwks);
  if (!sound) co_return unavailable(url, "names no sound jwks_uri: " + sound.error().detail);
  co_return jwks;
}

awaitable<Result<Json>> KeySource::get(std::string url, Deadline deadline) {
  HttpRequest request;
  request.url = url;
  request.headers.add("Accept", "application/json");
  request.limits.body_bytes_max = kDocumentBytesMax;
  const HttpOutcome outcome = co_await client_.send(std::move(request), deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return unavailable(url, "did not answer: " + failure->message);
  }
  const HttpResponse& response = std::get<HttpResponse>(outcome);
  if (response.status != 200) {
    co_return unavailable(url, "answered with status " + std::to_string(response.status));
  }
  Result<Json> document = parse_json(response.body, JsonLimits{kDocumentBytesMax, 16, 100'000});
  if (!document) co_return unavailable(url, "answered with no JSON");
  co_return document;
}

}  // namespace yoke
