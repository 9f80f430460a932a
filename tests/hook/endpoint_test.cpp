#include <catch2/catch.hpp>

#include "hosts/hook/endpoint.h"

namespace yoke::testing {
namespace {

using Words = std::vector<std::string>;

std::optional<Words> match(const char* path, const char* target) {
  const Result<RequestTarget> parsed = parse_target(target);
  if (!parsed) return std::nullopt;
  return match_path(path, parsed->segments);
}

}  // namespace

TEST_CASE("a path's arguments take one segment each, decoded") {
  CHECK(match("/v1/runs/{id}", "/v1/runs/01J") == Words{"01J"});
  CHECK(match("/v1/sessions/{id}/messages", "/v1/sessions/a%20%2Fb/messages") == Words{"a /b"});
  CHECK_FALSE(match("/v1/runs/{id}", "/v1/runs"));
  CHECK_FALSE(match("/v1/runs/{id}", "/v1/runs/"));
  CHECK_FALSE(match("/v1/runs/{id}", "/v1/runs/a/b"));
  CHECK_FALSE(match("/v1/runs", "/v1/runs/"));
}

TEST_CASE("a last argument may take the rest, encoded or not") {
  CHECK(match("/v1/models/{id...}", "/v1/models/openai/gpt-5") == Words{"openai/gpt-5"});
  CHECK(match("/v1/models/{id...}", "/v1/models/openai%2Fgpt-5") == Words{"openai/gpt-5"});
}

TEST_CASE("a query is taken apart and decoded, in its order") {
  const Result<RequestTarget> parsed = parse_target("/x?a=1&b=two+words&a=%26&flag");
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->query.size() == 4);
  CHECK(parsed->query[1] == std::make_pair(std::string("b"), std::string("two words")));
  CHECK(parsed->query[2].second == "&");
  CHECK(parsed->query[3] == std::make_pair(std::string("flag"), std::string()));
  HookCall call;
  call.query = parsed->query;
  CHECK(call.asked("a") == "1");
  CHECK_FALSE(call.asked("c"));
}

TEST_CASE("a target that says nothing clear is refused") {
  for (const char* target : {"", "x", "/%", "/%4", "/%zz", "/x?%", "/%ff", "*"}) {
    INFO(target);
    CHECK_FALSE(parse_target(target).has_value());
  }
}

TEST_CASE("a body must be JSON, and say so") {
  HttpRequest request;
  request.body = "{}";
  CHECK(json_body(request).error().code == Errc::unsupported);
  request.headers.set("Content-Type", "text/plain");
  CHECK(json_body(request).error().code == Errc::unsupported);
  request.headers.set("Content-Type", "application/json; charset=utf-8");
  CHECK(json_body(request).has_value());
  request.headers.set("Content-Type", "application/merge-patch+json");
  CHECK(json_body(request).has_value());
  request.body = "{";
  CHECK(json_body(request).error().code == Errc::invalid);
}

}  // namespace yoke::testing
