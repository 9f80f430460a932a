#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

const std::string kOpening =
    "openapi: 3.0.0\nservers:\n  - url: https://api.example.com/v1\npaths:\n";

// The description of an operation whose YAML is `lines`, below "get:".
std::string description_of(const std::string& lines) {
  return operation_of(kOpening + "  /a:\n    get:\n" + lines + "  /b:\n    get: {operationId: b}\n")
      .description;
}

}  // namespace

TEST_CASE("texts over several lines are read in every form that YAML has") {
  CHECK(description_of("      description: >-\n        folded\n        text\n") == "folded text");
  CHECK(description_of("      description: |\n        a: b\n\n        # c\n") == "a: b\n\n# c\n");
  CHECK(description_of("      description: plain\n        and more\n") == "plain and more");
  CHECK(description_of("      description: \"quoted: {[\n        and more\"\n") ==
        "quoted: {[ and more");
  CHECK(description_of("      description: 'it''s: #1'\n") == "it's: #1");
  CHECK(description_of("      'description': x # said\n") == "x");
}

TEST_CASE("lists may stand at the column of their key, and objects in one line") {
  const Operation operation = operation_of(
      kOpening +
      "  /a/{x}:\n    get:\n      operationId: a\n      tags:\n      - one\n      - two\n"
      "      parameters: [\n        {name: x, in: path, required: true,\n"
      "         schema: {type: string}} ]\n      responses: {}\n");
  CHECK(operation.tags == std::vector<std::string>{"one", "two"});
  CHECK(operation.parameters.size() == 1);
}

TEST_CASE("anchors, aliases and merge keys mean the same in every part") {
  const Operation operation = operation_of(
      kOpening +
          "  /a:\n    get:\n      operationId: a\n      parameters: &shared\n"
          "        - &base {name: p, in: query, schema: {type: string}}\n"
          "        - <<: *base\n          name: q\n      responses: {}\n"
          "  /b:\n    get:\n      operationId: b\n      parameters: *shared\n      responses: {}\n",
      "b");
  REQUIRE(operation.parameters.size() == 2);
  CHECK(operation.parameters[0].name == "p");
  CHECK(operation.parameters[1].name == "q");
  CHECK(operation.parameters[1].place == Place::query);
}

TEST_CASE("plain scalars are of the types that YAML 1.2 gives them") {
  const Operation operation = operation_of(with_schema(
      "{enum: [yes, no, on, true, 12, 0x1F, 1.5, -3, 1e3, ~, '12', 2020-01-01, 1_000, .5]}"));
  CHECK(operation.input_schema["properties"]["v"]["enum"] ==
        Json::array({"yes", "no", "on", true, 12, 31, 1.5, -3, 1000.0, nullptr, "12", "2020-01-01",
                     "1_000", 0.5}));
}

TEST_CASE("a key that is there twice is no guess") {
  const auto findings = findings_of(kOpening +
                                    "  /a:\n    get:\n      operationId: a\n      summary: one\n"
                                    "      summary: two\n  /b:\n    get: {operationId: b}\n"
                                    "  /b:\n    get: {operationId: c}\n");
  CHECK(has_finding(findings, "the key 'summary' is there twice"));
  CHECK(has_finding(findings, "the path '/b' is there twice"));
}

TEST_CASE("more than one document is refused where it is read") {
  CHECK(refusal_of("openapi: 3.0.0\npaths: {}\n---\nopenapi: 3.0.0\n") != "");
}

}  // namespace yoke::openapi
