#include "tools/plugins/json_path.h"

#include "tests/plugins/fixture.h"

using yoke::Json;
using yoke::JsonPath;
using yoke::testing::json_of;

namespace {

// The nodes that a path selects, as a list.
std::string selected(const std::string& path, const Json& root) {
  const auto parsed = JsonPath::parse(path);
  if (!parsed) return parsed.error().detail;
  const auto nodes = parsed->select(root);
  if (!nodes) return nodes.error().detail;
  Json all = Json::array();
  for (const Json* node : *nodes) all.push_back(*node);
  return yoke::to_text(all);
}

// The bookshop of RFC 9535, 1.5.
const Json& shop() {
  static const Json made = json_of(R"({"store":{"book":[
    {"category":"reference","author":"Nigel Rees","title":"Sayings of the Century","price":8.95},
    {"category":"fiction","author":"Evelyn Waugh","title":"Sword of Honour","price":12.99},
    {"category":"fiction","author":"Herman Melville","title":"Moby Dick","isbn":"0-553-21311-3",
      "price":8.99},
    {"category":"fiction","author":"J. R. R. Tolkien","title":"The Lord of the Rings",
      "isbn":"0-395-19395-8","price":22.99}],
    "bicycle":{"color":"red","price":399}}})");
  return made;
}

}  // namespace

TEST_CASE("a path selects what the examples of its standard say") {
  CHECK(selected("$.store.book[*].author", shop()) ==
        R"(["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"])");
  CHECK(selected("$..author", shop()) ==
        R"(["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"])");
  CHECK(selected("$.store..price", shop()) == "[399,8.95,12.99,8.99,22.99]");
  CHECK(selected("$..book[2].title", shop()) == R"(["Moby Dick"])");
  CHECK(selected("$..book[-1].title", shop()) == R"(["The Lord of the Rings"])");
  CHECK(selected("$..book[0,1].price", shop()) == "[8.95,12.99]");
  CHECK(selected("$..book[:2].price", shop()) == "[8.95,12.99]");
  CHECK(selected("$..book[?@.isbn].price", shop()) == "[8.99,22.99]");
  CHECK(selected("$..book[?@.price<10].title", shop()) ==
        R"(["Sayings of the Century","Moby Dick"])");
}

TEST_CASE("slices go both ways and past the ends") {
  const Json list = json_of("[0,1,2,3,4,5]");
  CHECK(selected("$[1:3]", list) == "[1,2]");
  CHECK(selected("$[5:1:-2]", list) == "[5,3]");
  CHECK(selected("$[::-1]", list) == "[5,4,3,2,1,0]");
  CHECK(selected("$[-2:]", list) == "[4,5]");
  CHECK(selected("$[100:]", list) == "[]");
  CHECK(selected("$[::0]", list) == "[]");
  CHECK(selected("$[-100:100:3]", list) == "[0,3]");
  CHECK(selected("$[1:2:9007199254740991]", list) == "[1]");
}

TEST_CASE("filters compare by the standard's table") {
  const Json root = json_of(R"({"obj":{"x":"y"},"arr":[2,3]})");
  const auto holds = [&](const std::string& test) {
    return selected("$[?" + test + "]", json_of(R"([{"obj":{"x":"y"},"arr":[2,3]}])")) != "[]";
  };
  CHECK(holds("$.absent1 == $.absent2"));
  CHECK(holds("$.absent1 <= $.absent2"));
  CHECK_FALSE(holds("$.absent == 'g'"));
  CHECK(holds("$.absent != 'g'"));
  CHECK(holds("1 <= 2"));
  CHECK_FALSE(holds("13 == '13'"));
  CHECK(holds("'a' <= 'b'"));
  CHECK_FALSE(holds("@.obj == @.arr"));
  CHECK(holds("@.obj != @.arr"));
  CHECK(holds("@.obj == @.obj"));
  CHECK(holds("@.arr >= @.arr"));
  CHECK_FALSE(holds("1 <= @.arr"));
  CHECK(holds("true <= true"));
  CHECK_FALSE(holds("true > true"));
  CHECK(holds("!@.absent && (@.obj || @.absent)"));
}

TEST_CASE("the functions of filters count, measure and match") {
  const Json root =
      json_of(R"([{"a":"bb"},{"a":"ab€"},{"a":[1,2,3]},{"b":{"c":1}},{"a":"1974-05-11"}])");
  CHECK(selected("$[?length(@.a) == 3]", root) == R"([{"a":"ab€"},{"a":[1,2,3]}])");
  CHECK(selected("$[?count(@.*) == 1].b", root) == R"([{"c":1}])");
  CHECK(selected("$[?match(@.a, '1974-05-..')].a", root) == R"(["1974-05-11"])");
  CHECK(selected("$[?match(@.a, '1974')]", root) == "[]");
  CHECK(selected("$[?search(@.a, '[b]b')].a", root) == R"(["bb"])");
  CHECK(selected("$[?value(@..c) == 1].b", root) == R"([{"c":1}])");
}

TEST_CASE("names in brackets may hold anything, escaped as in JSON") {
  const Json root = json_of(R"({"o":{"j j":{"k.k":3}},"'":{"@":2},"☺":1,"odata.next":4})");
  CHECK(selected("$.o['j j']['k.k']", root) == "[3]");
  CHECK(selected("$[\"'\"][\"@\"]", root) == "[2]");
  CHECK(selected("$['\\u263A']", root) == "[1]");
  CHECK(selected("$.☺", root) == "[1]");
  CHECK(selected("o['j j']", root) == R"([{"k.k":3}])");
}

TEST_CASE("names that manifests write without brackets are read") {
  const Json root = json_of(R"({"first-name":"Ann","@odata.context":"c","a":{"@odata.etag":"e"}})");
  CHECK(selected("$.first-name", root) == R"(["Ann"])");
  CHECK(selected("first-name", root) == R"(["Ann"])");
  CHECK(selected("$.@odata.context", root) == R"(["c"])");
  CHECK(selected("$.a.@odata.etag", root) == R"(["e"])");
  CHECK(selected("$..@odata.etag", root) == R"(["e"])");
  CHECK_FALSE(yoke::JsonPath::parse("$.@"));
  CHECK_FALSE(yoke::JsonPath::parse("$.-a"));
}

TEST_CASE("what is no path is refused with its place") {
  for (const char* path : {"$.",
                           "$..",
                           "$[",
                           "$[]",
                           "$[01]",
                           "$[-0]",
                           "$['a",
                           "$[?@.a == ]",
                           "$[?1]",
                           "$[?@.* == 1]",
                           "$[?length(@.a)]",
                           "$[?match(@.a,'b') == true]",
                           "$[?nothing(@.a)]",
                           "$ x",
                           "$.a b",
                           "$[1:2:3:4]",
                           "$['\\ud800']",
                           "$a",
                           "$[9007199254740992]",
                           "$[?count(1) == 1]",
                           "$[?(@.a]"}) {
    INFO(path);
    const auto parsed = JsonPath::parse(path);
    REQUIRE_FALSE(parsed);
    CHECK_THAT(parsed.error().detail, Catch::Contains("at byte"));
  }
  CHECK_FALSE(JsonPath::parse("$" + std::string(5000, 'a')));
  std::string deep = "$";
  for (int i = 0; i < 100; ++i) deep += "[?@";
  CHECK_FALSE(JsonPath::parse(deep));
}

TEST_CASE("what a filter compares is paid for by its size") {
  Json root = Json{{"list", Json::array()}, {"large", Json::array()}};
  for (int i = 0; i < 1000; ++i) root["list"].push_back(Json{{"a", i}});
  for (int i = 0; i < 1000; ++i) root["large"].push_back(i);
  CHECK_THAT(selected("$.list[?@.a == $.large]", root), Catch::Contains("over 200,000 steps"));
  root["large"] = std::string(1'000'000, 'x');
  CHECK_THAT(selected("$.list[?@.a == $.large]", root), Catch::Contains("over 200,000 steps"));
  root["large"] = 7;
  CHECK(selected("$.list[?@.a == $.large]", root) == R"([{"a":7}])");
}

TEST_CASE("a path that takes too many steps is given up") {
  Json root = Json::array();
  for (int i = 0; i < 1000; ++i) root.push_back(i);
  CHECK_THAT(selected("$[?count($[*]) > 0]", root), Catch::Contains("over 200,000 steps"));
  const Json texts = Json::array({std::string(30, 'a')});
  CHECK(selected("$[?match(@, '(a*)*b')]", texts) == "[]");
}
