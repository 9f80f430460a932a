#include "tools/broker/http_module.h"

#include <algorithm>
#include <variant>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/redirect.h"
#include "tools/broker/permit_address.h"

namespace yoke {
namespace {

Error denied(std::string why) { return Error{Errc::denied, std::move(why)}; }

// What the grants that cover a host allow together.
struct Reach {
  bool covered = false;
  bool plain = false;
  bool inside = false;
};

Reach reach_of(const Permissions& permissions, const Url& url) {
  Reach reach;
  const Result<std::string> host = normal_host(url.host);
  if (!host) return reach;
  for (const HostPattern& pattern : permissions.net) {
    if (!pattern.covers(*host, url.port)) continue;
    reach.covered = true;
    reach.plain = reach.plain || pattern.plain;
    reach.inside = reach.inside || pattern.inside;
  }
  return reach;
}

InnerRequest shown_request(const ScriptRequest& request) {
  InnerRequest shown{request.function, Json::object(), effect_of_method(request.method)};
  shown.shown["method"] = request.method;
  shown.shown["scheme"] = request.url.tls ? "https" : "http";
  shown.shown["host"] = request.url.host;
  shown.shown["port"] = request.url.port;
  shown.shown["path"] = request.url.target.substr(0, request.url.target.find('?'));
  return shown;
}

// Capability and policy of one hop.
Result<Reach> permit_hop(const ScriptRequest& request, CallScope& scope) {
  const InnerRequest shown = shown_request(request);
  const Reach reach = reach_of(scope.permissions(), request.url);
  const std::string where = request.url.authority();
  if (!reach.covered) {
    return scope.refuse(shown, request.function + ": '" + where +
                                   "' is not granted (permissions.net does not list it)");
  }
  if (!request.url.tls && !reach.plain) {
    return scope.refuse(shown, request.function + ": '" + where +
                                   "' is granted over https only (\"http://" + where +
                                   "\" in permissions.net would allow this)");
  }
  if (Result<void> permitted = scope.permit(shown); !permitted) return permitted.error();
  return reach;
}

bool asks_for_redirect(const HttpResponse& response) {
  return is_redirect(response.status) && response.headers.has("location");
}

Result<ScriptRequest> next_hop(const ScriptRequest& request, const HttpResponse& response) {
  HttpRequest going;
  going.method = request.method;
  going.headers = request.headers;
  going.body = request.body;
  ScriptRequest next = request;
  const std::string location(response.headers.get("location"));
  const Result<void> followed = follow_redirect(response.status, location, going, next.url);
  if (!followed)
    return denied(request.function +
                  ": redirected to where it may not go: " + followed.error().detail);
  if (request.url.tls && !next.url.tls) {
    return denied(request.function + ": redirected from https to http, to '" +
                  next.url.authority() + "'");
  }
  next.method = std::move(going.method);
  next.headers = std::move(going.headers);
  next.body = std::move(going.body);
  return next;
}

Json headers_to_json(const HttpHeaders& headers) {
  Json out = Json::object();
  for (const auto& [name, value] : headers) {
    const std::string key = to_lower(to_valid_utf8(name));
    const std::string text = to_valid_utf8(value);
    out[key] = out.contains(key) ? Json(string_at(out, key) + ", " + text) : Json(text);
  }
  return out;
}

Json reply_to_json(HttpResponse response, const ScriptRequest& request) {
  JsonLimits limits;
  limits.text_bytes_max = HttpModule::kReplyBytesMax;
  limits.nodes_max = 100'000;
  Json out = Json::object();
  out["status"] = response.status;
  out["headers"] = headers_to_json(response.headers);
  out["url"] = request.url.text();
  out["json"] = nullptr;
  if (response.headers.get("content-type").find("json") != std::string_view::npos) {
    Result<Json> parsed = parse_json(response.body, limits);
    if (parsed) out["json"] = std::move(*parsed);
  }
  if (is_valid_utf8(response.body)) {
    out["body"] = std::move(response.body);
  } else {
    out["body"] = to_valid_utf8(response.body);
    out["body_base64"] = base64_of(response.body);
  }
  return out;
}

Error failed(const ScriptRequest& request, const HttpFailure& failure) {
  using Kind = HttpFailure::Kind;
  Errc code = Errc::unavailable;
  if (failure.kind == Kind::denied) code = Errc::denied;
  if (failure.kind == Kind::too_large) code = Errc::too_large;
  if (failure.kind == Kind::timeout) code = Errc::timed_out;
  std::string why = request.function + ": " + failure.message;
  if (code == Errc::too_large) {
    why += " (a reply has at most " + std::to_string(HttpModule::kReplyBytesMax) + " bytes)";
  }
  return Error{code, std::move(why)};
}

}  // namespace

Result<void> HttpModule::fill_in_secrets(HttpRequest& out, Url& url, CallScope& scope) const {
  for (const Withheld& power : scope.permissions().withheld) {
    if (power.host.empty() || power.host != url.host) continue;
    return denied("http: " + power.place + " withholds from this tool: " + power.words + " to " +
                  power.host);
  }
  for (const SecretUse& use : scope.permissions().secrets) {
    if (!use.host.covers(url.host, url.port)) continue;
    if (!url.tls && !is_loopback_name(url.host)) {
      return denied("the secret " + use.name + " is not sent to '" + url.host + "' without TLS");
    }
    const bool taken = use.place == SecretUse::Place::header ? out.headers.has(use.field)
                                                             : has_query(url.target, use.field);
    if (taken) {
      return denied("the host fills in '" + use.field + "' with the secret " + use.name +
                    "; the script must leave it out");
    }
    const Result<Secret> secret = secrets_.secret(use.name, scope.identity());
    if (!secret) return secret.error();
    const std::string& value = secret->reveal();
    if (value.empty() || !is_http_field_value(value)) {
      return Error{Errc::invalid, "the secret " + use.name + " is empty or has control characters"};
    }
    scope.secrets().add(use.name, value);
    if (use.place == SecretUse::Place::header) {
      out.headers.set(use.field, use.prefix + value);
    } else {
      add_query(url.target, use.field, use.prefix + value);
    }
  }
  return {};
}

Result<HttpRequest> HttpModule::plan_hop(const ScriptRequest& request, CallScope& scope) const {
  const Result<Reach> reach = permit_hop(request, scope);
  if (!reach) return reach.error();
  HttpRequest out;
  out.method = request.method;
  out.headers = request.headers;
  out.body = request.body;
  out.limits.body_bytes_max = kReplyBytesMax;
  out.permit_address = reach->inside ? permit_inside : permit_outside;
  if (!out.headers.has("user-agent")) out.headers.set("User-Agent", "yoke");
  Url url = request.url;
  if (Result<void> filled = fill_in_secrets(out, url, scope); !filled) return filled.error();
  out.url = url.text();
  return out;
}

Result<Json> HttpModule::admit(const std::string& function, const Json& args, CallScope& scope) {
  const Result<ScriptRequest> request = read_http_request(function, args);
  if (!request) return request.error();
  const Result<HttpRequest> hop = plan_hop(*request, scope);
  if (!hop) return hop.error();
  Json headers = headers_to_json(hop->headers);
  if (!request->headers.has("user-agent")) headers.erase("user-agent");
  Json seen = args;
  if (headers.empty()) return seen;
  const std::size_t options = function == "request" ? 0 : 1;
  while (seen.size() <= options) seen.push_back(Json::object());
  if (!seen[options].is_object()) seen[options] = Json::object();
  seen[options]["headers"] = std::move(headers);
  return seen;
}

awaitable<Result<Json>> HttpModule::call(std::string function, Json args, CallScope& scope) {
  Result<ScriptRequest> asked = read_http_request(function, args);
  if (!asked) co_return asked.error();
  ScriptRequest request = std::move(*asked);
  Deadline deadline = scope.deadline();
  if (request.timeout) deadline = std::min(deadline, LoopClock::now() + *request.timeout);
  std::vector<std::string> names;
  for (const SecretUse& use : scope.permissions().secrets) names.push_back(use.name);
  for (int hops = 0;; ++hops) {
    const Result<void> fetched = co_await secrets_.fetch(names, scope.identity().tenant, deadline);
    if (!fetched) co_return fetched.error();
    Result<HttpRequest> hop = plan_hop(request, scope);
    if (!hop) {
      Error refused = hop.error();
      if (hops > 0) refused.detail += " (a redirect led there)";
      co_return refused;
    }
    scope.saw(Label{});
    HttpRequest sent = std::move(*hop);
    HttpOutcome outcome = co_await client_.send(std::move(sent), deadline);
    if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
      scope.note(Json{{"error", failure->message}});
      co_return failed(request, *failure);
    }
    HttpResponse response = std::move(std::get<HttpResponse>(outcome));
    scope.note(Json{{"status", response.status}, {"bytes", response.body.size()}});
    if (!asks_for_redirect(response) || request.redirects_max == 0) {
      co_return json_result(reply_to_json(std::move(response), request));
    }
    if (hops >= request.redirects_max) {
      co_return denied(request.function + ": redirected more than " +
                       std::to_string(request.redirects_max) + " times");
    }
    Result<ScriptRequest> next = next_hop(request, response);
    if (!next) co_return next.error();
    request = std::move(*next);
  }
}

}  // namespace yoke
