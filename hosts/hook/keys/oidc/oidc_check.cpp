#include "hosts/hook/keys/oidc/oidc_check.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kComeBack{10};

Refusal refused(const std::string& detail) {
  return {401, "unauthorized", detail, "token.invalid"};
}

Refusal no_keys(const Error& error) {
  Refusal refusal{503, "unavailable", error.detail, "token.keys"};
  refusal.retry_after = kComeBack;
  return refusal;
}

}  // namespace

awaitable<Gatekeeper::Admission> OidcCheck::check(Secret token) {
  const Result<Jwt> jwt = parse_jwt(token.reveal());
  if (!jwt) co_return refused(jwt.error().detail);
  if (!token_alg_from(jwt->alg))
    co_return refused("the token is not signed in a way that is taken");
  Result<std::shared_ptr<const KeySet>> keys = co_await keys_.keys(KeySource::Need::any);
  if (!keys) co_return no_keys(keys.error());
  KeySet::Verdict verdict = (*keys)->verify(*jwt);
  if (verdict == KeySet::Verdict::no_such_key) {
    keys = co_await keys_.keys(KeySource::Need::others);
    if (!keys) co_return no_keys(keys.error());
    verdict = (*keys)->verify(*jwt);
  }
  if (verdict == KeySet::Verdict::no_such_key) {
    co_return refused("the token is signed with a key that its issuer does not list");
  }
  if (verdict == KeySet::Verdict::bad) co_return refused("the token's signature is not good");
  Result<Principal> who = principal_of_claims(jwt->claims, rules_, wall_.now());
  if (!who) co_return refused(who.error().detail);
  co_return std::move(*who);
}

}  // namespace yoke
