#include <catch2/catch.hpp>

#include "runtime/schema/schema.h"

namespace yoke {
namespace {

Json expanded(std::string_view text) {
  CAPTURE(text);
  const Result<Json> schema = expand_shorthand(*parse_json(text));
  if (!schema) FAIL(schema.error().message());
  CHECK(Schema::compile(*schema).has_value());
  return *schema;
}

Json property(std::string_view spec) {
  return expanded(R"({"p":)" + std::string(spec) + "}")["properties"]["p"];
}

bool is_required(std::string_view spec) {
  return expanded(R"({"p":)" + std::string(spec) + "}").contains("required");
}

Error shorthand_refusal(std::string_view text) {
  CAPTURE(text);
  const Result<Json> schema = expand_shorthand(*parse_json(text));
  REQUIRE(schema.has_error());
  return schema.error();
}

TEST_CASE("the example of a tool script expands to a closed object") {
  CHECK(expanded(R"({"place":"string","day":"string?",
                     "units":{"enum":["metric","imperial"],"default":"metric"}})") ==
        *parse_json(R"({"type":"object","additionalProperties":false,"required":["place"],
          "properties":{"place":{"type":"string"},"day":{"type":"string"},
            "units":{"type":"string","enum":["metric","imperial"],"default":"metric"}}})"));
}

TEST_CASE("no input, an empty table and a list that Lua meant as one take no properties") {
  for (const char* text : {"null", "{}", "[]"}) {
    CHECK(expanded(text) ==
          *parse_json(R"({"type":"object","properties":{},"additionalProperties":false})"));
  }
}

TEST_CASE("every type has its name, and any is anything") {
  for (const std::string name : {"string", "integer", "number", "boolean", "object"}) {
    CHECK(property('"' + name + '"') == Json{{"type", name}});
    CHECK(expanded('"' + name + '"') == Json{{"type", name}});
  }
  CHECK(property(R"("any")") == Json::object());
  CHECK(is_required(R"("any")"));
  CHECK_FALSE(is_required(R"("any?")"));
}

TEST_CASE("a table names its type first, under `type`, or not at all") {
  CHECK(property(R"(["integer"])") == property(R"("integer")"));
  CHECK(property(R"({"1":"integer","min":1,"max":9})") ==
        Json{{"type", "integer"}, {"minimum", 1}, {"maximum", 9}});
  CHECK(property(R"({"type":"string","min":1,"max":9})") ==
        Json{{"type", "string"}, {"minLength", 1}, {"maxLength", 9}});
  CHECK_FALSE(is_required(R"({"1":"integer?","min":1})"));
  CHECK(property(R"({"doc":"whatever"})") == Json{{"description", "whatever"}});
}

TEST_CASE("a type left out is inferred") {
  CHECK(property(R"({"enum":[1,2]})")["type"] == "integer");
  CHECK(property(R"({"enum":[1,2.5]})")["type"] == "number");
  CHECK_FALSE(property(R"({"enum":[1,"a"]})").contains("type"));
  CHECK(property(R"({"default":true})")["type"] == "boolean");
  CHECK(property(R"({"default":3})")["type"] == "integer");
  CHECK_FALSE(property(R"({"default":null})").contains("type"));
  CHECK(property(R"({"min":0})") == Json{{"type", "number"}, {"minimum", 0}});
  CHECK(property(R"({"pattern":"^a"})") == Json{{"type", "string"}, {"pattern", "^a"}});
}

TEST_CASE("lists and objects nest") {
  CHECK(property(R"({"list":"string","min":1})") ==
        Json{{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 1}});
  CHECK(property(R"({"list":{"fields":{"x":"number","y":"number?"}}})")["items"] ==
        *parse_json(R"({"type":"object","additionalProperties":false,"required":["x"],
          "properties":{"x":{"type":"number"},"y":{"type":"number"}}})"));
  CHECK(property(R"({"fields":{}})")["properties"] == Json::object());
}

TEST_CASE("a property may have the name of a keyword") {
  const Json schema = expanded(R"({"enum":"string","default":"integer?","list":{"list":"any"}})");
  CHECK(schema["properties"]["enum"] == Json{{"type", "string"}});
  CHECK(schema["required"] == Json::array({"enum", "list"}));
}

TEST_CASE("a full schema passes through, whole or as one property") {
  CHECK(expanded(R"({"$schema_full":{"anyOf":[{"type":"null"}]}})") ==
        *parse_json(R"({"anyOf":[{"type":"null"}]})"));
  CHECK(property(R"({"$schema_full":{"type":"null"}})") == Json{{"type", "null"}});
  CHECK(is_required(R"({"$schema_full":{"type":"null"}})"));
}

TEST_CASE("a mistake is refused with its place and the mend") {
  for (const auto& [text, place] :
       {std::pair(R"({"a":"strng"})", "/a"),
        std::pair(R"({"a":3})", "/a"),
        std::pair(R"({"a":{"emun":[1]}})", "/a/emun"),
        std::pair(R"({"a":{"lat":"number","lon":"number"}})", "/a/lat"),
        std::pair(R"({"a":{"enum":[]}})", "/a/enum"),
        std::pair(R"({"a":{"enum":"x"}})", "/a/enum"),
        std::pair(R"({"a":{"type":"string","list":"any"}})", "/a/list"),
        std::pair(R"({"a":{"list":"string?"}})", "/a/list"),
        std::pair(R"({"a":{"list":{"min":"x"}}})", "/a/list/min"),
        std::pair(R"({"a":{"fields":{"b":{"type":"nil"}}}})", "/a/fields/b/type"),
        std::pair(R"({"a":{"fields":"string"}})", "/a/fields"),
        std::pair(R"({"a":{"type":"boolean","min":1}})", "/a/min"),
        std::pair(R"({"a":{"type":"string","min":-1}})", "/a/min"),
        std::pair(R"({"a":{"type":"integer","pattern":"x"}})", "/a/pattern"),
        std::pair(R"({"a":{"1":"integer","type":"integer"}})", "/a/type"),
        std::pair(R"({"a":{"doc":1}})", "/a/doc"),
        std::pair(R"({"a":["integer","string"]})", "/a"),
        std::pair(R"({"a":{"enum":["x","y"],"default":"z"}})", "/a/default"),
        std::pair(R"({"a":{"type":"integer","default":"3"}})", "/a/default"),
        std::pair(R"(["string"])", "/"),
        std::pair("7", "/"),
        std::pair("\"text\"", "/")}) {
    const Error refusal = shorthand_refusal(text);
    CAPTURE(text, refusal.message());
    CHECK(refusal.code == Errc::invalid);
    CHECK(refusal.place == place);
  }
  CHECK(shorthand_refusal(R"({"a":"strng"})").detail ==
        "no type is named 'strng' (did you mean 'string'?)");
  CHECK(shorthand_refusal(R"({"a":{"enum":["x"],"default":"z"}})").detail ==
        R"(the default does not fit: at /: expected "x"; found "z")");
}

TEST_CASE("nesting of the shorthand is bounded") {
  Json spec = "string";
  for (int i = 0; i < 5'000; ++i) spec = Json{{"list", std::move(spec)}};
  const Result<Json> schema = expand_shorthand({{"a", std::move(spec)}});
  REQUIRE(schema.has_error());
  CHECK(schema.error().code == Errc::too_large);
}

}  // namespace
}  // namespace yoke
