#pragma once

#include <string>
#include <string_view>

#include "runtime/http/client.h"
#include "tools/broker/host_module.h"
#include "tools/broker/http_request.h"

namespace yoke {

// http: requests to the hosts that `permissions.net` grants.
//   get(url, options), post, put, patch, delete, head, request{method, url, …}
//   options: query, headers, json | body | form, timeout, redirects
//   -> { status, headers (lower case), body, json, url }; `body_base64` when the body is no UTF-8.
//
// Each hop of a redirect is decided anew: grant, policy, TLS, the addresses the name leads to
// (private ones only where granted), the secrets of that host. From https a redirect never leads to
// http.
//
// Ownership: borrows `client` and `secrets`, which outlive it.
// Limits:    kReplyBytesMax of body.
class HttpModule final : public HostModule {
 public:
  static constexpr std::size_t kReplyBytesMax = 1 << 20;

  HttpModule(HttpClient& client, SecretSource& secrets) : client_(client), secrets_(secrets) {}

  std::string_view name() const override { return "http"; }
  Result<Json> admit(const std::string& function, const Json& args, CallScope& scope) override;
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  Result<HttpRequest> plan_hop(const ScriptRequest& request, CallScope& scope) const;
  Result<void> fill_in_secrets(HttpRequest& out, Url& url, CallScope& scope) const;

  HttpClient& client_;
  SecretSource& secrets_;
};

}  // namespace yoke
