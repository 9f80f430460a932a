#include <catch2/catch.hpp>

#include "runtime/schema/schema.h"

namespace yoke {
namespace {

std::string errors_for(std::string_view schema_text, std::string_view value_text) {
  const Result<Json> schema = parse_json(schema_text);
  const Result<Json> value = parse_json(value_text);
  REQUIRE(schema.has_value());
  REQUIRE(value.has_value());
  const auto compiled = Schema::compile(*schema);
  REQUIRE(compiled.has_value());
  const auto errors = (*compiled)->check(*value);
  CHECK(errors.empty() == (*compiled)->fits(*value));
  return describe(errors);
}

TEST_CASE("a value that fits has nothing to describe") {
  CHECK(errors_for(R"({"type":"integer"})", "3").empty());
}

TEST_CASE("an error says where, what was expected and what was found") {
  CHECK(errors_for(R"({"properties":{"units":{"enum":["metric","imperial"]}}})",
                   R"({"units":"kelvin"})") ==
        R"(at /units: expected one of "metric", "imperial"; found "kelvin")");
  CHECK(errors_for(R"({"type":"object"})", "[1,2]") ==
        "at /: expected object; found an array of 2 items");
  CHECK(errors_for(R"({"type":["string","null"]})", "{}") ==
        "at /: expected null or string; found an empty object");
  CHECK(errors_for(R"({"properties":{"a/b":{"items":{"const":1}}}})", R"({"a/b":[1,"x"]})") ==
        R"(at /a~1b/1: expected 1; found "x")");
  CHECK(errors_for(R"({"minimum":3})", "2") == "at /: expected at least 3; found 2");
  CHECK(errors_for(R"({"exclusiveMaximum":3})", "3") == "at /: expected less than 3; found 3");
  CHECK(errors_for(R"({"multipleOf":5})", "7") == "at /: expected a multiple of 5; found 7");
  CHECK(errors_for(R"({"maxLength":1})", R"("abc")") ==
        "at /: expected at most 1 character; found 3 characters");
  CHECK(errors_for(R"({"minLength":2,"maxLength":3})", R"("a")") ==
        "at /: expected at least 2 characters and at most 3 characters; found 1 character");
  CHECK(errors_for(R"({"minItems":2,"maxItems":2})", "[1]") ==
        "at /: expected exactly 2 items; found an array of 1 item");
  CHECK(errors_for(R"({"minProperties":1})", "{}") ==
        "at /: expected at least 1 property; found 0");
  CHECK(errors_for(R"({"pattern":"^a+$"})", R"("b")") ==
        R"(at /: expected text that matches ^a+$; found "b")");
  CHECK(errors_for(R"({"uniqueItems":true})", "[1,2,1]") ==
        "at /: expected items that differ from one another; found items 0 and 2 alike");
  CHECK(errors_for(R"({"contains":{"type":"integer"}})", "[true]") ==
        "at /: expected at least 1 item that is integer; found 0");
  CHECK(errors_for(R"({"not":{"const":0}})", "0") ==
        "at /: expected another value than 0; found 0");
  CHECK(errors_for(R"({"propertyNames":{"pattern":"^[a-z]+$"}})", R"({"A":1})") ==
        R"(at /A: expected a property name: text that matches ^[a-z]+$; found "A")");
}

TEST_CASE("a missing property says what it should be") {
  CHECK(errors_for(R"({"properties":{"place":{"type":"string"}},"required":["place"]})", "{}") ==
        "at /place: expected string (required); found nothing");
  CHECK(errors_for(R"({"required":["x"]})", "{}") ==
        "at /x: expected a value (required); found nothing");
  CHECK(errors_for(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})") ==
        "at /b: expected a value (required beside 'a'); found nothing");
}

TEST_CASE("a property too many is met with the names there are") {
  CHECK(errors_for(R"({"properties":{"units":{},"place":{}},"additionalProperties":false})",
                   R"({"unit":"metric"})") ==
        "at /unit: expected no property of this name (did you mean 'units'?), only place, units; "
        "found \"metric\"");
}

TEST_CASE("all the errors of a call are told together, the first few in words") {
  const std::string text = errors_for(
      R"({"properties":{"a":{"type":"integer"},"b":{"type":"integer"}},"required":["c"]})",
      R"({"a":"x","b":"y"})");
  CHECK(text ==
        "at /a: expected integer; found \"x\"\n"
        "at /b: expected integer; found \"y\"\n"
        "at /c: expected a value (required); found nothing");
  const std::string many =
      errors_for(R"({"items":{"type":"integer"}})", R"(["a","b","c","d","e","f","g"])");
  CHECK(many.ends_with("\nand 2 more"));
}

TEST_CASE("of several alternatives the one that was meant is reported") {
  constexpr auto kShapes = R"({"oneOf":[
    {"properties":{"kind":{"const":"circle"},"r":{"type":"number"}},"required":["kind","r"]},
    {"properties":{"kind":{"const":"box"},"w":{"type":"number"}},"required":["kind","w"]}]})";
  CHECK(errors_for(kShapes, R"({"kind":"box"})") ==
        "at /w: expected number (required); found nothing");
  CHECK(errors_for(R"({"anyOf":[{"type":"string"},{"type":"object","required":["id"]}]})", "{}") ==
        "at /id: expected a value (required); found nothing");
}

TEST_CASE("when no alternative is near, all are named") {
  CHECK(errors_for(R"({"anyOf":[{"type":"string"},{"type":"integer"},{"const":null}]})", "[]") ==
        "at /: expected string or integer or null; found an empty array");
}

TEST_CASE("two alternatives that both fit are named") {
  CHECK(errors_for(R"({"oneOf":[{"type":"string"},{"type":"integer"},{"minimum":0}]})", "3") ==
        "at /: expected exactly one of the alternatives to fit; found 3, which fits number 2 and "
        "number 3");
}

TEST_CASE("an error stays short whatever the value and the schema") {
  Json schema = {{"enum", Json::array()}};
  for (int i = 0; i < 1000; ++i) schema["enum"].push_back("choice " + std::to_string(i));
  const auto compiled = Schema::compile(schema);
  REQUIRE(compiled.has_value());
  CHECK(describe((*compiled)->check(std::string(1'000'000, 'x'))).size() < 700);
  const auto integers = Schema::compile({{"items", {{"type", "integer"}}}});
  const Json value(std::vector<std::string>(10'000, "x"));
  CHECK((*integers)->check(value).size() == 20);
}

}  // namespace
}  // namespace yoke
