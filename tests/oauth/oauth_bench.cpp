#include "tests/oauth/oauth_bench.h"

#include "runtime/ports/tool.h"

namespace yoke::testing {

Result<Secret> SecretsInMemory::secret(std::string_view name, const ToolRequest& call) {
  const auto found = values.find(call.tenant + " " + std::string(name));
  if (found == values.end()) {
    return Error{Errc::not_found, "no secret '" + std::string(name) + "' of " + call.tenant};
  }
  return Secret(found->second);
}

awaitable<std::string> ask_once(HttpClient& http, Credentials& credentials, std::string url,
                                std::string tenant, Deadline deadline) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = "{}";
  HttpSinks sinks;
  Result<AuthorizedOutcome> done = co_await send_authorized(
      http, credentials, std::move(request), std::move(tenant), deadline, std::move(sinks));
  if (!done) co_return done.error().message();
  if (const auto* failure = std::get_if<HttpFailure>(&done->outcome)) co_return failure->message;
  co_return std::to_string(std::get<HttpResponse>(done->outcome).status);
}

std::string OAuthBench::ask(Credentials& credentials, std::string tenant) {
  return run(io, ask_once(http, credentials, server.service(), std::move(tenant), soon()));
}

Result<OAuthStanding> OAuthBench::sign_in(OAuthCredentials& credentials, std::string tenant) {
  const std::unique_ptr<Consent> consent = unattended_consent(http);
  return run(io, credentials.sign_in(std::move(tenant), *consent, soon()));
}

}  // namespace yoke::testing
