#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

const std::string kStart =
    "swagger: '2.0'\ninfo: {title: T, version: '1'}\nhost: api.example.com\nbasePath: /v1\n"
    "schemes: [http, https]\nconsumes: [application/json]\nproduces: [application/json]\n"
    "definitions:\n  Item:\n    type: object\n    required: [name]\n    properties:\n"
    "      name: {type: string, x-nullable: true}\n      id: {type: integer, readOnly: true}\n"
    "parameters:\n  page: {name: page, in: query, type: integer, default: 1, minimum: 1}\n"
    "responses:\n  Gone: {description: it is gone}\n"
    "securityDefinitions:\n  key: {type: apiKey, in: query, name: k}\n  user: {type: basic}\n"
    "  sign: {type: oauth2, flow: accessCode, authorizationUrl: 'https://a/x', tokenUrl: "
    "'https://a/t', scopes: {r: reads}}\n"
    "paths:\n";

std::string with_operation(const std::string& lines, const std::string& path = "/go") {
  return kStart + "  " + path + ":\n    post:\n      operationId: go\n" + lines;
}

}  // namespace

TEST_CASE("host, basePath and schemes are servers, the safer first") {
  const auto document = document_of(with_operation("      responses: {}\n"));
  CHECK(document->version() == "2.0");
  REQUIRE(document->servers().size() == 2);
  CHECK(document->servers()[0].url == "https://api.example.com/v1");
  CHECK(document->servers()[1].url == "http://api.example.com/v1");
  REQUIRE(document->security_schemes().size() == 3);
  CHECK(document->security_schemes()[1].flows.at(0).kind == "authorizationCode");
  CHECK(document->security_schemes()[2].scheme == "basic");
}

TEST_CASE("parameters of Swagger have their schemas and collection formats") {
  const Operation operation = operation_of(with_operation(
      "      parameters:\n        - {$ref: '#/parameters/page'}\n"
      "        - {name: csv, in: query, type: array, items: {type: string}}\n"
      "        - {name: ssv, in: query, type: array, items: {}, collectionFormat: ssv}\n"
      "        - {name: tsv, in: query, type: array, items: {}, collectionFormat: tsv}\n"
      "        - {name: pipes, in: query, type: array, items: {}, collectionFormat: pipes}\n"
      "        - {name: multi, in: query, type: array, items: {}, collectionFormat: multi}\n"
      "        - {name: ids, in: path, required: true, type: array, items: {type: integer}}\n"
      "        - {name: X-H, in: header, type: string, enum: [a, b]}\n      responses: {}\n",
      "/go/{ids}"));
  const Json ab = {"a", "b"};
  CHECK(target_of(operation, {{"page", 2},
                              {"csv", ab},
                              {"ssv", ab},
                              {"tsv", ab},
                              {"pipes", ab},
                              {"multi", ab},
                              {"ids", {1, 2}}}) ==
        "/go/1,2?page=2&csv=a,b&ssv=a%20b&tsv=a%09b&pipes=a%7Cb&multi=a&multi=b");
  CHECK(operation.input_schema["properties"]["page"] ==
        Json({{"type", "integer"}, {"default", 1}, {"minimum", 1}}));
  CHECK(operation.input_schema["properties"]["X-H"]["enum"] == Json({"a", "b"}));
}

TEST_CASE("a body of Swagger is a JSON body") {
  const Operation operation = operation_of(
      with_operation("      parameters:\n        - {name: item, in: body, required: true, schema: "
                     "{$ref: '#/definitions/Item'}}\n      responses: {}\n"));
  CHECK(operation.input_schema["properties"] == Json({{"name", {{"type", {"string", "null"}}}}}));
  CHECK(request_of(operation, {{"name", "n"}}).body == R"({"name":"n"})");
}

TEST_CASE("form fields of Swagger are a form, and with a file a multipart body") {
  const Operation form = operation_of(with_operation(
      "      parameters:\n        - {name: a, in: formData, type: string, required: true}\n"
      "        - {name: b, in: formData, type: array, items: {type: string}, collectionFormat: "
      "multi}\n      responses: {}\n"));
  const Request sent = request_of(form, {{"a", "x y"}, {"b", {"1", "2"}}});
  CHECK(sent.headers.get("Content-Type") == "application/x-www-form-urlencoded");
  CHECK(sent.body == "a=x%20y&b=1&b=2");
  CHECK(error_of(form, Json::object()) == "/a: 'a' is required");
  const Operation file = operation_of(with_operation(
      "      parameters:\n        - {name: f, in: formData, type: file, required: true}\n"
      "      responses: {}\n"));
  const Request upload = request_of(file, {{"f", {{"text", "T"}, {"filename", "t.txt"}}}});
  CHECK(upload.headers.get("Content-Type").starts_with("multipart/form-data; boundary=yoke-"));
  CHECK(
      upload.body.find("name=\"f\"; filename=\"t.txt\"\r\nContent-Type: text/plain\r\n\r\nT\r\n") !=
      std::string::npos);
}

TEST_CASE("responses of Swagger have their schemas and content types") {
  const Operation operation = operation_of(
      with_operation("      responses:\n        200: {description: d, schema: {type: array, items: "
                     "{$ref: '#/definitions/Item'}}}\n        410: {$ref: '#/responses/Gone'}\n"));
  CHECK(operation.output_schema["items"]["properties"]["id"] == Json({{"type", "integer"}}));
  REQUIRE(operation.responses.size() == 2);
  CHECK(operation.responses[0].content_types == std::vector<std::string>{"application/json"});
  CHECK(operation.responses[1].description == "it is gone");
}

}  // namespace yoke::openapi
