#include "runtime/base/json.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace yoke {
namespace {

Error refusal_of(std::string_view text, const JsonLimits& limits = {}) {
  const Result<Json> parsed = parse_json(text, limits);
  REQUIRE(parsed.has_error());
  return parsed.error();
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST_CASE("every kind of JSON value is read and written back") {
  const std::string text =
      R"({"a":[1,-2,2.5,true,false,null,"x\u00e9\n",[],{}],"b":{"c":18446744073709551615}})";
  const Result<Json> parsed = parse_json(text);
  REQUIRE(parsed.has_value());
  CHECK(to_text(*parsed) ==
        "{\"a\":[1,-2,2.5,true,false,null,\"x\xC3\xA9\\n\",[],{}],"
        "\"b\":{\"c\":18446744073709551615}}");
}

TEST_CASE("canonical text does not depend on the order of the keys") {
  CHECK(to_text(*parse_json(R"({"b":1, "a":{"d":2,"c":3}})")) ==
        to_text(*parse_json(R"({ "a":{"c":3,"d":2},"b":1 })")));
}

TEST_CASE("a bare value with blanks around it is a JSON text") {
  CHECK(*parse_json(" \n 7 \t") == Json(7));
  CHECK(*parse_json("\"\"") == Json(""));
}

TEST_CASE("integers keep every digit of their 64 bits") {
  CHECK(parse_json("9223372036854775807")->get<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(parse_json("-9223372036854775808")->get<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(parse_json("18446744073709551615")->get<std::uint64_t>() ==
        std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("an integer that fits no 64-bit type is refused, not rounded") {
  CHECK(refusal_of("18446744073709551616").detail ==
        "byte 20: the integer 18446744073709551616 fits no 64-bit integer");
  CHECK(refusal_of("[-9223372036854775809]").code == Errc::invalid);
  CHECK(parse_json("18446744073709551616.0").has_value());  // said to be a double
}

TEST_CASE("a number that overflows a double is refused") {
  CHECK(refusal_of("1e400").code == Errc::invalid);
  CHECK(refusal_of("[-1e999]").code == Errc::invalid);
  CHECK(parse_json("1e308").has_value());
  CHECK(parse_json("1e-400").has_value());  // underflow is merely zero
}

TEST_CASE("a duplicate key is refused at its own level only") {
  CHECK(refusal_of(R"({"a":1,"a":2})").detail == R"(byte 10: duplicate key "a")");
  CHECK(refusal_of(R"([{"x":{"a":1,"b":2,"a":3}}])").code == Errc::invalid);
  CHECK(refusal_of(R"({"a":1,"\u0061":2})").code == Errc::invalid);
  CHECK(parse_json(R"({"a":{"a":[{"a":1}]}})").has_value());
}

TEST_CASE("nesting is bounded, and 300,000 levels cost no stack") {
  CHECK(parse_json(nested(64)).has_value());
  const Error refusal = refusal_of(nested(65));
  CHECK(refusal.code == Errc::too_large);
  CHECK(refusal.detail == "byte 65: nested deeper than 64 levels");
  CHECK(refusal_of(nested(300'000)).code == Errc::too_large);
  JsonLimits open;
  open.depth_max = 400'000;
  CHECK(parse_json(nested(300'000), open).has_value());
}

TEST_CASE("the number of values is bounded, keys counted") {
  JsonLimits limits;
  limits.nodes_max = 5;
  CHECK(parse_json("[1,2,3,4]", limits).has_value());
  CHECK(refusal_of("[1,2,3,4,5]", limits).code == Errc::too_large);
  CHECK(parse_json(R"({"a":1,"b":2})", limits).has_value());
  CHECK(refusal_of(R"({"a":1,"b":2,"c":3})", limits).code == Errc::too_large);
}

TEST_CASE("the size of the text is bounded") {
  JsonLimits limits;
  limits.text_bytes_max = 4;
  CHECK(parse_json("1234", limits).has_value());
  CHECK(refusal_of("12345", limits).code == Errc::too_large);
}

TEST_CASE("invalid UTF-8, a byte-order mark and lone surrogates are refused") {
  CHECK(refusal_of("\"\xff\"").code == Errc::invalid);
  CHECK(refusal_of("\"\xc0\x80\"").code == Errc::invalid);
  CHECK(refusal_of("\"\xed\xa0\x80\"").code == Errc::invalid);
  CHECK(refusal_of("\"\xf4\x90\x80\x80\"").code == Errc::invalid);
  CHECK(refusal_of("\"\xe2\x82\"").code == Errc::invalid);
  CHECK(refusal_of(R"("\ud800")").code == Errc::invalid);
  CHECK(refusal_of("\xEF\xBB\xBF{}").detail == "byte 0: a byte-order mark; JSON has none");
}

TEST_CASE("what follows the value is refused") {
  CHECK(refusal_of("{} x").code == Errc::invalid);
  CHECK(refusal_of("1 2").code == Errc::invalid);
  CHECK(refusal_of("null\n{}").code == Errc::invalid);
}

TEST_CASE("broken JSON is refused with the byte offset and the reason") {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\"}", "{a:1}", "nul", "01", "+1", "NaN",
                           "Infinity", "'a'", "// x\n1", "\"a\nb\"", "[1 2]", "\"\\x\""}) {
    CAPTURE(text);
    const Error refusal = refusal_of(text);
    CHECK(refusal.code == Errc::invalid);
    CHECK(refusal.detail.starts_with("byte "));
    CHECK(refusal.detail.find("json.exception") == std::string::npos);
  }
  CHECK(refusal_of("[1,]").detail.starts_with("byte 4: unexpected ']'"));
}

TEST_CASE("an error message never carries a whole hostile text") {
  CHECK(refusal_of("\"" + std::string(100'000, 'x')).detail.size() < 300);
  CHECK(refusal_of("{\"" + std::string(9000, 'k') + "\":1,\"" + std::string(9000, 'k') + "\":1}")
            .detail.size() < 300);
}

TEST_CASE("writing text never throws") {
  CHECK(to_text(Json("a\xff")) == "\"a\xEF\xBF\xBD\"");
  CHECK(to_text(Json(std::numeric_limits<double>::quiet_NaN())) == "null");
  CHECK(to_text(Json(std::numeric_limits<double>::infinity())) == "null");
  CHECK(to_pretty_text(*parse_json(R"({"a":[1]})")) == "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST_CASE("text is written as the library that reads it would") {
  const Json value = {
      {"b", "quote \" back \\ slash / del \x7f"},
      {"a", Json::array({1, -2, 18446744073709551615u, -9223372036854775807 - 1})},
      {"control", std::string("\0\1\b\t\n\f\r\x1f", 8)},
      {"numbers", {0.1, 1.0, -0.0, 1e300, 12345678901234567890.0, 1e-7}},
      {"text", "caf\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x80\xa8"},
      {"nothing", Json::array({nullptr, true, false, Json::object(), Json::array()})}};
  CHECK(to_text(value) == value.dump());
}

TEST_CASE("each byte that needs an escape gets it, wherever it stands") {
  for (int byte = 0; byte < 0x80; ++byte) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      text[(at + 7) % 20] = '!';  // just above what has to be escaped
      CHECK(to_text(Json(text)) == Json(text).dump());
    }
  }
}

TEST_CASE("doubles survive a round trip") {
  for (const double value : {0.1, 1e-7, 123456789.123456789, 5e-324, 1.7976931348623157e308}) {
    CHECK(parse_json(to_text(Json(value)))->get<double>() == value);
  }
}

TEST_CASE("a look-up falls back when the member is absent or of another type") {
  const Json object = {{"s", "x"}, {"i", -3}, {"u", 7u}, {"d", 1.5}, {"b", true}, {"n", nullptr}};
  CHECK(string_at(object, "s") == "x");
  CHECK(string_at(object, "i", "other") == "other");
  CHECK(string_at(object, "absent", "other") == "other");
  CHECK(integer_at(object, "i") == -3);
  CHECK(integer_at(object, "u") == 7);
  CHECK(integer_at(object, "d", 9) == 9);
  CHECK(integer_at(Json{{"u", std::numeric_limits<std::uint64_t>::max()}}, "u", 9) == 9);
  CHECK(number_at(object, "d") == 1.5);
  CHECK(number_at(object, "i") == -3.0);
  CHECK(number_at(object, "s", 2.0) == 2.0);
  CHECK(bool_at(object, "b"));
  CHECK_FALSE(bool_at(object, "i"));
  CHECK(bool_at(object, "absent", true));
  CHECK(member_at(object, "d") == Json(1.5));
  CHECK(member_at(object, "absent").is_null());
  CHECK(member_at(Json::array({1}), "d").is_null());
  CHECK(string_at(Json("text"), "s", "f") == "f");
}

}  // namespace
}  // namespace yoke
