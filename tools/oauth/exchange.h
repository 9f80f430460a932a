#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/http.h"
#include "tools/oauth/oauth_record.h"

// What is asked of an authorization server and what its answers mean. Pure: no clock, no
// randomness, no I/O.
namespace yoke {

using FormPairs = std::vector<std::pair<std::string, std::string>>;

std::string form_text(const FormPairs& pairs);  // application/x-www-form-urlencoded
// The pairs of a query or a form; invalid when a name comes twice.
Result<std::map<std::string, std::string>> pairs_of(std::string_view query);

std::string base64url(std::string_view bytes);  // RFC 4648, section 5, without padding

// What one request for a person's consent has that no other has.
struct SignInSecrets {
  std::string state = {};     // comes back with the browser
  std::string verifier = {};  // PKCE (RFC 7636): shown to the token endpoint alone
};
// From 64 random bytes.
SignInSecrets sign_in_secrets(std::string_view random_bytes);
std::string s256_challenge(std::string_view verifier);

struct ConsentRequest {
  std::string client_id = {};
  std::string redirect_uri = {};
  std::vector<std::string> scopes = {};
  std::string resource = {};
  FormPairs more = {};  // the operator's own: audience, prompt, access_type
};
// Where the person's browser is sent.
std::string consent_url(const AuthorizationServer& server, const ConsentRequest& request,
                        const SignInSecrets& secrets);

// The code in the address that the browser came back to. denied: it is not the answer to this
// request (another state), comes from another issuer (RFC 9207) where ours is known, or the person
// or server said no.
Result<Secret> code_from_redirect(const std::string& url, const std::string& redirect_uri,
                                  const AuthorizationServer& server, const SignInSecrets& secrets);

// A request to the token endpoint, still without the client's proof.
FormPairs code_form(const Secret& code, const ConsentRequest& request,
                    const SignInSecrets& secrets);
FormPairs refresh_form(const OAuthRecord& record);
FormPairs client_credentials_form(const std::vector<std::string>& scopes,
                                  const std::string& resource, const FormPairs& more);

// What came from a token endpoint.
struct TokenReply {
  Secret access_token = {};
  Secret refresh_token = {};
  std::int64_t lives_seconds = 0;  // 0: not said
  std::vector<std::string> scopes = {};
  bool says_scopes = false;
};
// The error's detail holds the server's error code and, made printable, what it says to it;
// denied: the grant is no good (any more), and somebody has to sign in. not_found: the
// server does not know the client, or not by this proof. unavailable: the server has
// trouble, and the same may be asked later. invalid: it will not do it, or the answer is none.
Result<TokenReply> token_reply_of(const HttpResponse& response);
// The record with what came. A refresh token that was not replaced stays.
void take_tokens(OAuthRecord& record, TokenReply reply, Micros now);

}  // namespace yoke
