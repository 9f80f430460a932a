#include "tools/plugins/card.h"

#include "tests/plugins/fixture.h"
#include "tools/plugins/card_expression.h"

using yoke::Json;
using yoke::testing::json_of;

namespace {

// The value of an expression where `data` is both the root and the current data.
Json value_of(const std::string& text, const Json& data) {
  const auto expression = yoke::CardExpression::parse(text);
  if (!expression) return expression.error().detail;
  yoke::CardScope scope;
  scope.root = &data;
  scope.data = &data;
  yoke::CardBudget budget;
  const auto value = expression->evaluate(scope, budget);
  return value ? *value : Json(value.error().detail);
}

std::string shown(const std::string& card_template, const std::string& data) {
  const auto card = yoke::expand_card(json_of(card_template), json_of(data));
  return card ? yoke::card_as_text(*card) : card.error().detail;
}

}  // namespace

TEST_CASE("expressions have the operators and the precedence of their language") {
  const Json data = json_of(R"({"a":3,"b":{"c":["x","y"]},"name":"Ann","no":null})");
  CHECK(value_of("1 + 2 * 3", data) == 7);
  CHECK(value_of("(1 + 2) * 3 - -1", data) == 10);
  CHECK(value_of("2 ^ 3 ^ 2", data) == 512);
  CHECK(value_of("7 / 2", data) == 3);
  CHECK(value_of("7 / 2.0", data) == 3.5);
  CHECK(value_of("a > 2 && !(name == 'Bob') || false", data) == true);
  CHECK(value_of("b.c[1] + '!'", data) == "y!");
  CHECK(value_of("b['c'][a - 3]", data) == "x");
  CHECK(value_of("'a' & a & 'b'", data) == "a3b");
  CHECK(value_of("a >= 3 ? 'many' : 'few'", data) == "many");
  CHECK(value_of("no ?? 'none'", data) == "none");
  CHECK(value_of("`Hello ${name}, ${a + 1}`", data) == "Hello Ann, 4");
  CHECK(value_of("missing.deeper[2]", data) == nullptr);
  CHECK(value_of("$root.a == $data.a", data) == true);
}

TEST_CASE("the functions of expressions do as their language says") {
  const Json data = json_of(R"({"list":["a","b","c"],"price":1234.5,"items":[{"p":2},{"p":1}]})");
  CHECK(value_of("if(count(list) > 0, join(list, ', '), 'none')", data) == "a, b, c");
  CHECK(value_of("join(list, ', ', ' and ')", data) == "a, b and c");
  CHECK(value_of("formatNumber(price, 2)", data) == "1,234.50");
  CHECK(value_of("formatNumber(-0.001, 2)", data) == "0.00");
  CHECK(value_of("concat(toUpper('a'), length('äö'), string(true))", data) == "A2true");
  CHECK(value_of("substring('hällo', 1, 3)", data) == "äll");
  CHECK(value_of("replace('a.b.c', '.', '-')", data) == "a-b-c");
  CHECK(value_of("json('{\"a\":[1]}').a[0]", data) == 1);
  CHECK(value_of("select(items, i, i.p * 10)", data) == Json({20, 10}));
  CHECK(value_of("where(items, i, i.p > 1)[0].p", data) == 2);
  CHECK(value_of("sortBy(items, 'p')[0].p", data) == 1);
  CHECK(value_of("coalesce(nothing, 'x')", data) == "x");
  CHECK(value_of("contains(list, 'b') && contains('abc', 'bc')", data) == true);
  CHECK(value_of("round(2.345, 2)", data) == 2.35);
  CHECK(value_of("empty(list) || empty('')", data) == true);
  CHECK(value_of("max(3, 9, 4) - min(createArray(2, 1))", data) == 8);
  CHECK(value_of("first(list) + last('xyz')", data) == "az");
}

TEST_CASE("dates are formatted as NET has it") {
  const Json none = Json::object();
  CHECK(value_of("formatDateTime('2026-11-22T09:05:07Z', 'yyyy-MM-dd HH:mm:ss')", none) ==
        "2026-11-22 09:05:07");
  CHECK(value_of("formatDateTime('2026-11-22T09:05:07+02:00', 'h:mm tt')", none) == "7:05 AM");
  CHECK(value_of("formatDateTime('2026-11-22', 'dddd, d MMM yy')", none) == "Sunday, 22 Nov 26");
  CHECK(value_of("formatDateTime('2026-11-22')", none) == "2026-11-22T00:00:00.000Z");
  CHECK(value_of("formatDateTime('yesterday', 'yyyy')", none) == nullptr);
  CHECK(value_of("formatEpoch(0, 'yyyy')", none) == "1970");
  CHECK(value_of("addDays('2026-02-28', 1, 'M/d')", none) == "3/1");
}

TEST_CASE("an expression that cannot be read says where and why") {
  const Json none = Json::object();
  CHECK_THAT(value_of("utcNow()", none).get<std::string>(),
             Catch::Contains("there is no function 'utcNow' here"));
  for (const char* text : {"", "1 +", "(1", "a.", "'open", "f(", "a b", "[1", "`${a`"}) {
    INFO(text);
    CHECK_FALSE(yoke::CardExpression::parse(text));
  }
  CHECK_FALSE(yoke::CardExpression::parse(std::string(100, '(')));
  CHECK_FALSE(yoke::CardExpression::parse(std::string(100, '!') + "a"));
}

TEST_CASE("a template repeats, leaves out and looks into its data") {
  const auto card = yoke::expand_card(json_of(R"~({"type":"AdaptiveCard","body":[
      {"type":"TextBlock","text":"${title} (${count(items)})"},
      {"type":"Container","$data":"${items}","items":[
        {"type":"TextBlock","text":"${$index + 1}. ${name} of ${$root.title}",
          "$when":"${stock > 0}"}]},
      {"type":"Image","url":"${image}","$when":"${image != null}"},
      {"type":"TextBlock","text":"\\${plain}","size":"${size}"}]})~"),
                                      json_of(R"({"title":"Menu","size":3,"items":[
      {"name":"Soup","stock":1},{"name":"Fish","stock":0},{"name":"Cake","stock":2}]})"));
  REQUIRE(card);
  CHECK(yoke::card_as_text(*card) == "Menu (3)\n1. Soup of Menu\n3. Cake of Menu\n${plain}");
  CHECK(card->at("body").back().at("size") == 3);
}

TEST_CASE("a card has no members that are null where its data has nothing") {
  const auto card = yoke::expand_card(json_of(R"~({"type":"AdaptiveCard","body":[
      {"type":"TextBlock","text":"${none}","color":"${none}"}],"actions":[
      {"type":"Action.Execute","title":"${none}","data":{"id":"${id}","more":"${a.b}"}}]})~"),
                                      json_of(R"({"id":7})"));
  REQUIRE(card);
  CHECK(card->at("body")[0] == json_of(R"({"type":"TextBlock","text":""})"));
  CHECK(card->at("actions")[0] ==
        json_of(R"({"type":"Action.Execute","title":"","data":{"id":7}})"));
}

TEST_CASE("a card reads as text with all that it shows") {
  CHECK(
      shown(R"({"type":"AdaptiveCard","body":[
      {"type":"FactSet","facts":[{"title":"Order ID:","value":"${id}"},{"title":"Total",
        "value":"${t}"}]},
      {"type":"ColumnSet","columns":[{"items":[{"type":"TextBlock","text":"left"}]},
                                     {"items":[{"type":"TextBlock","text":"right"}]}]},
      {"type":"RichTextBlock","inlines":["a ",{"type":"TextRun","text":"b"}]},
      {"type":"Image","url":"https://x.example/p.png","altText":"a dish"},
      {"type":"Table","rows":[{"cells":[{"items":[{"type":"TextBlock","text":"1"}]},
                                        {"items":[{"type":"TextBlock","text":"2"}]}]}]},
      {"type":"TextBlock","text":"{{DATE(2026-11-22T10:00:00Z, SHORT)}}"},
      {"type":"TextBlock","text":"hidden","isVisible":false},
      {"type":"Input.Text","label":"Name","value":"Ann"}],
      "actions":[{"type":"Action.OpenUrl","title":"See","url":"https://x.example/"},
                 {"type":"Action.Submit","title":"Send"}]})",
            R"({"id":132,"t":"€7.50"})") ==
      "Order ID: 132\nTotal: €7.50\nleft | right\na b\n[picture: a dish] https://x.example/p.png\n"
      "1 | 2\n2026-11-22\n[Name: Ann]\nSee: https://x.example/\n[Send]");
}

TEST_CASE("a card cannot drive the terminal it is shown in") {
  CHECK(shown(R"({"type":"TextBlock","text":"${t}"})", R"({"t":"a\u001b[2Jb"})").find('\x1b') ==
        std::string::npos);
}

TEST_CASE("a template that multiplies its data is given up") {
  std::string inner = R"({"type":"TextBlock","text":"x"})";
  for (int i = 0; i < 12; ++i) {
    inner = R"({"$data":"${$root.list}","type":"Container","items":[)" + inner + "]}";
  }
  CHECK_THAT(shown(inner, R"({"list":[1,2,3,4,5,6,7,8,9,10]})"),
             Catch::Contains("20,000 elements"));
  CHECK_THAT(shown(R"~({"text":"${select(a, x, select(a, y, select(a, z, select(a, w, a))))}"})~",
                   R"({"a":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]})"),
             Catch::Contains("take too long"));
}

TEST_CASE("a card that looks at all of a large value again and again is given up") {
  Json root = Json::array();
  for (int i = 0; i < 100; ++i) root.push_back(Json::array({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  Json lines = Json::array();
  for (int i = 0; i < 200; ++i) {
    lines.push_back(Json{{"type", "TextBlock"}, {"text", "${if($root, 1, 2)}"}});
  }
  const Json card{{"type", "AdaptiveCard"}, {"body", lines}};
  CHECK(!yoke::expand_card(card, root));
  CHECK(yoke::expand_card(card, Json::array({1})));
}

TEST_CASE("what is wrong in a template is told before it is used") {
  const auto problems = yoke::check_card(json_of(R"({"body":[{"text":"${rand(1, 2)} ${a.}"}]})"));
  REQUIRE(problems.size() == 2);
  CHECK_THAT(problems[0], Catch::Contains("/body/0/text: ") && Catch::Contains("'rand'"));
}
