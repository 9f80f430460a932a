#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/oauth_credentials.h"
#include "tools/oauth/oauth_seat.h"

// Signing in and out, with a person.
namespace yoke {
namespace {

OAuthStanding standing_of(const OAuthRecord& record) {
  OAuthStanding standing;
  standing.issuer = record.server.issuer.empty() ? record.server.token_url : record.server.issuer;
  standing.client_id = record.client.id;
  standing.resource = record.resource;
  standing.scopes = record.granted;
  standing.obtained_at = record.obtained_at;
  standing.expires_at = record.expires_at;
  standing.renews = !record.refresh_token.empty();
  return standing;
}

Result<void> check_server(const AuthorizationServer& server, const std::string& section) {
  const std::string name = server.issuer.empty() ? server.token_url : server.issuer;
  if (server.authorization_url.empty()) {
    return Error{Errc::unsupported, "the authorization server " + printable(name) +
                                        " signs no person in (it names no "
                                        "authorization_endpoint); see " +
                                        section};
  }
  if (!holds(server.challenge_methods, "S256")) {
    return Error{Errc::unsupported,
                 "the authorization server " + printable(name) +
                     " does not say that it protects sign-ins by PKCE with S256; where it does, "
                     "write authorization_url and token_url into " +
                     section};
  }
  return {};
}

}  // namespace

awaitable<Result<OAuthClient>> OAuthCredentials::choose_client(Seat& seat,
                                                               AuthorizationServer server,
                                                               std::string redirect_uri,
                                                               std::vector<std::string> scopes,
                                                               Deadline deadline) {
  if (!settings_.client_id.empty()) {
    const Result<void> permitted = permit_issuer(seat, server);
    if (!permitted) co_return permitted.error();
    const Result<void> fetched = co_await talk_.fetch_secrets(seat.tenant, deadline);
    if (!fetched) co_return fetched.error();
    Result<OAuthClient> client = talk_.given_client(server, seat.tenant);
    // It is looked up when it is used, and kept where it is.
    if (client) client->secret = Secret();
    co_return client;
  }
  if (server.takes_client_urls && !settings_.client_document.empty()) {
    OAuthClient client;
    client.source = OAuthClient::Source::document;
    client.id = settings_.client_document;
    co_return client;
  }
  if (seat.record && seat.record->server.issuer == server.issuer) {
    const OAuthClient& known = seat.record->client;
    const bool lives = known.expires_at == 0 || services_.wall.now() < known.expires_at;
    const bool ours = known.source == OAuthClient::Source::registered && !known.id.empty();
    if (ours && lives && known.redirect_uri == redirect_uri) co_return known;
  }
  Result<OAuthClient> client = co_await talk_.register_client(
      std::move(server), std::move(redirect_uri), std::move(scopes), deadline);
  co_return client;
}

awaitable<Result<void>> OAuthCredentials::ask(Seat& seat, BearerChallenge challenge,
                                              Consent& consent, Deadline deadline) {
  Result<OAuthTalk::Found> found =
      co_await talk_.find_server(challenge.resource_metadata, deadline);
  if (!found) co_return found.error();
  const Result<void> sound = check_server(found->server, settings_.section);
  if (!sound) co_return sound.error();
  const bool same_server = seat.record && seat.record->server.issuer == found->server.issuer;
  const Result<std::string> redirect_uri =
      consent.redirect_uri(same_server ? seat.record->client.redirect_uri : std::string());
  if (!redirect_uri) co_return redirect_uri.error();

  OAuthRecord record;
  const std::vector<std::string> none;
  const ScopeSources sources{settings_.scopes, challenge.scopes, found->scopes,
                             same_server ? seat.record->wanted : none};
  record.asked = scopes_to_ask(sources, found->server, settings_.grant);
  Result<OAuthClient> client =
      co_await choose_client(seat, found->server, *redirect_uri, record.asked, deadline);
  if (!client) co_return client.error();
  record.server = std::move(found->server);
  record.client = std::move(*client);
  record.resource = std::move(found->resource);

  const SignInSecrets secrets = sign_in_secrets(talk_.random_bytes(64));
  ConsentRequest request;
  request.client_id = record.client.id;
  request.redirect_uri = *redirect_uri;
  request.scopes = record.asked;
  request.resource = record.resource;
  request.more = settings_.more;
  std::string url = consent_url(record.server, request, secrets);
  const Result<std::string> came = co_await consent.obtain(std::move(url), deadline);
  if (!came) co_return came.error();
  const Result<Secret> code = code_from_redirect(*came, *redirect_uri, record.server, secrets);
  if (!code) co_return code.error();
  FormPairs form = code_form(*code, request, secrets);
  Result<TokenReply> reply =
      co_await talk_.ask_for_tokens(record, seat.tenant, std::move(form), deadline);
  if (!reply) co_return reply.error();
  take_tokens(record, std::move(*reply), services_.wall.now());
  const Result<void> kept = co_await keep(seat, std::move(record));
  co_return kept;
}

awaitable<Result<OAuthStanding>> OAuthCredentials::sign_in(std::string tenant, Consent& consent,
                                                           Deadline deadline) {
  const std::shared_ptr<Seat> seat = this->seat(tenant);
  const Turn turn = co_await Turn::take(seat);
  const Result<void> loaded = co_await load(*seat, true);
  if (!loaded) co_return loaded.error();
  BearerChallenge challenge;
  if (!settings_.service_url.empty()) {
    Result<BearerChallenge> said = co_await talk_.ask_service(deadline);
    if (!said) co_return said.error();
    challenge = std::move(*said);
  }
  Result<void> done;
  if (settings_.grant == OAuthSettings::Grant::client_credentials) {
    Result<void> fetched =
        co_await fetch(*seat, challenge.resource_metadata, challenge.scopes, deadline);
    done = std::move(fetched);
  } else {
    Result<void> asked = co_await ask(*seat, std::move(challenge), consent, deadline);
    done = std::move(asked);
  }
  if (!done) co_return done.error();
  seat->step_ups = 0;
  co_return standing_of(*seat->record);
}

awaitable<Result<bool>> OAuthCredentials::sign_out(std::string tenant, Deadline deadline) {
  const std::shared_ptr<Seat> seat = this->seat(tenant);
  const Turn turn = co_await Turn::take(seat);
  const Result<void> loaded = co_await load(*seat, true);
  if (!loaded) co_return loaded.error();
  std::optional<OAuthRecord> record = std::move(seat->record);
  seat->record.reset();
  seat->edition += 1;
  const Result<void> removed = co_await services_.shelf.remove(tenant, settings_.name);
  if (!removed) co_return removed.error();
  if (!record || !record->has_tokens()) co_return false;
  // The refresh token first: with it goes, at most servers, all that came of it.
  for (const bool refresh : {true, false}) {
    const Result<void> revoked = co_await talk_.revoke(*record, tenant, refresh, deadline);
    if (revoked) continue;
    co_return Error{revoked.error().code, "the sign-in is forgotten here, but not revoked there: " +
                                              revoked.error().detail};
  }
  co_return true;
}

awaitable<Result<std::optional<OAuthStanding>>> OAuthCredentials::standing(std::string tenant) {
  const std::shared_ptr<Seat> seat = this->seat(tenant);
  const Turn turn = co_await Turn::take(seat);
  const Result<void> loaded = co_await load(*seat, true);
  if (!loaded) co_return loaded.error();
  std::optional<OAuthStanding> standing;
  if (seat->record && seat->record->has_tokens()) standing = standing_of(*seat->record);
  co_return standing;
}

}  // namespace yoke
