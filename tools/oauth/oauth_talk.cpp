#include "tools/oauth/oauth_talk.h"

#include <algorithm>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/client.h"
#include "runtime/http/url.h"
#include "runtime/ports/tool.h"
#include "tools/broker/secrets.h"
#include "tools/oauth/origins.h"

namespace yoke {
namespace {

constexpr std::size_t kAnswerBytesMax = 1 << 20;
constexpr std::chrono::seconds kAnswerTime{30};

bool is_at_home(const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  return parsed && is_loopback_name(parsed->host);
}

// What a service says of itself is read where the service is, on a private net too.
bool has_same_origin(const std::string& a, const std::string& b) {
  const Result<Url> left = parse_url(a);
  const Result<Url> right = parse_url(b);
  return left && right && left->origin() == right->origin();
}

HttpRequest metadata_request(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.headers.set("Accept", "application/json");
  return request;
}

// Neither a document nor "there is none" is what a server in trouble says.
bool is_passing(int status) { return status >= 500 || status == 429; }

Error in_trouble(const HttpResponse& response) {
  return Error{Errc::unavailable,
               shown_url(response.url) + " answers with status " + std::to_string(response.status)};
}

}  // namespace

std::string OAuthTalk::random_bytes(std::size_t count) const {
  std::string bytes;
  while (bytes.size() < count) {
    std::uint64_t word = services_.random.next();
    for (int i = 0; i < 8; ++i, word >>= 8) bytes += static_cast<char>(word & 0xff);
  }
  bytes.resize(count);
  return bytes;
}

awaitable<Result<HttpResponse>> OAuthTalk::send(HttpRequest request, bool found,
                                                Deadline deadline) const {
  const Result<void> permitted = permit_plain_text(request.url);
  if (!permitted) co_return permitted.error();
  request.limits.body_bytes_max = kAnswerBytesMax;
  request.limits.redirects_max = 0;
  const bool elsewhere = !has_same_origin(request.url, settings_.service_url);
  if (found && elsewhere && !is_at_home(settings_.service_url)) {
    request.permit_address = permit_public;
  }
  const Deadline until = std::min(deadline, LoopClock::now() + Deadline::duration(kAnswerTime));
  HttpOutcome outcome = co_await services_.http.send(std::move(request), until);
  if (auto* failure = std::get_if<HttpFailure>(&outcome)) {
    const bool denied = failure->kind == HttpFailure::Kind::denied;
    co_return Error{denied ? Errc::denied : Errc::unavailable, failure->message};
  }
  co_return std::move(std::get<HttpResponse>(outcome));
}

awaitable<Result<ProtectedResource>> OAuthTalk::find_resource(std::string said,
                                                              Deadline deadline) const {
  for (const std::string& url : resource_metadata_urls(settings_.service_url, said)) {
    HttpRequest request = metadata_request(url);
    Result<HttpResponse> response = co_await send(std::move(request), true, deadline);
    if (!response) co_return response.error();
    if (is_passing(response->status)) co_return in_trouble(*response);
    if (response->status != 200) continue;
    const Result<Json> document = parse_json(response->body);
    if (!document) continue;
    co_return protected_resource_of(*document, settings_.service_url);
  }
  // Before RFC 9728 the service was its own authorization server.
  const Result<Url> service = parse_url(settings_.service_url);
  if (!service) co_return service.error();
  ProtectedResource itself;
  itself.servers.push_back((service->tls ? "https://" : "http://") + service->authority());
  co_return itself;
}

awaitable<Result<AuthorizationServer>> OAuthTalk::find_metadata(std::string issuer, bool found,
                                                                Deadline deadline) const {
  for (const std::string& url : server_metadata_urls(issuer)) {
    HttpRequest request = metadata_request(url);
    Result<HttpResponse> response = co_await send(std::move(request), found, deadline);
    if (!response) co_return response.error();
    if (is_passing(response->status)) co_return in_trouble(*response);
    if (response->status != 200) continue;
    const Result<Json> document = parse_json(response->body);
    if (!document) continue;
    co_return authorization_server_of(*document, issuer);
  }
  co_return Error{Errc::not_found,
                  "the authorization server " + shorten(printable(issuer), 200) +
                      " says nothing of itself; write authorization_url and token_url into " +
                      settings_.section};
}

awaitable<Result<BearerChallenge>> OAuthTalk::ask_service(Deadline deadline) const {
  HttpRequest request;
  request.method = "POST";
  request.url = settings_.service_url;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("Accept", "application/json, text/event-stream");
  request.body = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}})";
  Result<HttpResponse> response = co_await send(std::move(request), false, deadline);
  if (!response) co_return response.error();
  co_return bearer_challenge(response->headers).value_or(BearerChallenge());
}

awaitable<Result<OAuthTalk::Found>> OAuthTalk::find_server(std::string said,
                                                           Deadline deadline) const {
  Found found;
  found.resource = settings_.resource;
  if (!settings_.token_url.empty()) {
    found.server.issuer = settings_.issuer;
    found.server.authorization_url = settings_.authorization_url;
    found.server.token_url = settings_.token_url;
    found.server.revocation_url = settings_.revocation_url;
    found.server.challenge_methods = {"S256"};
    co_return found;
  }
  std::string issuer = settings_.issuer;
  if (!settings_.service_url.empty()) {
    const Result<ProtectedResource> resource = co_await find_resource(std::move(said), deadline);
    if (!resource) co_return resource.error();
    if (found.resource.empty()) found.resource = resource->resource;
    found.scopes = resource->scopes;
    if (issuer.empty() && !resource->servers.empty()) issuer = resource->servers.front();
  }
  if (issuer.empty()) {
    co_return Error{Errc::not_found,
                    "nothing says where to sign in; write issuer, or "
                    "authorization_url and token_url, into " +
                        settings_.section};
  }
  const bool by_service = settings_.issuer.empty();
  Result<AuthorizationServer> server = co_await find_metadata(issuer, by_service, deadline);
  if (!server) co_return server.error();
  found.server = std::move(*server);
  if (!settings_.revocation_url.empty()) found.server.revocation_url = settings_.revocation_url;
  co_return found;
}

awaitable<Result<void>> OAuthTalk::fetch_secrets(std::string tenant, Deadline deadline) const {
  std::vector<std::string> names;
  for (const std::string& name : {settings_.private_key, settings_.client_secret}) {
    if (!name.empty()) names.push_back(name);
  }
  auto fetching = services_.secrets.fetch(std::move(names), std::move(tenant), deadline);
  co_return co_await std::move(fetching);
}

Result<Secret> OAuthTalk::secret(const std::string& name, const std::string& tenant) const {
  if (name.empty()) return Secret();
  ToolRequest who;
  who.tenant = tenant;
  return services_.secrets.secret(name, who);
}

Result<ClientKey> OAuthTalk::key_for(const std::string& tenant) const {
  ClientKey key;
  Result<Secret> pem = secret(settings_.private_key, tenant);
  if (!pem) return pem.error();
  key.pem = std::move(*pem);
  key.algorithm = settings_.key_algorithm;
  key.id = settings_.key_id;
  return key;
}

Result<OAuthClient> OAuthTalk::given_client(const AuthorizationServer& server,
                                            const std::string& tenant) const {
  OAuthClient client;
  client.id = settings_.client_id;
  Result<Secret> secret_of_client = secret(settings_.client_secret, tenant);
  if (!secret_of_client) return secret_of_client.error();
  client.secret = std::move(*secret_of_client);
  if (settings_.proof) {
    client.proof = *settings_.proof;
    return client;
  }
  const Result<ClientProof> proof =
      choose_proof(server, !client.secret.empty(), !settings_.private_key.empty());
  if (!proof) return proof.error();
  client.proof = *proof;
  return client;
}

awaitable<Result<OAuthClient>> OAuthTalk::register_client(AuthorizationServer server,
                                                          std::string redirect_uri,
                                                          std::vector<std::string> scopes,
                                                          Deadline deadline) const {
  if (server.registration_url.empty()) {
    co_return Error{Errc::unsupported,
                    "the authorization server " + printable(server.issuer) +
                        " does not register programs that it does not know: register one there by "
                        "hand, and write its client_id into " +
                        settings_.section};
  }
  HttpRequest request = registration_request(server, redirect_uri, scopes);
  const bool by_service = settings_.issuer.empty();
  Result<HttpResponse> response = co_await send(std::move(request), by_service, deadline);
  if (!response) co_return response.error();
  co_return registered_client_of(*response, server, redirect_uri);
}

awaitable<Result<HttpResponse>> OAuthTalk::post_proven(const OAuthRecord& record,
                                                       std::string tenant, std::string url,
                                                       FormPairs form, Deadline deadline) const {
  const Result<void> fetched = co_await fetch_secrets(tenant, deadline);
  if (!fetched) co_return fetched.error();
  OAuthClient client = record.client;
  if (client.source == OAuthClient::Source::given) {
    Result<OAuthClient> given = given_client(record.server, tenant);
    if (!given) co_return given.error();
    client = std::move(*given);
  }
  const Result<ClientKey> key = key_for(tenant);
  if (!key) co_return key.error();
  const ProofInput input{
      client, *key, record.server.issuer.empty() ? record.server.token_url : record.server.issuer,
      services_.wall.now(), random_bytes(16)};
  Result<HttpRequest> request = proven_request(url, std::move(form), input);
  if (!request) co_return request.error();
  const bool by_service =
      settings_.issuer.empty() && (settings_.token_url.empty() || settings_.token_url_is_found);
  Result<HttpResponse> response = co_await send(std::move(*request), by_service, deadline);
  co_return response;
}

awaitable<Result<TokenReply>> OAuthTalk::ask_for_tokens(const OAuthRecord& record,
                                                        std::string tenant, FormPairs form,
                                                        Deadline deadline) const {
  const std::string url = record.server.token_url;
  Result<HttpResponse> response =
      co_await post_proven(record, std::move(tenant), url, std::move(form), deadline);
  if (!response) co_return response.error();
  co_return token_reply_of(*response);
}

awaitable<Result<void>> OAuthTalk::revoke(const OAuthRecord& record, std::string tenant,
                                          bool refresh, Deadline deadline) const {
  const Secret& token = refresh ? record.refresh_token : record.access_token;
  const std::string url = record.server.revocation_url;
  if (url.empty() || token.empty()) co_return Result<void>();
  FormPairs form = {{"token", token.reveal()},
                    {"token_type_hint", refresh ? "refresh_token" : "access_token"}};
  Result<HttpResponse> response =
      co_await post_proven(record, std::move(tenant), url, std::move(form), deadline);
  if (!response) co_return response.error();
  if (response->status == 200) co_return Result<void>();
  co_return in_trouble(*response);
}

}  // namespace yoke
