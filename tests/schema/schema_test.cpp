#include "runtime/schema/schema.h"

#include <catch2/catch.hpp>
#include <chrono>

namespace yoke {
namespace {

Json json(std::string_view text) {
  const Result<Json> parsed = parse_json(text);
  CAPTURE(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

std::shared_ptr<const Schema> compiled(std::string_view text) {
  CAPTURE(text);
  auto schema = Schema::compile(json(text));
  if (!schema) FAIL(schema.error().message());
  return *schema;
}

bool fits(std::string_view schema, std::string_view value) {
  return compiled(schema)->fits(json(value));
}

Error refusal_of(std::string_view schema) {
  CAPTURE(schema);
  const auto result = Schema::compile(json(schema));
  REQUIRE(result.has_error());
  return result.error();
}

TEST_CASE("numbers are compared exactly where doubles could not tell them apart") {
  CHECK_FALSE(fits(R"({"maximum":9007199254740992})", "9007199254740993"));
  CHECK(fits(R"({"exclusiveMinimum":9007199254740992})", "9007199254740993"));
  CHECK_FALSE(fits(R"({"maximum":-1})", "18446744073709551615"));
  CHECK_FALSE(fits(R"({"maximum":18446744073709551615})", "18446744073709551616.0"));
  CHECK(fits(R"({"minimum":-9223372036854775808})", "-9223372036854775808"));
  CHECK(fits(R"({"maximum":1e300})", "18446744073709551615"));
  CHECK_FALSE(fits(R"({"minimum":1e300})", "18446744073709551615"));
  CHECK_FALSE(fits(R"({"const":9007199254740992})", "9007199254740993"));
  CHECK(fits(R"({"enum":[18446744073709551615]})", "18446744073709551615"));
  CHECK_FALSE(fits(R"({"enum":[-1]})", "18446744073709551615"));
}

TEST_CASE("a whole number is an integer however it is written") {
  CHECK(fits(R"({"type":"integer"})", "1.0"));
  CHECK(fits(R"({"type":"integer"})", "1e300"));
  CHECK_FALSE(fits(R"({"type":"integer"})", "1.5"));
  CHECK(fits(R"({"const":1.0})", "1"));
  CHECK(fits(R"({"const":{"a":[1]}})", R"({"a":[1.0]})"));
  CHECK_FALSE(fits(R"({"const":1})", "true"));
  CHECK_FALSE(fits(R"({"uniqueItems":true})", "[1,1.0]"));
  CHECK(fits(R"({"uniqueItems":true})", R"([1,true,"1",[1],{"a":1}])"));
}

TEST_CASE("multiples allow for what decimals cost in binary") {
  CHECK(fits(R"({"multipleOf":0.0001})", "0.0075"));
  CHECK_FALSE(fits(R"({"multipleOf":0.0001})", "0.00751"));
  CHECK(fits(R"({"multipleOf":0.01})", "19.99"));
  CHECK(fits(R"({"multipleOf":0.5})", "1e308"));
  CHECK_FALSE(fits(R"({"multipleOf":0.123456789})", "1e308"));
  CHECK(fits(R"({"multipleOf":3})", "9007199254740993"));
  CHECK_FALSE(fits(R"({"multipleOf":2})", "9007199254740993"));
}

TEST_CASE("lengths count characters, not bytes") {
  CHECK(fits(R"({"maxLength":2})", "\"\u00e9\U0001F600\""));
  CHECK_FALSE(fits(R"({"minLength":3})", "\"\u00e9\U0001F600\""));
}

TEST_CASE("lists are checked in the 2020-12 and in the older spelling") {
  for (const char* schema :
       {R"({"prefixItems":[{"type":"integer"}],"items":{"type":"string"}})",
        R"({"items":[{"type":"integer"}],"additionalItems":{"type":"string"}})"}) {
    CHECK(fits(schema, R"([1,"a","b"])"));
    CHECK(fits(schema, "[]"));
    CHECK_FALSE(fits(schema, R"(["a"])"));
    CHECK_FALSE(fits(schema, R"([1,2])"));
  }
  CHECK_FALSE(fits(R"({"prefixItems":[{}],"items":false})", "[1,2]"));
  CHECK(fits(R"({"items":{"type":"string"},"additionalItems":false})", R"(["a","b"])"));
}

TEST_CASE("a list can be asked for a number of items of a kind") {
  constexpr auto kSchema = R"({"contains":{"type":"integer"},"minContains":2,"maxContains":3})";
  CHECK_FALSE(fits(kSchema, R"([1,"a"])"));
  CHECK(fits(kSchema, R"([1,"a",2])"));
  CHECK_FALSE(fits(kSchema, "[1,2,3,4]"));
  CHECK(fits(R"({"contains":{"type":"integer"},"minContains":0})", "[]"));
  CHECK_FALSE(fits(R"({"contains":{}})", "[]"));
}

TEST_CASE("exclusive limits are read as a number and as draft 4's boolean") {
  CHECK_FALSE(fits(R"({"exclusiveMinimum":3})", "3"));
  CHECK_FALSE(fits(R"({"minimum":3,"exclusiveMinimum":true})", "3"));
  CHECK(fits(R"({"minimum":3,"exclusiveMinimum":false})", "3"));
  CHECK_FALSE(fits(R"({"minimum":3,"exclusiveMinimum":3})", "3"));
  CHECK(fits(R"({"minimum":3,"exclusiveMinimum":2})", "3"));
  CHECK_FALSE(fits(R"({"maximum":3,"exclusiveMaximum":true})", "3"));
}

TEST_CASE("one property may ask for others, in every spelling") {
  for (const char* schema :
       {R"({"dependentRequired":{"a":["b"]}})", R"({"dependencies":{"a":["b"]}})",
        R"({"dependentSchemas":{"a":{"required":["b"]}}})",
        R"({"dependencies":{"a":{"required":["b"]}}})"}) {
    CAPTURE(schema);
    CHECK(fits(schema, R"({"c":1})"));
    CHECK(fits(schema, R"({"a":1,"b":1})"));
    CHECK_FALSE(fits(schema, R"({"a":1})"));
  }
}

TEST_CASE("what stands beside a $ref counts in modern schemas and not in draft 7") {
  CHECK_FALSE(fits(R"({"$ref":"#/$defs/a","maximum":5,"$defs":{"a":{"type":"integer"}}})", "6"));
  CHECK(fits(R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":
    {"a":{"type":"integer"}},"$ref":"#/definitions/a","maximum":5})",
             "6"));
}

TEST_CASE("references are found by pointer, anchor and id, relative to their own base") {
  CHECK_FALSE(fits(R"({"$defs":{"a/b~c":{"type":"string"}},"$ref":"#/$defs/a~1b~0c"})", "1"));
  CHECK_FALSE(fits(R"({"$defs":{"a b":{"type":"string"}},"$ref":"#/$defs/a%20b"})", "1"));
  CHECK_FALSE(fits(R"({"$defs":{"A<B>":{"type":"string"}},"$ref":"#/$defs/A<B>"})", "1"));
  CHECK_FALSE(fits(R"({"$defs":{"a":{"$anchor":"here","type":"string"}},"$ref":"#here"})", "1"));
  CHECK_FALSE(fits(R"({"$id":"https://x.example/root","$ref":"item",
    "$defs":{"i":{"$id":"item","$ref":"#/$defs/s","$defs":{"s":{"type":"string"}}}}})",
                   "1"));
  CHECK_FALSE(
      fits(R"({"$ref":"urn:example:i","$defs":{"i":{"$id":"urn:example:i","type":"null"}}})", "1"));
  CHECK_FALSE(fits(R"({"allOf":[{"type":"string"}],"items":{"$ref":"#/allOf/0"}})", "[1]"));
  // A member named $id or $ref inside data is no reference.
  CHECK(fits(R"({"enum":[{"$ref":"#/nowhere","$id":"x y"}],"properties":{"$ref":{}}})",
             R"({"$ref":"#/nowhere","$id":"x y"})"));
}

TEST_CASE("a dynamic reference is taken where it can mean only one thing") {
  CHECK_FALSE(fits(R"({"$dynamicAnchor":"node","type":"object",
    "properties":{"next":{"$dynamicRef":"#node"}}})",
                   R"({"next":{"next":3}})"));
  CHECK_FALSE(fits(R"({"type":"object","properties":{"next":{"$recursiveRef":"#"}}})",
                   R"({"next":{"next":3}})"));
  const Error refusal = refusal_of(R"({"$id":"https://x.example/","$dynamicAnchor":"n",
    "$ref":"b","$defs":{"b":{"$id":"b","$dynamicAnchor":"n","items":{"$dynamicRef":"#n"}}}})");
  CHECK(refusal.code == Errc::unsupported);
  CHECK(refusal.place == "/$defs/b/items/$dynamicRef");
}

TEST_CASE("a recursive schema checks every level") {
  const auto tree = compiled(R"({"type":"object","required":["v"],
    "properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#"}}}})");
  CHECK(tree->fits(json(R"({"v":1,"kids":[{"v":2},{"v":3,"kids":[]}]})")));
  CHECK_FALSE(tree->fits(json(R"({"v":1,"kids":[{"v":2,"kids":[{"v":"x"}]}]})")));
}

TEST_CASE("unevaluated properties are those that no fitting part has looked at") {
  constexpr auto kClosed = R"({"allOf":[{"properties":{"a":{}}},{"$ref":"#/$defs/b"}],
    "$defs":{"b":{"properties":{"b":{}}}},"properties":{"c":{}},"unevaluatedProperties":false})";
  CHECK(fits(kClosed, R"({"a":1,"b":2,"c":3})"));
  CHECK_FALSE(fits(kClosed, R"({"a":1,"d":2})"));
  constexpr auto kEither = R"({"anyOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},
    {"properties":{"b":{}},"required":["b"]}],"unevaluatedProperties":false})";
  CHECK(fits(kEither, R"({"a":1})"));
  CHECK(fits(kEither, R"({"a":1,"b":2})"));
  CHECK_FALSE(fits(kEither, R"({"a":"x","b":2})"));  // the part about `a` did not fit
  constexpr auto kIf = R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},
    "then":{"properties":{"x":{}}},"else":{"properties":{"y":{}}},"unevaluatedProperties":false})";
  CHECK(fits(kIf, R"({"k":1,"x":1})"));
  CHECK_FALSE(fits(kIf, R"({"k":1,"y":1})"));
  CHECK(fits(kIf, R"({"y":1})"));
  CHECK(fits(R"({"unevaluatedProperties":{"type":"integer"}})", R"({"a":1})"));
  CHECK_FALSE(
      fits(R"({"not":{"properties":{"a":{"type":"string"}}},"unevaluatedProperties":false})",
           R"({"a":1})"));
  CHECK(fits(R"({"allOf":[{"additionalProperties":true}],"unevaluatedProperties":false})",
             R"({"a":1})"));
  CHECK_FALSE(fits(R"({"properties":{"in":{"properties":{"a":{}}}},"unevaluatedProperties":false})",
                   R"({"in":{},"a":1})"));  // what was seen further in does not count here
}

TEST_CASE("unevaluated items are those that no fitting part has looked at") {
  constexpr auto kSchema = R"({"prefixItems":[{}],"allOf":[{"prefixItems":[{},{"type":"string"}]}],
    "unevaluatedItems":false})";
  CHECK(fits(kSchema, R"([1,"a"])"));
  CHECK_FALSE(fits(kSchema, R"([1,"a",2])"));
  CHECK(fits(R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}})",
             R"([1,"a"])"));
  CHECK_FALSE(fits(R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}})",
                   R"([true,"a"])"));
  CHECK(fits(R"({"allOf":[{"items":{}}],"unevaluatedItems":false})", "[1,2]"));
}

TEST_CASE("property names and patterns of names are checked") {
  constexpr auto kSchema = R"({"patternProperties":{"^x-":{"type":"string"}},
    "properties":{"a":{}},"additionalProperties":false,"propertyNames":{"maxLength":4}})";
  CHECK(fits(kSchema, R"({"a":1,"x-1":"s"})"));
  CHECK_FALSE(fits(kSchema, R"({"x-1":1})"));
  CHECK_FALSE(fits(kSchema, R"({"b":1})"));
  CHECK_FALSE(fits(kSchema, R"({"x-long":"s"})"));
}

TEST_CASE("a schema that is none is refused with keyword and place") {
  for (const auto& [schema, place] :
       {std::pair(R"({"type":"strin"})", "/type"),
        std::pair(R"({"type":[]})", "/type"),
        std::pair(R"({"properties":{"a":3}})", "/properties/a"),
        std::pair(R"({"properties":[]})", "/properties"),
        std::pair("[]", "/"),
        std::pair("3", "/"),
        std::pair(R"({"items":{"minLength":-1}})", "/items/minLength"),
        std::pair(R"({"items":{"minLength":"1"}})", "/items/minLength"),
        std::pair(R"({"maxItems":1.5})", "/maxItems"),
        std::pair(R"({"required":"a"})", "/required"),
        std::pair(R"({"required":[1]})", "/required"),
        std::pair(R"({"enum":"a"})", "/enum"),
        std::pair(R"({"anyOf":[]})", "/anyOf"),
        std::pair(R"({"anyOf":{}})", "/anyOf"),
        std::pair(R"({"anyOf":[{},{"not":1}]})", "/anyOf/1/not"),
        std::pair(R"({"multipleOf":0})", "/multipleOf"),
        std::pair(R"({"minimum":"1"})", "/minimum"),
        std::pair(R"({"exclusiveMaximum":"1"})", "/exclusiveMaximum"),
        std::pair(R"({"uniqueItems":1})", "/uniqueItems"),
        std::pair(R"({"pattern":3})", "/pattern"),
        std::pair(R"({"$ref":3})", "/$ref"),
        std::pair(R"({"$ref":"#/nowhere"})", "/$ref"),
        std::pair(R"({"items":{"$ref":"#nobody"}})", "/items/$ref"),
        std::pair(R"({"dependentRequired":{"a":"b"}})", "/dependentRequired"),
        std::pair(R"({"$id":"x y"})", "/$id"),
        std::pair(R"({"$defs":{"a":{"$id":"u:x"},"b":{"$id":"u:x"}}})", "/$defs/a")}) {
    const Error refusal = refusal_of(schema);
    CAPTURE(schema, refusal.message());
    CHECK(refusal.code == Errc::invalid);
    CHECK(refusal.place == place);
  }
}

TEST_CASE("what is understood but cannot be checked is refused with its place") {
  for (const auto& [schema, place] :
       {std::pair(R"({"items":{"$ref":"https://example.com/a.json"}})", "/items/$ref"),
        std::pair(R"({"$ref":"other.json#/a"})", "/$ref"),
        std::pair(R"~({"properties":{"a":{"pattern":"(?=x)"}}})~", "/properties/a/pattern"),
        std::pair(R"({"patternProperties":{"(a)\\1":{}}})", "/patternProperties/(a)\\1"),
        std::pair(R"({"$schema":"http://json-schema.org/draft-03/schema#"})", "/$schema"),
        std::pair(R"({"$schema":"https://example.com/mine"})", "/$schema")}) {
    const Error refusal = refusal_of(schema);
    CAPTURE(schema, refusal.message());
    CHECK(refusal.code == Errc::unsupported);
    CHECK(refusal.place == place);
  }
}

TEST_CASE("a circle of references is refused, a recursion through the value is not") {
  CHECK(refusal_of(R"({"$ref":"#"})").detail == "the schema refers to itself without an end");
  CHECK(refusal_of(R"({"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},
    "b":{"not":{"$ref":"#/$defs/a"}}}})")
            .code == Errc::invalid);
  CHECK(fits(R"({"items":{"$ref":"#"}})", "[[[]]]"));
}

TEST_CASE("a schema that multiplies its own work is cut off, and then nothing fits") {
  std::string defs = R"("d0":{"type":"integer"})";
  for (int i = 1; i <= 40; ++i) {
    const std::string below = R"({"$ref":"#/$defs/d)" + std::to_string(i - 1) + R"("})";
    defs += ",\"d" + std::to_string(i) + R"(":{"allOf":[)" + below + "," + below + "]}";
  }
  const auto schema = compiled(R"({"$ref":"#/$defs/d40","default":1,"$defs":{)" + defs + "}}");
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(schema->fits(1));
  const auto errors = schema->check(1);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].expected == "a value that can be checked within bounds");
  CHECK(schema->with_defaults(1) == 1);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("giving up is no way around a `not`") {
  Json deep = 1;
  for (int i = 0; i < 500; ++i) deep = Json::array({std::move(deep)});
  CHECK_FALSE(
      compiled(R"({"not":{"$ref":"#/$defs/l"},"$defs":{"l":{"items":{"$ref":"#/$defs/l"}}}})")
          ->fits(deep));
}

TEST_CASE("long chains of references and wide schemas are bounded, not recursed into") {
  Json chain = {{"$ref", "#/$defs/d0"}, {"$defs", Json::object()}};
  for (int i = 0; i < 15'000; ++i) {
    chain["$defs"]["d" + std::to_string(i)] = {{"$ref", "#/$defs/d" + std::to_string(i + 1)}};
  }
  chain["$defs"]["d15000"] = true;
  const auto compiled_chain = Schema::compile(chain);
  REQUIRE(compiled_chain.has_value());
  CHECK_FALSE((*compiled_chain)->fits(1));  // deeper than a check may go
  Json wide = {{"anyOf", Json::array()}};
  for (int i = 0; i < 20'001; ++i) wide["anyOf"].push_back({{"const", i}});
  const auto compiled_wide = Schema::compile(wide);
  REQUIRE(compiled_wide.has_error());
  CHECK(compiled_wide.error().code == Errc::too_large);
}

TEST_CASE("absent properties get their defaults, at every level and through references") {
  const auto schema = compiled(R"({"$ref":"#/$defs/base","properties":{"units":{"default":"metric"},
    "place":{"properties":{"zoom":{"default":3}}},
    "list":{"items":{"properties":{"n":{"default":0}}}}},
    "$defs":{"base":{"properties":{"b":{"default":[1]}}}}})");
  CHECK(schema->with_defaults(json(R"({"place":{},"list":[{},{"n":5}]})")) ==
        json(R"({"place":{"zoom":3},"list":[{"n":0},{"n":5}],"units":"metric","b":[1]})"));
  CHECK(schema->with_defaults(json(R"({"units":null})")) == json(R"({"units":null,"b":[1]})"));
  CHECK(schema->with_defaults(7) == 7);
  // A default that describes itself is filled in once, not for ever.
  CHECK(compiled(R"({"properties":{"c":{"$ref":"#","default":{}}}})")
            ->with_defaults(Json::object()) == json(R"({"c":{}})"));
}

}  // namespace
}  // namespace yoke
