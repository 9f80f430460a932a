#pragma once

#include "tools/oauth/challenge.h"
#include "tools/oauth/oauth_record.h"
#include "tools/oauth/oauth_settings.h"

// What is to be done for a request, decided from what is known. Pure.
namespace yoke {

// What is known of a sign-in at one moment.
struct OAuthSituation {
  OAuthSettings::Grant grant = OAuthSettings::Grant::code;
  bool service_says = false;            // it names its authorization server when it refuses
  bool server_is_known = false;         // the operator names it
  const OAuthRecord* record = nullptr;  // null: nothing is kept
  Micros now = 0;
};

enum class BeforeStep : std::uint8_t {
  send_plain,  // without a token, for the service to say what it wants
  use,         // the token that is there
  renew,
  fetch,   // client credentials
  nobody,  // has signed in
};
BeforeStep step_before(const OAuthSituation& situation);

struct OAuthRefused {
  int status = 0;
  std::optional<BearerChallenge> challenge = {};
  bool same_token = true;      // the token that was refused is the one that is there
  bool just_replaced = false;  // and was got because another was refused
  int step_ups = 0;            // widened so often already
};

enum class AfterStep : std::uint8_t {
  again,  // with the token that is there now
  renew,
  fetch,
  widen,       // ask for more scopes
  start_over,  // find the server, and ask a person
  give_up,     // the refusal is the answer
};
AfterStep step_after(const OAuthSituation& situation, const OAuthRefused& refused);

// The scopes to ask for: those of the operator, else of the service's challenge, else all that it
// lists, with those that it wanted since; and offline_access, where the server has that, so that
// tokens can be renewed.
struct ScopeSources {
  const std::vector<std::string>& operators;
  const std::vector<std::string>& challenge;
  const std::vector<std::string>& listed;
  const std::vector<std::string>& wanted;
};
std::vector<std::string> scopes_to_ask(const ScopeSources& sources,
                                       const AuthorizationServer& server,
                                       OAuthSettings::Grant grant);

// Whether what is kept was got for these settings: by this client, from this server.
bool belongs_to(const OAuthRecord& record, const OAuthSettings& settings);

}  // namespace yoke
