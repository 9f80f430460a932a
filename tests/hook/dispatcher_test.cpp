#include <catch2/catch.hpp>

#include "hosts/hook/turned_away.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {
namespace {

Endpoint endpoint(const std::string& method, const std::string& path, std::optional<Scope> scope,
                  ErrorShape errors = ErrorShape::native) {
  Endpoint made;
  made.method = method;
  made.path = path;
  made.scope = scope;
  made.errors = errors;
  made.answer = [path](HookCall call) -> awaitable<HttpReply> {
    if (call.asked("break")) throw Fault("the disk burns, key=secret");
    Json body{{"path", path}, {"args", call.args}, {"who", call.who.name}, {"id", call.id}};
    co_return json_reply(200, body);
  };
  return made;
}

void add_some(Endpoints& endpoints, const HookServices&) {
  endpoints.push_back(endpoint("GET", "/open", std::nullopt));
  endpoints.push_back(endpoint("GET", "/v1/things/{id}", Scope::read));
  endpoints.push_back(endpoint("POST", "/v1/things/{id}", Scope::run));
  endpoints.push_back(endpoint("GET", "/v1/things/newest", Scope::read));
  endpoints.push_back(endpoint("POST", "/v1/chat", Scope::models, ErrorShape::openai));
  endpoints.push_back(endpoint("POST", "/v1/messages", Scope::models, ErrorShape::anthropic));
}

}  // namespace

TEST_CASE("a request reaches the endpoint whose path spells out most of it") {
  HookWorld world(add_some);
  const Json thing = json_of(world.ask("GET", "/v1/things/a%20b?x=1"));
  CHECK(string_at(thing, "path") == "/v1/things/{id}");
  CHECK(thing["args"] == Json::array({"a b"}));
  CHECK(string_at(json_of(world.ask("GET", "/v1/things/newest")), "path") == "/v1/things/newest");
}

TEST_CASE("what is not there is said to be not there, and what is served otherwise how") {
  HookWorld world(add_some);
  const HttpResponse none = world.ask("GET", "/v1/nothing");
  CHECK(none.status == 404);
  CHECK(none.headers.get("Content-Type") == "application/problem+json");
  const HttpResponse other = world.ask("DELETE", "/v1/things/1");
  CHECK(other.status == 405);
  CHECK(other.headers.get("Allow") == "GET, POST");
}

TEST_CASE("HEAD is answered as GET is, without its body") {
  HookWorld world(add_some);
  const HttpResponse head = world.ask("HEAD", "/v1/things/1");
  CHECK(head.status == 200);
  CHECK(head.body.empty());
}

TEST_CASE("nobody is let in whom the gate refuses, save where nothing is asked") {
  HookWorld world(add_some);
  world.gate.refusal = Refusal{401, "unauthorized", "no key"};
  const HttpResponse refused = world.ask("GET", "/v1/things/1");
  CHECK(refused.status == 401);
  CHECK(refused.headers.has("WWW-Authenticate"));
  CHECK(world.ask("GET", "/open").status == 200);
}

TEST_CASE("a scope that is lacking is named") {
  HookWorld world(add_some);
  world.gate.who.scopes = Scopes();
  world.gate.who.scopes.add(Scope::read);
  CHECK(world.ask("GET", "/v1/things/1").status == 200);
  const HttpResponse refused = world.ask("POST", "/v1/things/1", Json::object());
  CHECK(refused.status == 403);
  CHECK(refused.body.find("'run'") != std::string::npos);
}

TEST_CASE("each refusal has a code for machines, whether it has one of its own or not") {
  HookWorld world(add_some);
  CHECK(json_of(world.ask("GET", "/nowhere"))["code"] == "not_found");
  CHECK(json_of(world.ask("PATCH", "/open"))["code"] == "method_not_allowed");
  CHECK(json_of(world.ask("GET", "/open?break"))["code"] == "failed");
  world.gate.refusal = Refusal{401, "unauthorized", "no key"};
  CHECK(json_of(world.ask("GET", "/v1/things/1"))["code"] == "not_known");
  world.gate.refusal = Refusal{403, "denied", "not you", "group.missing"};
  CHECK(json_of(world.ask("GET", "/v1/things/1"))["code"] == "group.missing");
}

TEST_CASE("errors look as the clients of their wire expect") {
  HookWorld world(add_some);
  world.gate.refusal = Refusal{429,          "too many", "too many requests",
                               "rate_limit", "",         std::chrono::milliseconds(1500)};
  const HttpResponse openai = world.ask("POST", "/v1/chat", Json::object());
  CHECK(openai.status == 429);
  CHECK(openai.headers.get("Retry-After") == "2");
  CHECK(json_of(openai)["error"]["type"] == "rate_limit_error");
  CHECK(json_of(openai)["error"]["code"] == "rate_limit");
  const HttpResponse anthropic = world.ask("POST", "/v1/messages", Json::object());
  CHECK(json_of(anthropic)["type"] == "error");
  CHECK(json_of(anthropic)["error"]["type"] == "rate_limit_error");
  CHECK(anthropic.headers.has("request-id"));
}

TEST_CASE("an endpoint that fails says nothing of why, but under which name the log does") {
  HookWorld world(add_some);
  HttpRequest request;
  request.url = world.url("/open?break");
  request.headers.set("X-Request-Id", "my-request.1");
  const HttpResponse failed = world.ask(std::move(request));
  CHECK(failed.status == 500);
  CHECK(failed.body.find("secret") == std::string::npos);
  CHECK(failed.body.find("my-request.1") != std::string::npos);
  CHECK(failed.headers.get("X-Request-Id") == "my-request.1");
}

TEST_CASE("a request's own name is kept only when it can stand in a log") {
  HookWorld world(add_some);
  HttpRequest request;
  request.url = world.url("/open");
  request.headers.set("X-Request-Id", "two words\"");
  const HttpResponse reply = world.ask(std::move(request));
  CHECK(is_ulid(reply.headers.get("X-Request-Id")));
  CHECK(reply.headers.get("X-Content-Type-Options") == "nosniff");
  CHECK(reply.headers.get("Cache-Control") == "no-store");
}

TEST_CASE("what the server turns away unread looks as the clients of its path expect") {
  Endpoints endpoints;
  HookWorld world(add_some);
  add_some(endpoints, world.services());
  SystemRandom random;
  std::vector<std::string> told;
  const Dispatcher dispatcher(
      std::move(endpoints), {world.gate, world.wall, random}, [&](const Dispatcher::Done& done) {
        told.push_back(done.endpoint + " " + std::to_string(done.status) + " " + done.id);
        CHECK_FALSE(done.request.headers.has("Authorization"));
      });
  HttpServerOptions limits;
  limits.body_bytes_max = 3 * 1024 * 1024;
  HttpRefused refused;
  refused.why = HttpRefusal::large_body;
  refused.status = 413;
  refused.detail = "The request's body is too large.";
  refused.seen.method = "POST";
  refused.seen.headers.set("X-Request-Id", "mine");
  refused.seen.headers.set("Authorization", "Bearer x");
  const auto ask = [&](const std::string& target) {
    refused.seen.url = target;
    const Refusal refusal = turned_away(refused, limits, LimitsOf::settings);
    HttpReply reply = dispatcher.refuse_unread(refused.seen, refusal);
    CHECK(reply.status == 413);
    CHECK(reply.headers.get("X-Request-Id") == "mine");
    return parse_json(reply.body).value();
  };
  const std::string words =
      "The request's body is too large. Here at most 3 MiB of one request are taken: [serve] body "
      "in yoke.toml.";
  CHECK(ask("/v1/chat?x=%") == Json{{"error",
                                     {{"message", words},
                                      {"type", "invalid_request_error"},
                                      {"param", nullptr},
                                      {"code", "large_body"}}}});
  const Json claude{{"type", "request_too_large"}, {"message", words}};
  CHECK(ask("/v1/messages") == Json{{"type", "error"}, {"error", claude}});
  for (const char* other : {"/v1/things/1", "/nowhere", "", "/%"}) {
    const Json problem = ask(other);
    CHECK(problem["code"] == "large_body");
    CHECK(problem["detail"] == words);
  }
  CHECK(told.front() == "/v1/chat 413 mine");
  CHECK(told.back() == " 413 mine");
}

TEST_CASE("a limit that no setting moves is told without one") {
  HttpServerOptions limits;
  HttpRefused refused;
  refused.why = HttpRefusal::large_head;
  refused.status = 431;
  refused.detail = "The request's head is too large.";
  CHECK(turned_away(refused, limits, LimitsOf::settings).detail ==
        "The request's head is too large. Here at most 64 KiB and 100 fields are taken.");
  refused.why = HttpRefusal::full_for_peer;
  refused.retry_after = std::chrono::seconds(5);
  CHECK(turned_away(refused, limits, LimitsOf::settings)
            .detail.ends_with("at most 512 of one client are served at once: [serve] "
                              "connections_per_client in yoke.toml."));
  CHECK(turned_away(refused, limits, LimitsOf::program).detail.ends_with("are served at once."));
  CHECK(turned_away(refused, limits, LimitsOf::program).retry_after == refused.retry_after);
  refused.why = HttpRefusal::slow_head;
  CHECK(turned_away(refused, limits, LimitsOf::settings).detail == refused.detail);
}

TEST_CASE("a method that is not served is refused as the clients of the path expect") {
  HookWorld world(add_some);
  const HttpResponse chat = world.ask("GET", "/v1/chat");
  CHECK(chat.status == 405);
  CHECK(chat.headers.get("Allow") == "POST");
  CHECK(json_of(chat)["error"]["type"] == "invalid_request_error");
  CHECK(string_at(json_of(chat)["error"], "message").ends_with("is not served here, POST is"));
  CHECK(json_of(world.ask("GET", "/v1/messages"))["type"] == "error");
}

TEST_CASE("a path that is not there is refused as the clients of those beside it expect") {
  HookWorld world(add_some);
  const HttpResponse below = world.ask("POST", "/v1/chat/nothing");
  CHECK(below.status == 404);
  CHECK(json_of(below)["error"]["type"] == "invalid_request_error");
  CHECK(json_of(world.ask("POST", "/v1/messages/nothing"))["type"] == "error");
  CHECK(json_of(world.ask("GET", "/v1/nothing"))["title"] == "not found");
}

}  // namespace yoke::testing
