#include "hosts/hook/dispatcher.h"

#include <algorithm>
#include <set>

#include "hosts/hook/keys/credential.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/fair_turns.h"

namespace yoke {
namespace {

constexpr std::size_t kRequestIdMax = 64;

// A client's own name for its request is kept when it can stand in a log as it is.
bool is_request_id(std::string_view text) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kRequestIdMax &&
         std::all_of(text.begin(), text.end(), fine);
}

// The more of a path is spelled out, the better it fits.
std::size_t arguments_of(const Endpoint& endpoint) {
  return static_cast<std::size_t>(std::count(endpoint.path.begin(), endpoint.path.end(), '{'));
}

// Of a path that is none: as the clients of those beside it expect, "/v1/responses/…".
ErrorShape shape_beside(const Endpoints& endpoints, const std::vector<std::string>& segments) {
  if (segments.size() < 2) return ErrorShape::native;
  const std::string first = "/" + segments[0] + "/" + segments[1];
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.path == first || endpoint.path.starts_with(first + "/")) return endpoint.errors;
  }
  return ErrorShape::native;
}

Refusal nothing_there(const HttpRequest& request) {
  const std::string path = request.url.substr(0, request.url.find('?'));
  return {404, "not found",
          "there is no " + request.method + " " + printable(path) +
              " here; /openapi.json says what there is"};
}

Refusal out_of_scope(const Principal& who, Scope scope) {
  return {403, "denied",
          who.name + " may not do this: it takes the scope '" + std::string(name_of(scope)) + "'"};
}

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& fault) {
    return fault.what();
  } catch (...) {
    return "an exception of no known kind";
  }
}

}  // namespace

struct Dispatcher::Match {
  const Endpoint* endpoint = nullptr;
  std::vector<std::string> args = {};
  std::set<std::string> methods = {};  // of the same path
  ErrorShape errors = ErrorShape::native;
};

struct Dispatcher::Progress {
  std::string id;
  Deadline begun;
  std::string endpoint = {};
  ErrorShape errors = ErrorShape::native;
  std::optional<Principal> who = {};
  std::string fault = {};
};

Dispatcher::Dispatcher(Endpoints endpoints, Services services, OnDone on_done, OnRefused on_refused)
    : endpoints_(std::move(endpoints)),
      services_(services),
      on_done_(std::move(on_done)),
      on_refused_(std::move(on_refused)) {}

HttpReply Dispatcher::turn_away(const Endpoint& endpoint, Refusal refusal,
                                const HttpRequest& request) const {
  if (on_refused_) on_refused_(endpoint.path, refusal, request);
  return refuse(endpoint.errors, refusal);
}

Dispatcher::Match Dispatcher::find(const std::string& method,
                                   const std::vector<std::string>& segments) const {
  Match best;
  for (const Endpoint& endpoint : endpoints_) {
    std::optional<std::vector<std::string>> args = match_path(endpoint.path, segments);
    if (!args) continue;
    if (best.methods.empty()) best.errors = endpoint.errors;
    best.methods.insert(endpoint.method);
    const bool serves = endpoint.method == method || (method == "HEAD" && endpoint.method == "GET");
    if (!serves) continue;
    if (best.endpoint && arguments_of(*best.endpoint) <= arguments_of(endpoint)) continue;
    best.endpoint = &endpoint;
    best.errors = endpoint.errors;
    best.args = std::move(*args);
  }
  if (best.methods.empty()) best.errors = shape_beside(endpoints_, segments);
  return best;
}

Dispatcher::Progress Dispatcher::begin(const HttpRequest& request) const {
  Progress progress;
  progress.begun = LoopClock::now();
  const std::string_view given = request.headers.get("X-Request-Id");
  progress.id =
      is_request_id(given) ? std::string(given) : make_ulid(services_.wall.now(), services_.random);
  return progress;
}

HttpReply Dispatcher::refuse_unread(const HttpRequest& seen, const Refusal& refusal) const {
  Progress progress = begin(seen);
  const Result<RequestTarget> target = parse_target(seen.url.substr(0, seen.url.find('?')));
  if (target) {
    const Match match = find(seen.method, target->segments);
    progress.errors = match.errors;
    if (match.endpoint) progress.endpoint = match.endpoint->path;
  }
  HttpReply reply = refuse(progress.errors, refusal);
  HttpRequest told = seen;
  forget_credentials(told);
  finish(told, progress, reply);
  return reply;
}

awaitable<HttpReply> Dispatcher::answer(HttpRequest request) {
  Progress progress = begin(request);
  HttpRequest seen;  // what is left to tell of it, once it is handed on
  seen.method = request.method;
  seen.url = request.url;
  seen.headers = request.headers;
  seen.peer = request.peer;
  forget_credentials(seen);
  HttpReply reply = co_await reply_to(std::move(request), progress);
  finish(seen, progress, reply);
  co_return reply;
}

awaitable<HttpReply> Dispatcher::reply_to(HttpRequest request, Progress& progress) {
  Result<RequestTarget> target = parse_target(request.url);
  if (!target) co_return problem({400, "bad request", target.error().message()});
  Match match = find(request.method, target->segments);
  progress.errors = match.errors;
  if (match.endpoint) progress.endpoint = match.endpoint->path;
  const std::optional<Refusal> stranger = services_.gate.check_site(request);
  if (stranger) co_return refuse(progress.errors, *stranger);
  if (request.method == "OPTIONS" && !match.methods.empty()) {
    HttpReply reply;
    reply.status = 204;
    co_return reply;
  }
  if (!match.endpoint && match.methods.empty()) {
    co_return refuse(progress.errors, nothing_there(request));
  }
  if (!match.endpoint) {
    const std::vector<std::string> methods(match.methods.begin(), match.methods.end());
    const Refusal refusal{405, "method not allowed",
                          request.method + " is not served here, " + join(methods, ", ") +
                              (methods.size() == 1 ? " is" : " are")};
    HttpReply reply = refuse(progress.errors, refusal);
    reply.headers.add("Allow", join(methods, ", "));
    co_return reply;
  }
  HookCall call;
  call.id = progress.id;
  call.args = std::move(match.args);
  call.query = std::move(target->query);
  call.request = std::move(request);
  co_return co_await this->call(*match.endpoint, std::move(call), progress);
}

awaitable<HttpReply> Dispatcher::call(const Endpoint& endpoint, HookCall call, Progress& progress) {
  if (endpoint.scope) {
    Gatekeeper::Admission admission = co_await services_.gate.admit(call.request);
    if (auto* refusal = std::get_if<Refusal>(&admission)) {
      co_return turn_away(endpoint, std::move(*refusal), call.request);
    }
    call.who = std::get<Principal>(std::move(admission));
    progress.who = call.who;
    const Scopes& has = call.who.scopes;
    const bool by_other = endpoint.or_scope && has.has(*endpoint.or_scope);
    if (!has.has(*endpoint.scope) && !by_other) {
      Refusal refusal = out_of_scope(call.who, *endpoint.scope);
      co_return turn_away(endpoint, std::move(refusal), call.request);
    }
  }
  // What is done for this connection waits in its tenant's line from here on.
  const auto here = co_await asio::this_coro::executor;
  if (endpoint.scope) move_seat(here, call.who.tenant);
  std::exception_ptr failure;
  HttpReply reply;
  try {
    auto answering = endpoint.answer(std::move(call));
    reply = co_await std::move(answering);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return reply;
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  progress.fault = text_of(failure);
  co_return refuse(
      endpoint.errors,
      {500, "failed", "the request failed here; the log says more under " + progress.id});
}

void Dispatcher::finish(const HttpRequest& request, const Progress& progress,
                        HttpReply& reply) const {
  reply.headers.set("X-Request-Id", progress.id);
  if (progress.errors == ErrorShape::anthropic) reply.headers.set("request-id", progress.id);
  reply.headers.set("X-Content-Type-Options", "nosniff");
  if (!reply.headers.has("Cache-Control")) reply.headers.set("Cache-Control", "no-store");
  for (const auto& [name, value] : services_.gate.cors_headers(request)) {
    reply.headers.add(name, value);
  }
  const Principal* who = progress.who ? &*progress.who : nullptr;
  if (who != nullptr && who->rate) add_rate_headers(reply.headers, *who->rate);
  if (!on_done_) return;
  on_done_(Done{request, progress.id, progress.endpoint, who, reply.status,
                LoopClock::now() - progress.begun, progress.fault});
}

}  // namespace yoke
