#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

const std::string kStart = "openapi: 3.0.0\nservers:\n  - url: https://api.example.com/v1\n";

std::string with_bomb() {
  std::string text = kStart + "x-bomb:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) text += ", " + before;
    text += "]\n";
  }
  return text + "paths:\n  /a:\n    get: {operationId: a}\n";
}

}  // namespace

TEST_CASE("aliases that multiply are refused before they are unfolded") {
  const std::string refusal = refusal_of(with_bomb());
  CHECK(refusal.find("more than 1000000 values") != std::string::npos);
  CHECK(refusal.find("line ") == 0);
}

TEST_CASE("aliases in one operation cost only that operation") {
  std::string text = kStart + "paths:\n  /a:\n    get:\n      operationId: a\n      x-bomb:\n";
  text += "        - &b0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*b" + std::to_string(i - 1);
    text += "        - &b" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) text += ", " + before;
    text += "]\n";
  }
  text += "  /b:\n    get: {operationId: b}\n";
  DocumentLimits limits;
  limits.whole_bytes_max = 100;  // as with a document too large to be read whole
  const auto document = document_of(text, limits);
  std::vector<Finding> findings;
  const std::vector<Operation> all = document->operations(findings);
  REQUIRE(all.size() == 1);
  CHECK(all[0].id == "b");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].message.find("more than 200000 values") != std::string::npos);
}

TEST_CASE("a reference out of the document is refused with its place, never followed") {
  for (const char* reference : {"http://127.0.0.1/x.json#/S", "other.yaml#/S", "file:///etc/passwd",
                                "../up.json", "//host/x"}) {
    CAPTURE(reference);
    const auto findings = findings_of(with_schema("{$ref: '" + std::string(reference) + "'}"));
    CHECK(has_finding(findings,
                      "left out: line 13, /paths/~1go/post/requestBody/content/"
                      "application~1json/schema/properties/v/$ref"));
    CHECK(has_finding(findings, "leads to another document, which is not fetched"));
  }
}

TEST_CASE("references in a circle end") {
  const auto findings = findings_of(
      with_schema("{$ref: '#/components/schemas/A'}",
                  "{A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}"));
  CHECK(has_finding(findings, "the operation 'go' is left out"));
  const auto parameters = findings_of(with_parameters({"{$ref: '#/x-p'}"}) +
                                      "x-p: {$ref: '#/x-q'}\nx-q: {$ref: '#/x-p'}\n");
  CHECK(has_finding(parameters, "the $ref leads in a circle"));
  const auto own = findings_of(with_body("{$ref: '#/paths/~1go/post/requestBody'}"));
  CHECK(has_finding(own, "the $ref leads in a circle"));
  const auto all_of = findings_of(
      with_body("{content: {application/json: {schema: {allOf: [{$ref: "
                "'#/paths/~1go/post/requestBody/content/application~1json/schema'}]}}}}"));
  CHECK(has_finding(all_of, "left out"));
}

TEST_CASE("a document nested without end is refused, in YAML and in JSON") {
  const std::string deep(100000, '[');
  CHECK(has_finding(findings_of(kStart +
                                "paths:\n  /a:\n    get:\n      operationId: a\n"
                                "      x-deep: " +
                                deep + "\n"),
                    "/paths/~1a/get: line 8: nested deeper than 64 levels"));
  const std::string close(100000, ']');
  CHECK(
      has_finding(findings_of(R"({"openapi":"3.0.0","paths":{"/a":{"get":{"operationId":"a","x":)" +
                              deep + close + "}}}}"),
                  "nested deeper than 64 levels"));
  std::string schema = "{type: string}";
  for (int i = 0; i < 30; ++i) schema = "{type: array, items: " + schema + "}";
  CHECK(has_finding(findings_of(with_schema(schema)), "nested deeper than 24 levels"));
}

TEST_CASE("texts over the limits are refused with the limit") {
  DocumentLimits limits;
  limits.text_bytes_max = 10;
  CHECK(refusal_of("openapi: 3.0.0\n", limits) == "a document of 15 bytes; at most 10 are taken");
  limits = {};
  limits.operations_max = 1;
  CHECK(refusal_of("openapi: 3.0.0\npaths:\n  /a: {get: {}, put: {}}\n", limits) ==
        "more than 1 operations");
}

TEST_CASE("findings are bounded and the last says how many are not listed") {
  std::string text = kStart + "paths:\n";
  for (int i = 0; i < 20; ++i) text += "  bad" + std::to_string(i) + ": {get: {}}\n";
  DocumentLimits limits;
  limits.findings_max = 5;
  const auto document = document_of(text, limits);
  REQUIRE(document->findings().size() == 6);
  CHECK(document->findings().back().message == "15 more findings are not listed");
}

TEST_CASE("of operations with one id the first is taken") {
  const std::string text = kStart +
                           "paths:\n  /a:\n    get: {operationId: same}\n"
                           "  /b:\n    get: {operationId: same}\n";
  CHECK(document_of(text)->entries().size() == 1);
  CHECK(has_finding(findings_of(text),
                    "left out: line 8, /paths/~1b/get: the operationId 'same' is taken"));
}

TEST_CASE("paths that are none are left out") {
  for (const char* path : {"no-slash", "/a/../b", "/a/%2e%2e/b", "/a?x=1", "/a#b", "/a/{b", "/a/b}",
                           "/{}", "//host/a", "/a\\b"}) {
    CAPTURE(path);
    const std::string text = kStart + "paths:\n  '" + path +
                             "':\n    get: {operationId: a}\n"
                             "  /fine:\n    get: {operationId: b}\n";
    CHECK(document_of(text)->entries().size() == 1);
    CHECK(has_finding(findings_of(text), "is no usable path"));
  }
}

TEST_CASE("a path parameter that is missing is a text, and one too many is left out") {
  const std::string text = with_parameters(
      {"{name: other, in: path, required: true, schema: {type: string}}"}, "/a/{id}");
  const Operation operation = operation_of(text);
  CHECK(target_of(operation, {{"id", "x"}}) == "/a/x");
  const auto findings = findings_of(text);
  CHECK(has_finding(findings, "'{id}' of the path '/a/{id}' is not declared"));
  CHECK(has_finding(findings, "the path has no '{other}'"));
}

TEST_CASE("what is written where an object belongs breaks nothing but itself") {
  for (const char* operation :
       {"[]", "5", "text", "{parameters: 5}", "{parameters: [5]}", "{parameters: [{in: query}]}",
        "{requestBody: 5}", "{requestBody: {content: {}}}", "{requestBody: {content: [a]}}"}) {
    CAPTURE(operation);
    const std::string text = kStart + "paths:\n  /a:\n    post: " + operation +
                             "\n  /fine:\n    get: {operationId: b}\n";
    CHECK(has_finding(findings_of(text), "left out"));
  }
  for (const char* operation :
       {"{responses: 5}", "{responses: {'200': 5}}", "{tags: 5}", "{security: 5}",
        "{security: [5]}", "{servers: 5}", "{servers: [5]}", "{x-ms-pageable: 5}",
        "{parameters: [{name: a, in: query, schema: 5}]}",
        "{parameters: [{name: a, in: query, content: 5}]}",
        "{responses: {'200': {content: 5, links: 5}}}",
        "{requestBody: {content: {application/json: {schema: 5, encoding: 5}}}}"}) {
    CAPTURE(operation);
    const std::string text = kStart + "paths:\n  /a:\n    post: " + operation + "\n";
    const auto document = document_of(text);
    std::vector<Finding> findings;
    CHECK(document->operations(findings).size() == 1);
  }
}

}  // namespace yoke::openapi
