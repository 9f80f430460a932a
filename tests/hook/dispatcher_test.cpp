#include <catch2/catch.hpp>

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

}  // namespace yoke::testing
