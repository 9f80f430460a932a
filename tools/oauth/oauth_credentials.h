#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/oauth/consent.h"
#include "tools/oauth/credentials.h"
#include "tools/oauth/next_step.h"
#include "tools/oauth/oauth_settings.h"
#include "tools/oauth/oauth_talk.h"
#include "tools/oauth/token_shelf.h"

namespace yoke {

// What was signed in to, without what is secret.
struct OAuthStanding {
  std::string issuer = {};
  std::string client_id = {};
  std::string resource = {};
  std::vector<std::string> scopes = {};
  Micros obtained_at = 0;
  Micros expires_at = 0;  // of the access token
  bool renews = false;    // there is a refresh token
};

// Tokens of OAuth 2.0 and 2.1 for one service: those that are kept, renewed when they are old or
// refused, by one request at a time however many calls wait; fetched where that needs nobody.
//
// Tokens are of one issuer, client and resource. When the service names another issuer, nothing of
// the former one is shown to it.
// Limits: the answers of authorization servers are at most 1 MiB; scopes are widened at most
//         kStepUpsMax times a sign-in.
class OAuthCredentials final : public Credentials {
 public:
  OAuthCredentials(OAuthSettings settings, OAuthServices services);
  ~OAuthCredentials() override;

  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string tenant,
                                                 Deadline deadline) override;
  awaitable<Result<bool>> refused(AuthorizationRefusal refusal, Deadline deadline) override;

  // Asks a person (or, for client credentials, nobody) and keeps the tokens. For a service that
  // says itself where to sign in, it is asked first.
  awaitable<Result<OAuthStanding>> sign_in(std::string tenant, Consent& consent, Deadline deadline);
  // Revokes what is kept where the server can do that, and forgets it. False: nothing was kept. It
  // is forgotten also when the server cannot be reached; the error says so.
  awaitable<Result<bool>> sign_out(std::string tenant, Deadline deadline);
  awaitable<Result<std::optional<OAuthStanding>>> standing(std::string tenant);

  const OAuthSettings& settings() const { return settings_; }

 private:
  struct Seat;  // of one tenant
  class Turn;   // at a seat, one call at a time

  std::shared_ptr<Seat> seat(const std::string& tenant);
  OAuthSituation situation(const Seat& seat) const;
  Result<void> permit(const std::string& url) const;
  // What the operator was given by one issuer is shown to no other that the service names since.
  Result<void> permit_issuer(const Seat& seat, const AuthorizationServer& server) const;
  Error nobody_signed_in(const std::string& tenant, const std::string& why) const;

  awaitable<Result<void>> load(Seat& seat, bool again);
  awaitable<Result<void>> keep(Seat& seat, OAuthRecord record);
  // True: there is another token now. False: there is no way without somebody signing in.
  awaitable<Result<bool>> renew(Seat& seat, Deadline deadline);
  awaitable<Result<void>> fetch(Seat& seat, std::string said, std::vector<std::string> scopes,
                                Deadline deadline);
  awaitable<Result<bool>> widen(Seat& seat, BearerChallenge challenge, Deadline deadline);
  awaitable<Result<bool>> start_over(Seat& seat, BearerChallenge challenge, Deadline deadline);
  awaitable<Result<void>> ask(Seat& seat, BearerChallenge challenge, Consent& consent,
                              Deadline deadline);
  awaitable<Result<OAuthClient>> choose_client(Seat& seat, AuthorizationServer server,
                                               std::string redirect_uri,
                                               std::vector<std::string> scopes, Deadline deadline);

  const OAuthSettings settings_;
  const OAuthServices services_;
  const OAuthTalk talk_;
  std::map<std::string, std::shared_ptr<Seat>> seats_;  // shared with the calls at them
};

}  // namespace yoke
