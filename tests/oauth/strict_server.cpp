#include "tests/oauth/strict_server.h"

#include "runtime/base/base64.h"
#include "runtime/base/text.h"
#include "tools/oauth/exchange.h"

namespace yoke::testing {
namespace {

using Pairs = std::map<std::string, std::string>;

HttpReply strict_json(int status, const Json& body) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  reply.body = to_text(body);
  return reply;
}

HttpReply oauth_error(int status, const std::string& code) {
  return strict_json(status, Json{{"error", code}, {"error_description", "said strictly"}});
}

std::string pair_at(const Pairs& pairs, const std::string& name) {
  const auto found = pairs.find(name);
  return found == pairs.end() ? std::string() : found->second;
}

Pairs strict_pairs(std::string_view text) {
  const Result<Pairs> pairs = pairs_of(text);
  return pairs ? *pairs : Pairs();
}

}  // namespace

StrictServer::StrictServer(asio::any_io_executor executor, StrictSettings with)
    : settings(std::move(with)),
      clients_(settings.clients),
      server_(executor, [this](HttpRequest request) { return answer(std::move(request)); }) {
  const Result<std::uint16_t> port = server_.listen("127.0.0.1", 0);
  port_ = *port;
}

int StrictServer::count(const std::string& entry) const {
  int found = 0;
  for (const std::string& each : log) found += each.starts_with(entry) ? 1 : 0;
  return found;
}

void StrictServer::demand(bool holds, const std::string& what) {
  if (!holds) problems.push_back(what);
}

awaitable<HttpReply> StrictServer::answer(HttpRequest request) {
  const std::size_t mark = std::min(request.url.find('?'), request.url.size());
  const std::string path = request.url.substr(0, mark);
  const std::string query =
      mark < request.url.size() ? request.url.substr(mark + 1) : std::string();
  const std::string oauth = "/.well-known/oauth-authorization-server" + settings.issuer_path;
  const std::string openid = settings.issuer_path + "/.well-known/openid-configuration";
  if (path == "/mcp") co_return serve(request);
  if (path == "/.well-known/oauth-protected-resource/mcp") {
    log.push_back("resource metadata");
    co_return strict_json(
        200, Json{{"resource", settings.resource.empty() ? service() : settings.resource},
                  {"authorization_servers", {issuer()}},
                  {"scopes_supported", settings.scopes_listed}});
  }
  if (path == (settings.openid ? openid : oauth)) co_return metadata();
  if (path == "/register") co_return register_client(request);
  if (path == "/authorize") co_return authorize(query);
  if (path == "/token") co_return token(request);
  if (path == "/revoke") co_return revoke(request);
  log.push_back("unknown " + path);
  co_return oauth_error(404, "not_found");
}

HttpReply StrictServer::serve(const HttpRequest& request) {
  const std::string given(request.headers.get("Authorization"));
  const std::string token = given.starts_with("Bearer ") ? given.substr(7) : std::string();
  std::string challenge = "Bearer";
  if (settings.says_metadata) {
    challenge += " resource_metadata=\"" + base() + "/.well-known/oauth-protected-resource/mcp\"";
  }
  if (!settings.challenge_scope.empty()) {
    challenge += std::string(settings.says_metadata ? "," : "") + " scope=\"" +
                 settings.challenge_scope + "\"";
  }
  if (!live.contains(token) || kills_tokens) {
    HttpReply reply = oauth_error(401, "invalid_token");
    reply.headers.set("WWW-Authenticate", challenge);
    return reply;
  }
  if (!settings.needs_scope.empty()) {
    const std::vector<std::string> has = split(token_scopes_[token], ' ');
    if (!yoke::holds(has, settings.needs_scope)) {
      HttpReply reply = oauth_error(403, "insufficient_scope");
      reply.headers.set("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" +
                                                settings.needs_scope + "\"");
      return reply;
    }
  }
  served += 1;
  return strict_json(200, Json{{"served", served}});
}

HttpReply StrictServer::metadata() const {
  Json body{{"issuer", settings.metadata_issuer.empty() ? issuer() : settings.metadata_issuer},
            {"authorization_endpoint", base() + "/authorize"},
            {"token_endpoint", base() + "/token"},
            {"revocation_endpoint", base() + "/revoke"},
            {"response_types_supported", {"code"}},
            {"token_endpoint_auth_methods_supported", settings.token_methods},
            {"authorization_response_iss_parameter_supported", settings.says_iss},
            {"client_id_metadata_document_supported", settings.takes_documents}};
  if (settings.registers) body["registration_endpoint"] = base() + "/register";
  if (settings.says_pkce) body["code_challenge_methods_supported"] = {"S256"};
  if (!settings.scopes_supported.empty()) body["scopes_supported"] = settings.scopes_supported;
  return strict_json(200, body);
}

HttpReply StrictServer::register_client(const HttpRequest& request) {
  const Result<Json> body = parse_json(request.body);
  demand(body && string_at(*body, "application_type") == "native", "register: application_type");
  const Json redirects = body ? member_at(*body, "redirect_uris") : Json();
  demand(redirects.is_array() && redirects.size() == 1, "register: redirect_uris");
  const std::string method = body ? string_at(*body, "token_endpoint_auth_method") : std::string();
  demand(yoke::holds(settings.token_methods, method), "register: a method that is not offered");
  const std::string id = "client-" + std::to_string(++number_);
  const std::string secret = method == "none" ? "" : "secret-of-" + id;
  clients_[id] = secret;
  redirects_[id] = redirects[0].get<std::string>();
  log.push_back("register " + method);
  Json reply{{"client_id", id}, {"token_endpoint_auth_method", method}};
  if (!secret.empty()) reply["client_secret"] = secret;
  return strict_json(201, reply);
}

HttpReply StrictServer::authorize(const std::string& query) {
  const Pairs asked = strict_pairs(query);
  Grant grant;
  grant.client = pair_at(asked, "client_id");
  grant.challenge = pair_at(asked, "code_challenge");
  grant.redirect_uri = pair_at(asked, "redirect_uri");
  grant.resource = pair_at(asked, "resource");
  grant.scope = pair_at(asked, "scope");
  log.push_back("authorize scope=" + grant.scope);
  const bool document = settings.takes_documents && grant.client.starts_with("https://");
  demand(document || clients_.contains(grant.client), "authorize: unknown client " + grant.client);
  demand(!redirects_.contains(grant.client) || redirects_[grant.client] == grant.redirect_uri,
         "authorize: another redirect_uri than the registered one");
  demand(pair_at(asked, "response_type") == "code", "authorize: response_type");
  demand(pair_at(asked, "code_challenge_method") == "S256", "authorize: no S256");
  demand(grant.challenge.size() == 43, "authorize: code_challenge");
  demand(pair_at(asked, "state").size() >= 32, "authorize: state");
  demand(grant.resource.empty() || grant.resource == service(), "authorize: resource");
  const std::string code = "code-" + std::to_string(++number_);
  codes_[code] = grant;
  FormPairs answer = {{"code", code}, {"state", pair_at(asked, "state")}};
  if (settings.iss == "right") answer.emplace_back("iss", issuer());
  if (settings.iss == "wrong") answer.emplace_back("iss", "https://evil.example");
  if (settings.iss == "slash") answer.emplace_back("iss", issuer() + "/");
  HttpReply reply;
  reply.status = 302;
  reply.headers.set("Location", grant.redirect_uri + "?" + form_text(answer));
  return reply;
}

std::string StrictServer::proven_client(const HttpRequest& request, const Pairs& form) {
  const std::string basic(request.headers.get("Authorization"));
  std::string id = pair_at(form, "client_id");
  std::string method = pair_at(form, "client_secret").empty() ? "none" : "client_secret_post";
  std::string secret = pair_at(form, "client_secret");
  if (basic.starts_with("Basic ")) {
    demand(secret.empty(), "token: two proofs at once");
    method = "client_secret_basic";
    const std::string pair = from_base64(basic.substr(6)).value_or("");
    const Pairs decoded = strict_pairs("i=" + pair.substr(0, pair.find(':')) +
                                       "&s=" + pair.substr(pair.find(':') + 1));
    id = pair_at(decoded, "i");
    secret = pair_at(decoded, "s");
  }
  if (!pair_at(form, "client_assertion").empty()) method = "private_key_jwt";
  demand(yoke::holds(settings.token_methods, method), "token: proof by " + method);
  const bool document = settings.takes_documents && id.starts_with("https://");
  if (forgets_clients || (!document && !clients_.contains(id))) return {};
  if (!document && method != "private_key_jwt" && clients_[id] != secret) return {};
  return id;
}

HttpReply StrictServer::tokens(const Grant& grant) {
  const std::string access = "access-" + std::to_string(++number_);
  live.insert(access);
  token_scopes_[access] = grant.scope == settings.withheld_scope ? "" : grant.scope;
  Json reply{
      {"access_token", access}, {"token_type", "Bearer"}, {"expires_in", settings.life_seconds}};
  if (!grant.scope.empty()) reply["scope"] = grant.scope;
  if (settings.refresh_tokens && !grant.challenge.empty()) {
    const std::string refresh = "refresh-" + std::to_string(++number_);
    refresh_[refresh] = grant;
    reply["refresh_token"] = refresh;
  }
  return strict_json(200, reply);
}

HttpReply StrictServer::code_grant(const Pairs& form, const std::string& client) {
  const std::string code = pair_at(form, "code");
  if (used_codes_.contains(code)) {
    live.clear();
    return oauth_error(400, "invalid_grant");
  }
  if (!codes_.contains(code)) return oauth_error(400, "invalid_grant");
  const Grant grant = codes_[code];
  used_codes_.insert(code);
  demand(grant.client == client, "token: a code of another client");
  demand(grant.redirect_uri == pair_at(form, "redirect_uri"), "token: another redirect_uri");
  demand(grant.resource == pair_at(form, "resource"), "token: another resource");
  const bool proven = s256_challenge(pair_at(form, "code_verifier")) == grant.challenge;
  demand(proven, "token: the verifier does not fit its challenge");
  return proven ? tokens(grant) : oauth_error(400, "invalid_grant");
}

HttpReply StrictServer::refresh_grant(const Pairs& form, const std::string& client) {
  const std::string token = pair_at(form, "refresh_token");
  if (used_refresh_.contains(token)) {
    problems.push_back("token: a refresh token was used twice");
    live.clear();
    refresh_.clear();
  }
  const auto found = refresh_.find(token);
  if (found == refresh_.end()) return oauth_error(400, "invalid_grant");
  const Grant grant = found->second;
  demand(grant.client == client, "token: a refresh token of another client");
  demand(grant.resource == pair_at(form, "resource"), "token: another resource at a renewal");
  if (settings.rotates) {
    refresh_.erase(found);
    used_refresh_.insert(token);
  }
  return tokens(grant);
}

HttpReply StrictServer::token(const HttpRequest& request) {
  const Pairs form = strict_pairs(request.body);
  const std::string kind = pair_at(form, "grant_type");
  log.push_back("token " + kind);
  if (down) return oauth_error(503, "temporarily_unavailable");
  const std::string client = proven_client(request, form);
  if (client.empty()) return oauth_error(401, "invalid_client");
  if (kind == "authorization_code") return code_grant(form, client);
  if (kind == "refresh_token") return refresh_grant(form, client);
  if (kind != "client_credentials") return oauth_error(400, "unsupported_grant_type");
  Grant grant;
  grant.client = client;
  grant.scope = pair_at(form, "scope");
  return tokens(grant);
}

HttpReply StrictServer::revoke(const HttpRequest& request) {
  const Pairs form = strict_pairs(request.body);
  log.push_back("revoke " + pair_at(form, "token_type_hint"));
  if (proven_client(request, form).empty()) return oauth_error(401, "invalid_client");
  live.erase(pair_at(form, "token"));
  refresh_.erase(pair_at(form, "token"));
  return HttpReply{};
}

}  // namespace yoke::testing
