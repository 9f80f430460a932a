#include "hosts/hook/keys/key_gate.h"

#include "hosts/hook/keys/credential.h"
#include "runtime/base/time.h"
#include "runtime/http/address.h"
#include "runtime/http/peer_user.h"

namespace yoke {
namespace {

Refusal unauthorized(std::string detail, std::string code) {
  return {401, "unauthorized", std::move(detail), std::move(code)};
}

// The same words for a key that never was and for one whose secret is not right.
Refusal unknown_key() { return unauthorized("there is no such key", "key.unknown"); }

Refusal ended_key(const KeyRecord& record) {
  if (record.revoked_at != 0) return unauthorized("this key is revoked", "key.revoked");
  return unauthorized("this key has expired, at " + to_iso8601(record.expires_at), "key.expired");
}

Refusal too_many(const KeyRate& rate, const Principal& who, const RateMeter::Verdict& verdict) {
  Refusal refusal{429, "too many requests", who.name + " may make " + to_text(rate) + " requests",
                  "rate_limit"};
  refusal.retry_after = verdict.retry_after;
  add_rate_headers(refusal.headers, verdict.left);
  return refusal;
}

}  // namespace

KeyGate::KeyGate(Services services, Rules rules) : services_(services), rules_(std::move(rules)) {}

awaitable<Gatekeeper::Admission> KeyGate::admit(const HttpRequest& request) {
  Credential credential = credential_of(request.headers);
  if (const auto* refusal = std::get_if<Refusal>(&credential)) co_return *refusal;
  if (const auto* key = std::get_if<KeyCredential>(&credential)) {
    Admission admission = admit_key(key->text);
    if (const auto* who = std::get_if<Principal>(&admission)) {
      std::string id = who->key_id;
      co_await services_.keys.note_use(std::move(id));
    }
    co_return admission;
  }
  auto* token = std::get_if<TokenCredential>(&credential);
  if (token != nullptr && services_.tokens != nullptr) {
    Admission admission = co_await services_.tokens->check(std::move(token->text));
    const auto* who = std::get_if<Principal>(&admission);
    if (who == nullptr || !rules_.user_rate) co_return admission;
    const std::string meter = who->tenant + "/" + who->name;
    co_return admit_within(*rules_.user_rate, meter, *who);
  }
  co_return admit_unnamed(request, !std::holds_alternative<NoCredential>(credential));
}

Gatekeeper::Admission KeyGate::admit_key(const Secret& text) {
  const Result<ReadKey> read = read_key(text.reveal());
  if (!read) return unauthorized(read.error().detail, "key.malformed");
  const KeyRecord* record = services_.keys.find(read->id);
  static constexpr Hash kNobodys = {};
  const bool right = same_hash(record == nullptr ? kNobodys : record->hash, read->hash);
  if (record == nullptr || !right) return unknown_key();
  if (!record->is_live(services_.wall.now())) return ended_key(*record);
  Principal who = principal_of(*record);
  if (!record->rate) return who;
  return admit_within(*record->rate, record->id, std::move(who));
}

Gatekeeper::Admission KeyGate::admit_within(const KeyRate& rate, const std::string& meter,
                                            Principal who) {
  const RateMeter::Verdict verdict = rates_.take(meter, rate, LoopClock::now());
  if (!verdict.let_in) return too_many(rate, who, verdict);
  who.rate = verdict.left;
  return who;
}

Gatekeeper::Admission KeyGate::admit_unnamed(const HttpRequest& request, bool foreign) const {
  const bool by_proxy = came_by_proxy(request.headers);
  if (!by_proxy && came_from_same_user(request)) return local_principal(rules_.local_user);
  const bool open = !services_.keys.any() && services_.tokens == nullptr;
  if (open && is_loopback_name(request.peer.address)) {
    if (!by_proxy) return local_principal(rules_.local_user);
    return unauthorized(
        "a proxy brought this request, and there is no key to tell who sent it: make one with "
        "'yoke keys create NAME'",
        "key.missing");
  }
  const std::string what = foreign ? "what was sent is no key of this hook" : "a key is needed";
  return unauthorized(
      what + ": send one of 'yoke keys create' as 'Authorization: Bearer …' or " + "'x-api-key'",
      foreign ? "key.unknown" : "key.missing");
}

std::optional<Refusal> KeyGate::check_site(const HttpRequest& request) const {
  return yoke::check_site(request, rules_.site);
}

HttpHeaders KeyGate::cors_headers(const HttpRequest& request) const {
  return yoke::cors_headers(request, rules_.site);
}

std::optional<Refusal> KeyGate::may_answer(const Principal& who, const std::string& agent,
                                           const std::string& started_by) const {
  return yoke::may_answer(rules_.answers, who, agent, started_by);
}

}  // namespace yoke
