#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"
#include "tools/openapi/reply.h"

namespace yoke::openapi {
namespace {

std::string with_extras(const std::string& extras, const std::string& links = "{}") {
  return "openapi: 3.0.0\nservers: [{url: 'https://api.example.com/v1'}]\npaths:\n  /items:\n"
         "    get:\n      operationId: list\n      parameters:\n"
         "        - {name: $top, in: query, schema: {type: integer}}\n"
         "        - {name: cursor, in: query, schema: {type: string}}\n" +
         extras +
         "      responses:\n        '200': {description: d, content: {application/json: "
         "{}}, links: " +
         links + "}\n";
}

Reply page(const Json& body) {
  Reply reply;
  reply.status = 200;
  reply.headers.add("Content-Type", "application/json");
  reply.body = to_text(body);
  return reply;
}

// The address of the next page; "" where there is none, the error where it is refused.
std::string next_of(const Operation& operation, const Json& arguments, const Reply& reply) {
  const Request sent = request_of(operation, arguments);
  const auto next = next_page(operation, arguments, sent, reply);
  if (!next) return std::string(name_of(next.error().code)) + ": " + next.error().detail;
  return *next ? (*next)->url : "";
}

}  // namespace

TEST_CASE("the next page is where x-ms-pageable or OData says") {
  const Operation named =
      operation_of(with_extras("      x-ms-pageable: {nextLinkName: nextLink, itemName: items}\n"));
  CHECK(next_of(named, {{"top", 2}},
                page({{"items", {1}}, {"nextLink", "https://api.example.com/v1/items?skip=2"}})) ==
        "https://api.example.com/v1/items?skip=2");
  CHECK(next_of(named, Json::object(), page({{"items", {1}}})).empty());
  const Operation plain = operation_of(with_extras(""));
  CHECK(next_of(plain, Json::object(), page({{"value", {1}}, {"@odata.nextLink", "?p=2"}})) ==
        "https://api.example.com/v1/items?p=2");
}

TEST_CASE("the next page is where a Link field says") {
  const Operation operation = operation_of(with_extras(""));
  Reply reply = page(Json::array({1}));
  reply.headers.add("Link",
                    "<https://api.example.com/v1/items?page=9>; rel=\"last\", "
                    "<https://api.example.com/v1/items?page=2>; rel=\"next\"");
  CHECK(next_of(operation, Json::object(), reply) == "https://api.example.com/v1/items?page=2");
}

TEST_CASE("the next page is what a link of the document makes of the reply") {
  const Operation operation = operation_of(with_extras(
      "", "{next: {operationId: list, parameters: {cursor: '$response.body#/meta/next'}}}"));
  CHECK(next_of(operation, {{"$top", 5}}, page({{"meta", {{"next", "c 2"}}}})) ==
        "https://api.example.com/v1/items?$top=5&cursor=c%202");
  CHECK(next_of(operation, {{"cursor", "c 2"}}, page({{"meta", {{"next", "c 2"}}}})).empty());
  CHECK(next_of(operation, Json::object(), page({{"meta", Json::object()}})).empty());
  const Operation by_header = operation_of(
      with_extras("",
                  "{nextPage: {operationRef: '#/paths/~1items/get', parameters: {query.cursor: "
                  "'p{$response.header.X-Next}', $top: $request.query.$top}}}"));
  Reply reply = page(Json::array());
  reply.headers.add("X-Next", "7");
  CHECK(next_of(by_header, {{"top", 3}}, reply) ==
        "https://api.example.com/v1/items?$top=3&cursor=p7");
}

TEST_CASE("a next page elsewhere is denied") {
  const Operation operation = operation_of(with_extras(""));
  for (const char* address :
       {"https://evil.example/v1/items", "http://api.example.com/v1/items", "//evil.example/x",
        "https://api.example.com:444/x", "https://api.example.com@evil.example/"}) {
    CAPTURE(address);
    const std::string next =
        next_of(operation, Json::object(), page({{"@odata.nextLink", address}}));
    CHECK((next.starts_with("denied: ") || next.starts_with("invalid: ")));
  }
}

TEST_CASE("pages are joined by the member that holds their items") {
  const Operation operation =
      operation_of(with_extras("      x-ms-pageable: {nextLinkName: n, itemName: items}\n"));
  Json whole = {{"items", {1, 2}}, {"n", "x"}};
  CHECK(join_pages(operation, whole, {{"items", {3}}}));
  CHECK(whole["items"] == Json({1, 2, 3}));
  CHECK_FALSE(join_pages(operation, whole, {{"other", {3}}}));
  Json list = {1};
  CHECK(join_pages(operation, list, Json::array({2})));
  CHECK(list == Json({1, 2}));
}

}  // namespace yoke::openapi
