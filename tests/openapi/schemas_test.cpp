#include <catch2/catch.hpp>

#include "runtime/schema/schema.h"
#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

// The schema of the argument "v", whose document has `schema` for it.
Json shown(const std::string& schema, const std::string& more = "{}",
           const std::string& version = "3.0.3") {
  const Operation operation = operation_of(with_schema(schema, more, version));
  return operation.input_schema["properties"]["v"];
}

bool fits(const Operation& operation, const Json& value) {
  const auto schema = Schema::compile(operation.input_schema);
  REQUIRE(schema.has_value());
  return (*schema)->fits({{"v", value}});
}

}  // namespace

TEST_CASE("every keyword of a schema is taken over as 2020-12 spells it") {
  struct KeywordRow {
    std::string written;
    Json expected;
  };
  const std::vector<KeywordRow> rows = {
      {"{type: string, minLength: 1, maxLength: 5, pattern: '^a'}",
       {{"type", "string"}, {"minLength", 1}, {"maxLength", 5}, {"pattern", "^a"}}},
      {"{type: number, minimum: 1, maximum: 2, multipleOf: 0.5}",
       {{"type", "number"}, {"minimum", 1}, {"maximum", 2}, {"multipleOf", 0.5}}},
      {"{type: number, minimum: 1, exclusiveMinimum: true, maximum: 2, exclusiveMaximum: false}",
       {{"type", "number"}, {"exclusiveMinimum", 1}, {"maximum", 2}}},
      {"{type: array, items: {type: integer}, minItems: 1, maxItems: 2, uniqueItems: true}",
       {{"type", "array"},
        {"items", {{"type", "integer"}}},
        {"minItems", 1},
        {"maxItems", 2},
        {"uniqueItems", true}}},
      {"{type: object, minProperties: 1, maxProperties: 3, additionalProperties: false}",
       {{"type", "object"},
        {"minProperties", 1},
        {"maxProperties", 3},
        {"additionalProperties", false}}},
      {"{type: string, format: date-time, title: Start time, description: D, deprecated: true}",
       {{"type", "string"},
        {"format", "date-time"},
        {"title", "Start time"},
        {"description", "D"},
        {"deprecated", true}}},
      {"{type: string, enum: [a, b], default: a, example: b}",
       {{"type", "string"}, {"enum", {"a", "b"}}, {"default", "a"}, {"examples", {"b"}}}},
      {"{anyOf: [{type: string}, {type: integer}]}",
       {{"anyOf", {{{"type", "string"}}, {{"type", "integer"}}}}}},
      {"{not: {type: string}}", {{"not", {{"type", "string"}}}}},
      {"{type: string, nullable: true}", {{"type", {"string", "null"}}}},
      {"{type: string, nullable: true, enum: [a]}",
       {{"type", {"string", "null"}}, {"enum", {"a", nullptr}}}},
      {"{type: string, xml: {name: x}, externalDocs: {url: u}, x-more: 1}", {{"type", "string"}}},
  };
  for (const KeywordRow& row : rows) {
    CAPTURE(row.written);
    CHECK(shown(row.written) == row.expected);
  }
}

TEST_CASE("the keywords of 3.1 are taken over as they are") {
  const std::string written =
      "{type: [object, 'null'], const: null, exclusiveMinimum: 3, prefixItems: [{type: string}], "
      "if: {type: object}, then: {required: [a]}, else: true, contentMediaType: image/png, "
      "patternProperties: {'^x': {type: string}}, propertyNames: {pattern: '^x'}, "
      "dependentSchemas: {a: {required: [b]}}, examples: [1], contains: {type: integer}, "
      "minContains: 1}";
  const Json expected = {{"type", {"object", "null"}},
                         {"const", nullptr},
                         {"exclusiveMinimum", 3},
                         {"prefixItems", {{{"type", "string"}}}},
                         {"if", {{"type", "object"}}},
                         {"then", {{"required", {"a"}}}},
                         {"else", true},
                         {"contentMediaType", "image/png"},
                         {"patternProperties", {{"^x", {{"type", "string"}}}}},
                         {"propertyNames", {{"pattern", "^x"}}},
                         {"dependentSchemas", {{"a", {{"required", {"b"}}}}}},
                         {"examples", {1}},
                         {"contains", {{"type", "integer"}}},
                         {"minContains", 1}};
  CHECK(shown(written, "{}", "3.1.0") == expected);
}

TEST_CASE("what is referred to once stands in its place, and what is shared is a definition") {
  const std::string more =
      "{Once: {type: object, properties: {s: {$ref: '#/components/schemas/Twice'}, "
      "t: {$ref: '#/components/schemas/Twice'}}}, Twice: {type: string, minLength: 2}}";
  const Operation operation =
      operation_of(with_schema("{$ref: '#/components/schemas/Once'}", more));
  CHECK(operation.input_schema["properties"]["v"]["properties"]["s"] ==
        Json({{"$ref", "#/$defs/Twice"}}));
  CHECK(operation.input_schema["$defs"] ==
        Json({{"Twice", {{"type", "string"}, {"minLength", 2}}}}));
  CHECK(fits(operation, {{"s", "ab"}}));
  CHECK_FALSE(fits(operation, {{"t", "a"}}));
}

TEST_CASE("a schema that refers to itself stays a definition and still checks") {
  const std::string more =
      "{Node: {type: object, required: [name], properties: {name: {type: string}, "
      "children: {type: array, items: {$ref: '#/components/schemas/Node'}}}}}";
  const Operation operation =
      operation_of(with_schema("{$ref: '#/components/schemas/Node'}", more));
  const Json leaf = {{"name", "b"}};
  CHECK(fits(operation, {{"name", "a"}, {"children", {leaf}}}));
  CHECK_FALSE(fits(operation, {{"name", "a"}, {"children", {{{"name", 1}}}}}));
}

TEST_CASE("a reference keeps the description beside it, and one in an allOf becomes its schema") {
  const std::string more = "{A: {type: string, description: of A}}";
  CHECK(shown("{$ref: '#/components/schemas/A', description: own}", more) ==
        Json({{"type", "string"}, {"description", "own"}}));
  CHECK(shown("{allOf: [{$ref: '#/components/schemas/A'}], nullable: true}", more)["anyOf"][1] ==
        Json({{"type", "null"}}));
  CHECK(shown("{description: own, allOf: [{$ref: '#/components/schemas/A'}]}", more) ==
        Json({{"type", "string"}, {"description", "own"}}));
  CHECK(shown("{$ref: '#/components/schemas/A', maxLength: 3}", more, "3.1.0") ==
        Json({{"type", "string"}, {"description", "of A"}, {"maxLength", 3}}));
}

TEST_CASE("a JSON pointer with escapes finds its schema") {
  const std::string more = "{'a/b c': {type: integer}, 'm~n': {type: boolean}}";
  CHECK(shown("{$ref: '#/components/schemas/a~1b%20c'}", more) == Json({{"type", "integer"}}));
  CHECK(shown("{$ref: '#/components/schemas/m~0n'}", more) == Json({{"type", "boolean"}}));
  CHECK(shown("{type: array, items: {$ref: "
              "'#/paths/~1go/post/requestBody/content/application~1json/schema/properties/v/type'"
              "}}",
              more)["items"] == Json::object());
}

TEST_CASE("each alternative says which value of the discriminator chooses it") {
  const std::string more =
      "{Cat: {type: object, properties: {kind: {type: string}, lives: {type: integer}}}, "
      "Dog: {type: object, properties: {kind: {type: string}}}}";
  const Operation operation = operation_of(with_schema(
      "{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], "
      "discriminator: {propertyName: kind, mapping: {feline: '#/components/schemas/Cat'}}}",
      more));
  CHECK(fits(operation, {{"kind", "feline"}, {"lives", 9}}));
  CHECK(fits(operation, {{"kind", "Dog"}}));
  CHECK_FALSE(fits(operation, {{"kind", "Cat"}}));
  CHECK_FALSE(fits(operation, {{"lives", 9}}));
}

TEST_CASE("numbers that YAML made of texts are texts again, and a default that does not fit goes") {
  CHECK(shown("{type: string, enum: [1, 2.5, true], default: 1}") ==
        Json({{"type", "string"}, {"enum", {"1", "2.5", "true"}}, {"default", "1"}}));
  const std::string text = with_schema("{type: integer, default: ten}");
  CHECK(operation_of(text).input_schema["properties"]["v"] == Json({{"type", "integer"}}));
  CHECK(has_finding(findings_of(text), "the default does not fit its own schema"));
}

TEST_CASE("a default in quotes is what it says where the type takes no text") {
  CHECK(shown("{type: integer, default: '10'}")["default"] == 10);
  CHECK(shown("{type: boolean, default: 'True'}")["default"] == true);
  CHECK(shown("{type: number, default: '0.5'}")["default"] == 0.5);
  CHECK(shown("{type: string, default: '10'}")["default"] == "10");
  CHECK_FALSE(shown("{type: integer, default: '1.5'}").contains("default"));
  CHECK_FALSE(has_finding(findings_of(with_schema("{type: integer, default: '10'}")), "default"));
}

TEST_CASE("a default that waits for a variable is left out, and sent in no call") {
  const std::string text = with_schema("{type: string, default: '${{WHICH}}'}");
  const Operation operation = operation_of(text);
  CHECK(operation.input_schema["properties"]["v"] == Json({{"type", "string"}}));
  CHECK(has_finding(findings_of(text), "has a placeholder that nobody filled in"));
  const Operation query = operation_of(
      "openapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
      "servers: [{url: 'https://api.example.com'}]\n"
      "paths:\n  /go:\n    get:\n      operationId: go\n      parameters:\n"
      "        - {name: v, in: query, schema: {type: string, default: '${{WHICH}}'}}\n"
      "      responses: {'200': {description: d}}\n");
  REQUIRE(query.parameters.size() == 1);
  CHECK(query.parameters[0].fallback.is_null());
}

TEST_CASE("a keyword that no checker could take is left out and told, the schema stays") {
  const std::string text = with_schema(
      "{type: object, properties: {a: {type: any}, b: {type: string, pattern: '(?<=x)y'}, "
      "c: {minLength: -1}, d: {enum: []}, e: {type: string, required: true}}}");
  const Operation operation = operation_of(text);
  const Json properties = operation.input_schema["properties"]["v"]["properties"];
  CHECK(properties["a"] == Json::object());
  CHECK(properties["b"] == Json({{"type", "string"}}));
  CHECK(properties["e"] == Json({{"type", "string"}}));
  const auto findings = findings_of(text);
  CHECK(has_finding(findings, "/properties/v/properties/a/type: no type of JSON Schema"));
  CHECK(has_finding(findings, "/properties/b/pattern"));
  CHECK(has_finding(findings, "/properties/c/minLength: no whole number from 0"));
  CHECK(has_finding(findings, "/properties/d/enum"));
  CHECK(has_finding(findings, "/properties/e/required"));
}

TEST_CASE("what a reply holds is described without what is only written") {
  const Operation operation = operation_of(
      "openapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
      "servers: [{url: 'https://api.example.com/v1'}]\n"
      "paths:\n  /go:\n    get:\n      operationId: go\n      responses:\n"
      "        2XX: {description: d, content: {application/json: {schema: {type: object, "
      "required: [id, secret], properties: {id: {type: string, readOnly: true}, "
      "secret: {type: string, writeOnly: true}}}}}}\n"
      "        '404': {description: none, content: {application/json: {schema: {type: "
      "string}}}}\n");
  CHECK(operation.output_schema == Json({{"type", "object"},
                                         {"required", {"id"}},
                                         {"properties", {{"id", {{"type", "string"}}}}}}));
}

TEST_CASE("a schema over the limit is shown nearest first, and the rest as any value") {
  std::string more = "{";
  for (int i = 0; i < 40; ++i) {
    more += "S" + std::to_string(i) +
            ": {type: object, properties: {next: {$ref: "
            "'#/components/schemas/S" +
            std::to_string(i + 1) +
            "'}, again: {$ref: "
            "'#/components/schemas/S" +
            std::to_string(i + 1) + "'}}}, ";
  }
  more += "S40: {type: string}}";
  DocumentLimits limits;
  limits.definitions_max = 5;
  const auto document = document_of(with_schema("{$ref: '#/components/schemas/S0'}", more), limits);
  const Result<Operation> operation = document->operation(document->entries().front());
  REQUIRE(operation.has_value());
  CHECK(operation->input_schema["$defs"].size() == 5);  // S1 to S5; S0 stands in its place
  CHECK_FALSE(operation->input_schema["$defs"]["S5"].contains("type"));
  REQUIRE(operation->findings.size() == 1);
  CHECK(operation->findings.front().message.find("1 schemas are shown as any value") == 0);
}

TEST_CASE("control information of OData is not asked for in a request") {
  CHECK(shown("{type: object, required: ['@odata.type', name], properties: {name: {}, "
              "'@odata.type': {type: string}}}")["required"] == Json({"name"}));
}

}  // namespace yoke::openapi
