#include "tests/sandbox/script.h"

namespace yoke::sandbox::test {

namespace {

std::string round_trip(const Json& value) {
  return to_text(value_of("return input", Json::array({value})));
}

std::string problem_of(const std::string& body) {
  const Outcome outcome = run_script(body);
  CHECK(outcome.failure.kind == Failed::Kind::conversion);
  return outcome.failure.message;
}

}  // namespace

TEST_CASE("values go through Lua unchanged") {
  for (const char* text :
       {"0", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "2.0", "1e300", "\"\"",
        "\"\\u0000x\"", "\"Zürich\"", "true", "false", "null", "[]", "{}", "[[],{}]", "[null,null]",
        "{\"a\":[1,{\"b\":null}],\"c\":[]}", "[1,2.5,\"x\",false,null]"}) {
    CHECK(round_trip(*parse_json(text)) == to_text(*parse_json(text)));
  }
}

TEST_CASE("an unsigned integer that Lua cannot hold becomes a float") {
  CHECK(value_of("return math.type(input)", Json::array({18446744073709551615u})) == "float");
}

TEST_CASE("an empty table is an object unless it is marked") {
  CHECK(to_text(value_of("return { a = {}, b = json.array{}, c = json.array() }")) ==
        R"({"a":{},"b":[],"c":[]})");
  CHECK(to_text(value_of("local t = json.array{} t[1] = 5 return t")) == "[5]");
  CHECK(to_text(value_of("table.remove(input) return input", Json::array({Json::array({1})}))) ==
        "[]");
}

TEST_CASE("what is no plain data is refused with its path") {
  CHECK(problem_of("return { rows = { { total = 1 }, { total = print } } }") ==
        "result.rows[2].total is a function");
  CHECK(problem_of("return { a = 0/0 }") == "result.a is not a finite number");
  CHECK(problem_of("return { 1, nil, 3, x = 1 }") == "result mixes list items and named fields");
  CHECK(problem_of("return { [1.5] = 1 }") ==
        "result has a key that is neither a string nor a place in a list");
  CHECK(problem_of("local t = {} t.x = { t } return t") == "result.x[1] contains itself");
  CHECK(problem_of("return { ['\\xff'] = 1 }") == "result has a key that is not UTF-8");
}

TEST_CASE("a table told of twice is no cycle") {
  CHECK(to_text(value_of("local t = { 1 } return { t, t }")) == "[[1],[1]]");
}

TEST_CASE("reading a result runs no metamethod") {
  CHECK(to_text(value_of(
            "return setmetatable({ a = 1 }, { __index = function() error('x') end,\n"
            "__pairs = function() error('y') end, __len = function() error('z') end })")) ==
        R"({"a":1})");
}

TEST_CASE("a function without a result gives null") {
  CHECK(value_of("local x = 1").is_null());
  CHECK(value_of("return nil").is_null());
  CHECK(value_of("return 1, 2, 3") == 1);
}

TEST_CASE("json.encode sorts its keys and json.decode takes what it gave") {
  CHECK(value_of("return json.encode { b = 1, a = { 2, json.null, 'x\"' }, c = 1.0 }") ==
        R"({"a":[2,null,"x\""],"b":1,"c":1.0})");
  CHECK(to_text(value_of("return json.decode(json.encode(input))",
                         Json::array({Json{{"k", {1, 2.5, nullptr}}}}))) ==
        R"({"k":[1,2.5,null]})");
  CHECK(value_of("return json.decode('null') == json.null") == true);
  CHECK(value_of("return tostring(json.null)") == "null");
}

TEST_CASE("json.decode says where the text is wrong, and can be caught") {
  const Json value =
      value_of("local ok, why = pcall(json.decode, '{\"a\":') return { ok, #why > 0 }");
  CHECK(to_text(value) == "[false,true]");
  CHECK(value_of("return (pcall(json.encode, print))") == false);
  CHECK(value_of("return select(2, pcall(json.encode, { x = print }))") == "value.x is a function");
}

TEST_CASE("an object with the key of a context gets its functions and loses the key") {
  const Json args = {{{"$ctx", true}, {"attempt", 2}}};
  CHECK(
      to_text(value_of(
          "local out = { attempt = input.attempt, p = type(input.progress), l = type(input.log),\n"
          "mark = input['$ctx'] == nil } return out",
          args)) == R"({"attempt":2,"l":"function","mark":true,"p":"function"})");
}

}  // namespace yoke::sandbox::test
