#include "tools/openapi/reply.h"

#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

const std::string kText =
    "openapi: 3.0.0\nservers: [{url: 'https://api.example.com/v1'}]\npaths:\n  /a:\n    get:\n"
    "      operationId: a\n      responses:\n"
    "        2XX: {description: fine, content: {application/json: {}}}\n"
    "        '404': {description: No such thing.}\n        default: {description: d}\n";

Answer answer_to(int status, std::string content_type, std::string body) {
  Reply reply;
  reply.status = status;
  if (!content_type.empty()) reply.headers.add("Content-Type", std::move(content_type));
  reply.body = std::move(body);
  return read_reply(operation_of(kText), reply);
}

}  // namespace

TEST_CASE("a reply becomes a value by its content type") {
  CHECK(answer_to(200, "application/json; charset=utf-8", R"({"a":1})").value == Json({{"a", 1}}));
  CHECK(answer_to(201, "application/problem+json", "[1]").value == Json({1}));
  CHECK(answer_to(200, "", "[2]").value == Json({2}));  // what the document promises
  CHECK(answer_to(200, "text/html", "<p>").value == "<p>");
  CHECK(answer_to(200, "text/plain", "a\xff").value == "a\uFFFD");
  CHECK(answer_to(200, "image/png", std::string("\x89P", 2)).value ==
        Json({{"content_type", "image/png"}, {"base64", "iVA="}}));
  const Answer empty = answer_to(204, "", "");
  CHECK(empty.ok);
  CHECK(empty.value.is_null());
}

TEST_CASE("a failure tells the status and what the service says of it") {
  const Answer json = answer_to(
      400, "application/json", R"({"error":{"code":"x","message":"bad\nname"},"message":"outer"})");
  CHECK_FALSE(json.ok);
  CHECK(json.message == "the service answered 400: bad name");
  CHECK(json.value["error"]["code"] == "x");
  CHECK(answer_to(401, "application/json", R"({"error":"invalid_token"})").message ==
        "the service answered 401: invalid_token");
  CHECK(answer_to(422, "application/json", R"({"errors":[{"message":"too short"}]})").message ==
        "the service answered 422: too short");
  CHECK(answer_to(404, "", "").message == "the service answered 404: No such thing.");
  CHECK(answer_to(500, "text/plain", "\x1b[31mdown").message.find('\x1b') == std::string::npos);
  CHECK(answer_to(500, "", "").message == "the service answered 500");
}

TEST_CASE("JSON that is none, or is out of bounds, is a failure") {
  const Answer broken = answer_to(200, "application/json", "{");
  CHECK_FALSE(broken.ok);
  CHECK(broken.message.find("its reply is no JSON that can be read") != std::string::npos);
  CHECK_FALSE(answer_to(200, "application/json", std::string(100, '[') + std::string(100, ']')).ok);
}

TEST_CASE("a redirect is a failure that names where it leads, without its query") {
  Reply reply;
  reply.status = 302;
  reply.headers.add("Location", "https://else.example/x?token=secret");
  const Answer answer = read_reply(operation_of(kText), reply);
  CHECK(answer.message ==
        "the service answered 302: it redirects to 'https://else.example/x?…', which is not "
        "followed");
}

}  // namespace yoke::openapi
