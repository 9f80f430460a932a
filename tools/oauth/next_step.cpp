#include "tools/oauth/next_step.h"

namespace yoke {
namespace {

constexpr Micros kTokenMargin = 30LL * 1'000'000;  // a token is not sent with less of its life left
constexpr std::string_view kOfflineScope = "offline_access";

bool is_fresh(const OAuthRecord& record, Micros now) {
  if (record.access_token.empty()) return false;
  return record.expires_at == 0 || now + kTokenMargin < record.expires_at;
}

bool wants_more(const OAuthSituation& situation, const BearerChallenge& challenge) {
  if (situation.record == nullptr) return false;
  for (const std::string& scope : challenge.scopes) {
    if (!holds(situation.record->asked, scope)) return true;
  }
  return false;
}

}  // namespace

BeforeStep step_before(const OAuthSituation& situation) {
  const OAuthRecord* record = situation.record;
  if (record != nullptr && is_fresh(*record, situation.now)) return BeforeStep::use;
  if (record != nullptr && !record->refresh_token.empty()) return BeforeStep::renew;
  const bool alone = situation.grant == OAuthSettings::Grant::client_credentials;
  if (alone && (situation.server_is_known || record != nullptr)) return BeforeStep::fetch;
  return situation.service_says ? BeforeStep::send_plain : BeforeStep::nobody;
}

AfterStep step_after(const OAuthSituation& situation, const OAuthRefused& refused) {
  const OAuthRecord* record = situation.record;
  const bool has_token = record != nullptr && record->has_tokens();
  if (!refused.same_token && has_token) return AfterStep::again;
  const bool names_scopes = refused.challenge && refused.challenge->error == "insufficient_scope";
  if (names_scopes || refused.status == 403) {
    const bool widens = names_scopes && has_token && wants_more(situation, *refused.challenge) &&
                        refused.step_ups < kStepUpsMax;
    return widens ? AfterStep::widen : AfterStep::give_up;
  }
  if (refused.status != 401) return AfterStep::give_up;
  const bool alone = situation.grant == OAuthSettings::Grant::client_credentials;
  if (!refused.just_replaced) {
    if (record != nullptr && !record->refresh_token.empty()) return AfterStep::renew;
    if (alone && (situation.server_is_known || has_token)) return AfterStep::fetch;
    return AfterStep::start_over;
  }
  return alone ? AfterStep::give_up : AfterStep::start_over;
}

std::vector<std::string> scopes_to_ask(const ScopeSources& sources,
                                       const AuthorizationServer& server,
                                       OAuthSettings::Grant grant) {
  std::vector<std::string> scopes = sources.operators;
  if (scopes.empty()) scopes = sources.challenge.empty() ? sources.listed : sources.challenge;
  scopes = union_of(std::move(scopes), sources.wanted);
  const bool renews = grant == OAuthSettings::Grant::code && holds(server.scopes, kOfflineScope);
  if (renews && !scopes.empty() && !holds(scopes, kOfflineScope)) {
    scopes.emplace_back(kOfflineScope);
  }
  return scopes;
}

bool belongs_to(const OAuthRecord& record, const OAuthSettings& settings) {
  const bool same_client = settings.client_id.empty()
                               ? record.client.source != OAuthClient::Source::given
                               : record.client.id == settings.client_id;
  const bool same_issuer = settings.issuer.empty() || record.server.issuer == settings.issuer;
  const bool same_server =
      settings.token_url.empty() || record.server.token_url == settings.token_url;
  const bool same_resource = settings.resource.empty() || record.resource == settings.resource;
  return same_client && same_issuer && same_server && same_resource;
}

}  // namespace yoke
