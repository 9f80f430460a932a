#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/secret.h"
#include "runtime/http/client.h"
#include "runtime/http/http.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

class SecretSource;

// A request with what proves who asks.
struct AuthorizedRequest {
  HttpRequest request = {};
  // Which token it carries, for AuthorizationRefusal; 0: none.
  std::uint64_t edition = 0;
  // What of it must be seen by nobody: to be cut out of what comes back (SecretCutter).
  std::vector<Secret> secrets = {};
};

// What came back instead of an answer, to a request that Credentials had authorized.
struct AuthorizationRefusal {
  int status = 0;             // 401 or 403; another one is nothing to credentials
  HttpHeaders headers = {};   // its WWW-Authenticate fields say what is wanted
  std::string url = {};       // that was asked
  std::uint64_t edition = 0;  // of the AuthorizedRequest
  std::string tenant = {};
};

// Puts authorization into requests to one service: none, a key, or tokens that are fetched and
// renewed.
//
// Ownership: outlives its calls. Borrows what it was made with.
// Threads:   loop thread only; several calls at once are fine: they share one renewal.
// Errors:    denied: nobody has signed in, or what is kept is no longer good; not_found: a secret
//            is not there; unavailable: the authorization server cannot be reached. The text names
//            the secret, section or command that mends it, and never a value.
// Limits:    goes to the origins alone that it was made for; a request to another one is denied.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // The request as it is to be sent now, for this tenant (ToolRequest::tenant). Waits where a token
  // has to be fetched or renewed first, at most until the deadline.
  virtual awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string tenant,
                                                         Deadline deadline) = 0;

  // True: something is different now, and the request may be authorized and sent once more. False:
  // nothing can be done, and the refusal is the answer. An error says what a person can do.
  virtual awaitable<Result<bool>> refused(AuthorizationRefusal refusal, Deadline deadline) = 0;
};

// Authorizes and sends the request; once refused (401, or 403 for want of scope) it does what the
// credentials can do about it and sends it again, within a bound. `sinks` see the last reply alone.
// The request's method must not matter: a refused request has done nothing.
//
// Ownership: `client` and `credentials` outlive the call.
// Errors:    those of Credentials. What went wrong on the way is an HttpFailure.
struct AuthorizedOutcome {
  HttpOutcome outcome = {};
  std::vector<Secret> secrets = {};  // to be cut out of it before anybody sees it
};
awaitable<Result<AuthorizedOutcome>> send_authorized(HttpClient& client, Credentials& credentials,
                                                     HttpRequest request, std::string tenant,
                                                     Deadline deadline, HttpSinks sinks);

// Where a key stands in a request, as OpenAPI's `apiKey` says it.
struct ApiKeyPlace {
  enum class In : std::uint8_t { header, query, cookie };
  In in = In::header;
  std::string name = "Authorization";
  std::string prefix = {};  // "Bearer "
};

// A key from the operator's secrets.
struct ApiKeySettings {
  std::string secret = {};  // its name, as SecretSource knows it
  ApiKeyPlace place = {};
  std::vector<std::string> origins = {};  // "https://host:port", as Url::origin() gives it
};

// Authorizes by nothing.
std::unique_ptr<Credentials> no_credentials();
// The key is looked up anew for each request. Borrows `secrets`.
std::unique_ptr<Credentials> api_key_credentials(ApiKeySettings settings, SecretSource& secrets);

// The URL without the values that `place` says are secret, for logs: "https://h/p?key=…".
std::string url_without_key(const std::string& url, const ApiKeyPlace& place);

}  // namespace yoke
