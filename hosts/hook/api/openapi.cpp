#include "hosts/hook/api/openapi.h"

#include <algorithm>

#include "hosts/app/version.h"
#include "hosts/hook/api/operation.h"

namespace yoke {
namespace {

// The {…} of a path that the operation says nothing of.
void add_arguments(const std::string& path, Json& operation) {
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
    const std::string name = path.substr(at + 1, path.find('}', at) - at - 1);
    const Json& known = member_at(operation, "parameters");
    const bool told = std::any_of(known.begin(), known.end(), [&](const Json& parameter) {
      return string_at(parameter, "in") == "path" && string_at(parameter, "name") == name;
    });
    if (told) continue;
    operation["parameters"].push_back(Json{
        {"name", name}, {"in", "path"}, {"required", true}, {"schema", Json{{"type", "string"}}}});
  }
}

std::string method_key(std::string method) {
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return method;
}

// What comes of any request, whatever else its operation says of that status.
void add_problems(Json& operation, std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    Json& response = operation["responses"][std::to_string(status)];
    if (response.is_null()) {
      response["$ref"] = "#/components/responses/" + problem_response(status);
    } else if (!response.contains("$ref")) {
      response["content"]["application/problem+json"]["schema"] = schema_ref("Problem");
    }
  }
}

Json operation_of(const Endpoint& endpoint) {
  Json operation = endpoint.doc;
  add_arguments(endpoint.path, operation);
  operation["security"] = Json::array();
  add_problems(operation, {500, 503});
  if (operation.contains("requestBody")) add_problems(operation, {413});
  if (!endpoint.scope) return operation;
  add_problems(operation, {401, 403, 429});
  const Json scopes = Json::array({name_of(*endpoint.scope)});
  for (const char* scheme : {"key", "token"}) {
    operation["security"].push_back(Json{{scheme, scopes}});
  }
  return operation;
}

Json tags_of(const Json& paths) {
  std::vector<std::string> names;
  for (const Json& path : paths) {
    for (const Json& operation : path) {
      for (const Json& tag : member_at(operation, "tags")) {
        const bool known = std::find(names.begin(), names.end(), tag) != names.end();
        if (!known) names.push_back(tag.get<std::string>());
      }
    }
  }
  Json tags = Json::array();
  for (const std::string& name : names) tags.push_back(Json{{"name", name}});
  return tags;
}

}  // namespace

Json openapi_document(const Endpoints& endpoints, ApiPlace place) {
  Json document{{"openapi", "3.1.0"},
                {"info",
                 {{"title", "Yoke"},
                  {"version", YOKE_VERSION},
                  {"summary", "Agents that other programs can reach."},
                  {"description",
                   "Errors are problem documents (RFC 9457). Each answer has an X-Request-Id."}}},
                {"servers", Json::array({Json{{"url", "/"}}})},
                {"paths", Json::object()},
                {"components", api_components(place)}};
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.doc.is_null()) continue;
    document["paths"][endpoint.path][method_key(endpoint.method)] = operation_of(endpoint);
  }
  document["tags"] = tags_of(document["paths"]);
  document["components"]["securitySchemes"] = {
      {"key",
       {{"type", "http"},
        {"scheme", "bearer"},
        {"description", "A key made by `yoke keys create`; its scopes are the roles named."}}},
      {"token",
       {{"type", "http"},
        {"scheme", "bearer"},
        {"bearerFormat", "JWT"},
        {"description", "A token of the OpenID Connect issuer that the operator names."}}}};
  return document;
}

}  // namespace yoke
