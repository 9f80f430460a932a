#include "tools/openapi/security.h"

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

namespace yoke::openapi {
namespace {

// Swagger's names of the flows, in OpenAPI's.
std::string flow_kind(const std::string& kind) {
  if (kind == "accessCode") return "authorizationCode";
  if (kind == "application") return "clientCredentials";
  return kind;
}

OauthFlow read_flow(const std::string& kind, const Json& value) {
  OauthFlow flow;
  flow.kind = flow_kind(kind);
  flow.authorization_url = string_at(value, "authorizationUrl");
  flow.token_url = string_at(value, "tokenUrl");
  flow.refresh_url = string_at(value, "refreshUrl");
  const Json& scopes = member_at(value, "scopes");
  for (const auto& item : scopes.items()) {
    if (!scopes.is_object()) break;
    flow.scopes.emplace_back(item.key(),
                             item.value().is_string() ? item.value().get<std::string>() : "");
  }
  return flow;
}

std::string read_kind(const Json& value, SecurityScheme& scheme) {
  const std::string type = string_at(value, "type");
  if (type == "apiKey") {
    scheme.kind = SecurityScheme::Kind::api_key;
    scheme.where = string_at(value, "in");
    scheme.parameter = string_at(value, "name");
    const bool is_place =
        scheme.where == "header" || scheme.where == "query" || scheme.where == "cookie";
    return is_place && !scheme.parameter.empty() ? "" : "an apiKey says 'in' and 'name'";
  }
  if (type == "http" || type == "basic") {
    scheme.kind = SecurityScheme::Kind::http;
    scheme.scheme = type == "basic" ? "basic" : to_lower(string_at(value, "scheme"));
    return scheme.scheme.empty() ? "it does not say its 'scheme'" : "";
  }
  if (type == "oauth2") {
    scheme.kind = SecurityScheme::Kind::oauth2;
    const Json& flows = member_at(value, "flows");
    for (const auto& item : flows.items()) {
      if (flows.is_object() && item.value().is_object()) {
        scheme.flows.push_back(read_flow(item.key(), item.value()));
      }
    }
    const std::string flow = string_at(value, "flow");
    if (!flow.empty()) scheme.flows.push_back(read_flow(flow, value));
    return scheme.flows.empty() ? "it has no flow" : "";
  }
  if (type == "openIdConnect") {
    scheme.kind = SecurityScheme::Kind::open_id_connect;
    scheme.open_id_url = string_at(value, "openIdConnectUrl");
    return scheme.open_id_url.empty() ? "it has no openIdConnectUrl" : "";
  }
  if (type == "mutualTLS") {
    scheme.kind = SecurityScheme::Kind::mutual_tls;
    return "";
  }
  return "'" + shorten(printable(type), 40) + "' is no type of a security scheme";
}

}  // namespace

std::vector<SecurityScheme> read_schemes(Lookup& lookup, const std::string& pointer,
                                         FindingList& findings) {
  std::vector<SecurityScheme> schemes;
  const Result<Found> all = lookup.at(pointer);
  if (!all) {
    if (all.error().code != Errc::not_found) {
      findings.add(Finding::Kind::left_out, pointer, all.error().detail);
    }
    return schemes;
  }
  for (const auto& item : all->value->items()) {
    if (!all->value->is_object()) break;
    const Result<Found> found = lookup.follow(member_of(*all, item.key()));
    if (!found) {
      findings.add(Finding::Kind::left_out, found.error().place, found.error().detail);
      continue;
    }
    SecurityScheme scheme;
    scheme.name = item.key();
    scheme.description = string_at(*found->value, "description");
    const std::string wrong = read_kind(*found->value, scheme);
    if (wrong.empty()) {
      schemes.push_back(std::move(scheme));
    } else {
      findings.add(Finding::Kind::left_out, member_of(*all, item.key()).pointer, wrong);
    }
  }
  return schemes;
}

}  // namespace yoke::openapi
