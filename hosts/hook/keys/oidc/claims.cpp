#include "hosts/hook/keys/oidc/claims.h"

#include <algorithm>
#include <optional>

#include "hosts/config/tenant_name.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kGroupsMax = 500;

Error denied(const std::string& why) { return Error{Errc::denied, "the token " + why}; }

std::optional<double> time_in(const Json& claims, const char* name) {
  const Json& value = member_at(claims, name);
  if (!value.is_number()) return std::nullopt;
  return value.get<double>();
}

bool is_for_us(const Json& audience, const std::vector<std::string>& ours) {
  const auto known = [&](const Json& one) {
    return one.is_string() &&
           std::find(ours.begin(), ours.end(), one.get<std::string>()) != ours.end();
  };
  if (!audience.is_array()) return known(audience);
  return std::any_of(audience.begin(), audience.end(), known);
}

Result<void> check_times(const Json& claims, const ClaimRules& rules, Micros now) {
  const double seconds = static_cast<double>(now) / 1e6;
  const auto skew = static_cast<double>(rules.skew.count());
  const std::optional<double> ends = time_in(claims, "exp");
  if (!ends) return denied("does not say when it expires");
  if (seconds >= *ends + skew) return denied("has expired");
  if (claims.contains("nbf")) {
    const std::optional<double> begins = time_in(claims, "nbf");
    if (!begins || seconds + skew < *begins) return denied("is not valid yet");
  }
  if (claims.contains("iat")) {
    const std::optional<double> made = time_in(claims, "iat");
    if (!made || seconds + skew < *made) return denied("was made in the future");
  }
  return {};
}

// A text that can stand in a record and in a log.
std::optional<std::string> word_in(const Json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || text->empty() || text->size() > kNameBytesMax) return std::nullopt;
  if (printable(*text) != *text || text->find_first_of("\n\t") != text->npos) return std::nullopt;
  return *text;
}

std::vector<std::string> groups_in(const Json& value) {
  std::vector<std::string> groups;
  if (const std::optional<std::string> one = word_in(value)) groups.push_back(*one);
  if (!value.is_array()) return groups;
  for (const Json& each : value) {
    const std::optional<std::string> group = word_in(each);
    if (group && groups.size() < kGroupsMax) groups.push_back(*group);
  }
  return groups;
}

Result<std::string> tenant_in(const Json& claims, const ClaimRules& rules) {
  if (rules.tenant_claim.empty()) return rules.tenant;
  const std::optional<std::string> tenant = word_in(claim_at(claims, rules.tenant_claim));
  if (!tenant || !is_tenant_name(*tenant) || *tenant == kLocalTenant) {
    return denied("names no tenant in its claim '" + rules.tenant_claim + "'");
  }
  return *tenant;
}

}  // namespace

const Json& claim_at(const Json& claims, const std::string& name) {
  if (claims.is_object() && claims.contains(name)) return claims.at(name);
  const Json* value = &claims;
  for (const std::string& step : split(name, '.')) value = &member_at(*value, step);
  return *value;
}

Result<Principal> principal_of_claims(const Json& claims, const ClaimRules& rules, Micros now) {
  if (string_at(claims, "iss") != rules.issuer) return denied("is of another issuer");
  if (!is_for_us(member_at(claims, "aud"), rules.audiences))
    return denied("is for another audience");
  const Result<void> times = check_times(claims, rules, now);
  if (!times) return times.error();
  const std::optional<std::string> name = word_in(claim_at(claims, rules.name_claim));
  if (!name) return denied("has no name in its claim '" + rules.name_claim + "'");
  const Json& verified = member_at(claims, "email_verified");
  if (rules.name_claim == "email" && !verified.is_null() && verified != Json(true)) {
    return denied("names an address that is not verified");
  }
  Result<std::string> tenant = tenant_in(claims, rules);
  if (!tenant) return tenant.error();
  Principal who;
  who.tenant = std::move(*tenant);
  who.name = std::string(kUserCaller) + *name;
  who.groups = groups_in(claim_at(claims, rules.groups_claim));
  for (const auto& [group, scopes] : rules.scopes) {
    const bool member =
        group == "*" || std::find(who.groups.begin(), who.groups.end(), group) != who.groups.end();
    for (int i = 0; member && i < kScopes; ++i) {
      const auto scope = static_cast<Scope>(i);
      if (scopes.has(scope)) who.scopes.add(scope);
    }
  }
  return who;
}

}  // namespace yoke
