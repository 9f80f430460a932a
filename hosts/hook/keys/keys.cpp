#include "hosts/hook/keys/keys.h"

#include "hosts/app/command.h"
#include "hosts/hook/keys/exposure.h"
#include "hosts/hook/keys/key_gate.h"
#include "hosts/hook/keys/oidc/oidc_check.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

Error wrong(const Config& config, int line, const std::string& what) {
  return Error{Errc::invalid, what, place_in(config, line)};
}

Result<ClaimRules> claim_rules_of(const Config& config, const OidcConfig& oidc) {
  ClaimRules rules;
  rules.issuer = oidc.issuer;
  rules.audiences = oidc.audiences;
  rules.tenant = oidc.tenant;
  rules.tenant_claim = oidc.tenant_claim;
  rules.groups_claim = oidc.groups_claim;
  rules.name_claim = oidc.name_claim;
  rules.skew = std::chrono::ceil<std::chrono::seconds>(oidc.skew);
  for (const auto& [group, names] : oidc.scopes) {
    Scopes& scopes = rules.scopes[group];
    for (const std::string& name : names) {
      const std::optional<Scope> scope = scope_from_name(name);
      if (name == "all") scopes = Scopes::all();
      if (scope) scopes.add(*scope);
      if (scope || name == "all") continue;
      return wrong(config, oidc.line,
                   "[serve.oidc.scopes]: there is no scope '" + printable(name) +
                       "'; there are read, run, answer, models, manage, metrics and all");
    }
  }
  return rules;
}

Result<KeySource::Options> key_source_of(const Config& config, const OidcConfig& oidc) {
  for (const std::string* url : {&oidc.issuer, &oidc.jwks}) {
    if (url == &oidc.jwks && url->empty()) continue;
    const Result<void> sound = KeySource::check_address(*url);
    if (!sound) return wrong(config, oidc.line, "[serve.oidc]: " + sound.error().detail);
  }
  KeySource::Options options;
  options.issuer = oidc.issuer;
  options.jwks = oidc.jwks;
  return options;
}

Result<std::optional<KeyRate>> user_rate_of(const Config& config) {
  const std::optional<OidcConfig>& oidc = config.serve.oidc;
  if (!oidc || oidc->rate.empty()) return std::optional<KeyRate>();
  const Result<KeyRate> rate = key_rate(oidc->rate);
  if (rate) return std::optional<KeyRate>(*rate);
  return wrong(config, oidc->line, "'serve.oidc.rate': " + rate.error().detail);
}

KeyGate::Rules gate_rules_of(const Config& config, std::vector<std::string> addresses) {
  KeyGate::Rules rules;
  rules.site.addresses = std::move(addresses);
  rules.site.hosts = config.serve.hosts;
  rules.site.origins = config.serve.origins;
  rules.local_user = user_name();
  for (const AnswersConfig& said : config.serve.answers) {
    AnswerRule& rule = rules.answers.emplace_back();
    rule.agents = said.agents;
    rule.groups = said.groups;
    rule.not_requester = said.not_requester;
    rule.place = place_in(config, said.line);
  }
  return rules;
}

}  // namespace

struct AccessControl::Parts {
  std::unique_ptr<KeySource> source;
  std::unique_ptr<OidcCheck> tokens;
  std::unique_ptr<KeyGate> gate;
};

AccessControl::AccessControl(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
AccessControl::~AccessControl() = default;
Gatekeeper& AccessControl::gate() { return *parts_->gate; }

awaitable<Result<std::unique_ptr<AccessControl>>> AccessControl::open(
    App& app, std::vector<std::string> addresses) {
  const Result<void> loaded = co_await app.keys().load();
  if (!loaded) co_return loaded.error();
  const Config& config = app.config();
  Exposure exposure;
  exposure.addresses = addresses;
  exposure.hosts = config.serve.hosts;
  exposure.has_keys = app.keys().any();
  exposure.has_oidc = config.serve.oidc.has_value();
  const Result<void> allowed = may_serve(exposure);
  if (!allowed) co_return allowed.error();
  auto parts = std::make_unique<Parts>();
  if (const auto& oidc = config.serve.oidc) {
    Result<KeySource::Options> source = key_source_of(config, *oidc);
    if (!source) co_return source.error();
    Result<ClaimRules> rules = claim_rules_of(config, *oidc);
    if (!rules) co_return rules.error();
    parts->source = std::make_unique<KeySource>(app.http(), std::move(*source));
    parts->tokens = std::make_unique<OidcCheck>(*parts->source, app.wall(), std::move(*rules));
  }
  KeyGate::Rules rules = gate_rules_of(config, std::move(addresses));
  Result<std::optional<KeyRate>> user_rate = user_rate_of(config);
  if (!user_rate) co_return user_rate.error();
  rules.user_rate = *user_rate;
  const KeyGate::Services services{app.keys(), parts->tokens.get(), app.wall()};
  parts->gate = std::make_unique<KeyGate>(services, std::move(rules));
  co_return std::make_unique<AccessControl>(std::move(parts));
}

}  // namespace yoke
