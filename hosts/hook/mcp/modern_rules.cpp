#include "hosts/hook/mcp/modern_rules.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "tools/mcp/wire/capabilities.h"
#include "tools/mcp/wire/header_value.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::array<std::string_view, 13> kMethods = {"server/discover",
                                                       "tools/list",
                                                       "tools/call",
                                                       "prompts/list",
                                                       "prompts/get",
                                                       "resources/list",
                                                       "resources/templates/list",
                                                       "resources/read",
                                                       "completion/complete",
                                                       "subscriptions/listen",
                                                       "tasks/get",
                                                       "tasks/update",
                                                       "tasks/cancel"};

mcp::RpcError mismatch(std::string_view header, const std::string& why) {
  return mcp::RpcError{mcp::code::kHeaderMismatch, "the header " + std::string(header) + " " + why};
}

// None: it says what the body says.
std::optional<mcp::RpcError> check_header(const HttpHeaders& headers, std::string_view name,
                                          const std::string& in_body) {
  const std::string* sent = headers.find(name);
  if (sent == nullptr) return mismatch(name, "is missing");
  const std::optional<std::string> value = mcp::from_header_value(*sent);
  if (value && *value == in_body) return std::nullopt;
  return mismatch(name, "does not say what the body says");
}

std::string said_version(const Request& request) {
  const Json& version = meta_of(request, mcp::meta::kProtocolVersion);
  return version.is_string() ? version.get<std::string>() : std::string();
}

std::optional<mcp::RpcError> check_headers(const Request& request, const HttpHeaders& headers) {
  std::optional<mcp::RpcError> wrong =
      check_header(headers, mcp::header::kProtocolVersion, said_version(request));
  if (!wrong) wrong = check_header(headers, mcp::header::kMethod, request.method);
  return wrong;
}

// "https://host" as the client knows this server.
std::string origin_of(const HttpRequest& request) {
  const std::string_view host = request.headers.get("Host");
  const bool proxied = request.headers.get("X-Forwarded-Proto") == "https";
  return (request.peer.tls || proxied ? "https://" : "http://") + std::string(host);
}

bool is_plain_host(std::string_view host) {
  return !host.empty() && host.find_first_of("\"\\ ,;/") == std::string_view::npos;
}

}  // namespace

bool is_method(std::string_view method) {
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

std::optional<mcp::RpcError> read_modern(Request& request) {
  const mcp::MetaRead read = mcp::request_meta_of(request.params);
  if (read.error) return read.error;
  Client& client = request.client;
  client.era = mcp::Era::modern;
  client.version = read.meta.version;
  client.capabilities = meta_of(request, mcp::meta::kClientCapabilities);
  client.info = meta_of(request, mcp::meta::kClientInfo);
  client.log_level = read.meta.log_level;
  if (!is_method(request.method)) return no_such_method(request.method);
  return std::nullopt;
}

std::optional<mcp::RpcError> read_modern(Request& request, const HttpHeaders& headers) {
  const mcp::MetaRead read = mcp::request_meta_of(request.params);
  if (read.error && read.error->code == mcp::code::kInvalidParams) return read.error;
  std::optional<mcp::RpcError> wrong = check_headers(request, headers);
  if (!wrong) wrong = read_modern(request);
  if (wrong) return wrong;
  const std::optional<std::string> name = mcp::name_header_of(request.method, request.params);
  return name ? check_header(headers, mcp::header::kName, *name) : std::nullopt;
}

HttpReply resource_metadata(const Config& config, const HttpRequest& request) {
  if (!config.serve.oidc) {
    return problem({404, "not found", "no tokens are taken here: [serve.oidc] is not set up"});
  }
  Json scopes = Json::array();
  for (int i = 0; i < kScopes; ++i) scopes.push_back(name_of(static_cast<Scope>(i)));
  return json_reply(200, Json{{"resource", origin_of(request) + "/mcp"},
                              {"authorization_servers", Json::array({config.serve.oidc->issuer})},
                              {"scopes_supported", std::move(scopes)},
                              {"bearer_methods_supported", Json::array({"header"})},
                              {"resource_name", "Yoke"}});
}

void tell_how_to_sign_in(const Config& config, Refusal& refusal, const HttpRequest& request) {
  const bool about_tokens = refusal.status == 401 || refusal.status == 403;
  if (!config.serve.oidc || !about_tokens) return;
  if (!is_plain_host(request.headers.get("Host"))) return;
  const std::string where = origin_of(request) + "/.well-known/oauth-protected-resource/mcp";
  std::string value = "Bearer resource_metadata=\"" + where + "\"";
  if (refusal.status == 403) value += ", error=\"insufficient_scope\", scope=\"run\"";
  refusal.headers.add("WWW-Authenticate", value);
}

}  // namespace yoke::mcp_hook
