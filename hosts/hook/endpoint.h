#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hosts/hook/principal.h"
#include "hosts/hook/reply.h"
#include "runtime/base/json.h"
#include "runtime/http/server.h"

namespace yoke {

// One request to an endpoint: who asks is known and may, its path is taken apart.
struct HookCall {
  HttpRequest request;  // `body` as the bytes that came
  Principal who;
  std::string id;                                          // in X-Request-Id, logs and traces
  std::vector<std::string> args;                           // of the path's {…}, decoded, in order
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order

  // The first of that name; none when it is not there.
  std::optional<std::string> asked(std::string_view name) const;
};

// Something that the hook answers.
struct Endpoint {
  std::string method;
  std::string path;  // "/v1/runs/{id}/events": {…} takes one segment, "{id...}" the rest
  std::optional<Scope> scope;  // none: anybody who can reach it; it checks who asks by itself
  ErrorShape errors = ErrorShape::native;
  // An OpenAPI 3.1 operation (summary, parameters, requestBody, responses …); null: of somebody
  // else's specification, not described.
  Json doc = nullptr;
  // Called on the loop, for many requests at once. An exception is answered with 500 and logged.
  std::function<awaitable<HttpReply>(HookCall call)> answer = {};
  // With this scope instead of `scope` they get in, too: then the endpoint checks which it takes.
  std::optional<Scope> or_scope = {};
};
using Endpoints = std::vector<Endpoint>;

// A request's target, taken apart and decoded.
struct RequestTarget {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};
// Errors: invalid ('%' without two digits, no path, no UTF-8).
Result<RequestTarget> parse_target(std::string_view target);

// What the {…} of an endpoint's path stand for; none when the segments are not of that path.
std::optional<std::vector<std::string>> match_path(std::string_view path,
                                                   const std::vector<std::string>& segments);

// The body as JSON. Errors: invalid, with the place; unsupported for another content type.
Result<Json> json_body(const HttpRequest& request);

}  // namespace yoke
