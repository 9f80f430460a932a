#include <catch2/catch.hpp>

#include "tests/tools/bundled_fixture.h"

// The bundled tools that only compute.
using yoke::BundledFixture;
using yoke::holds;
using yoke::Json;
using yoke::to_text;

namespace {

const char* const kSales =
    "city,product,price,sold\nOslo,tea,2.5,10\nBergen,tea,3,4\nOslo,milk,1.5,\nOslo,\"rye, "
    "bread\",4,7\n";

Json where(const std::string& column, const std::string& op, const Json& value) {
  return Json::array({{{"column", column}, {"op", op}, {"value", value}}});
}

}  // namespace

TEST_CASE("csv.query finds, orders and pages rows") {
  BundledFixture fixture;
  fixture.use("csv");
  const Json all = fixture.value("csv.query", {{"text", kSales}, {"order_by", "price"}});
  CHECK(all["matched"] == 4);
  CHECK(all["rows"][0] == Json::array({"Oslo", "milk", 1.5, ""}));
  CHECK_FALSE(all.contains("next_offset"));
  const Json some = fixture.value("csv.query", {{"text", kSales},
                                                {"where", where("city", "eq", "Oslo")},
                                                {"columns", {"product"}},
                                                {"order_by", "sold"},
                                                {"descending", true},
                                                {"limit", 2}});
  CHECK(to_text(some) ==
        R"({"columns":["product"],"matched":3,"next_offset":2,"rows":[["tea"],["rye, bread"]],)"
        R"("total":4})");
  const Json rest = fixture.value("csv.query", {{"text", kSales},
                                                {"where", where("city", "eq", "Oslo")},
                                                {"columns", {"product"}},
                                                {"order_by", "sold"},
                                                {"descending", true},
                                                {"limit", 2},
                                                {"offset", 2}});
  CHECK(rest["rows"] == Json::parse(R"([["milk"]])"));
}

TEST_CASE("every condition of csv.query keeps the rows it should") {
  BundledFixture fixture;
  fixture.use("csv");
  const auto matched = [&](const std::string& column, const std::string& op, const Json& value) {
    return fixture.value("csv.query", {{"text", kSales}, {"where", where(column, op, value)}})
        .at("matched")
        .get<int>();
  };
  CHECK(matched("price", "ge", 2.5) == 3);
  CHECK(matched("price", "lt", 2.5) == 1);
  CHECK(matched("price", "gt", "2.5") == 2);
  CHECK(matched("price", "le", 2.5) == 2);
  CHECK(matched("product", "contains", "EA") == 3);
  CHECK(matched("product", "starts_with", "t") == 2);
  CHECK(matched("product", "matches", "^(tea|milk)$") == 3);
  CHECK(matched("product", "in", {"milk", "beer"}) == 1);
  CHECK(matched("city", "ne", "Oslo") == 1);
  CHECK(matched("sold", "empty", nullptr) == 1);
  CHECK(matched("sold", "not_empty", nullptr) == 3);
}

TEST_CASE("csv.aggregate computes figures over all rows and by groups") {
  BundledFixture fixture;
  fixture.use("csv");
  const Json whole = fixture.value(
      "csv.aggregate",
      {{"text", kSales}, {"measures", Json::parse(R"([{"figure":"count"},{"figure":"sum","column":
                        "sold"},{"figure":"mean","column":"price"},{"figure":"median","column":
                        "price"},{"figure":"distinct","column":"product"},{"figure":"min","column":
                        "product"},{"figure":"max","column":"price"}])")}});
  CHECK(whole["rows"] == Json::parse(R"([[4,21,2.75,2.75,3,"milk",4]])"));
  const Json grouped = fixture.value(
      "csv.aggregate",
      {{"text", kSales},
       {"by", {"city"}},
       {"order_by", "sum of sold"},
       {"measures", Json::parse(R"([{"figure":"sum","column":"sold"},{"figure":"count"}])")}});
  CHECK(to_text(grouped) == R"({"columns":["city","sum of sold","count"],"groups":2,"matched":4,)"
                            R"("rows":[["Bergen",4,1],["Oslo",17,3]]})");
}

TEST_CASE("the csv tools say what is wrong with a call") {
  BundledFixture fixture;
  fixture.use("csv");
  CHECK(holds(fixture.error("csv.query", {{"text", kSales}, {"order_by", "prise"}}),
              "there is no column 'prise'; there are: city, product, price, sold"));
  CHECK(holds(fixture.error("csv.query", Json::object()), "give the text to work on"));
  CHECK(holds(fixture.error("csv.query", {{"text", "a\n\"b"}}), "never closed"));
  CHECK(holds(fixture.error("csv.aggregate",
                            {{"text", kSales},
                             {"measures", Json::parse(R"([{"figure":"sum","column":"city"}])")}}),
              "'sum' needs numbers, but the column 'city' holds 'Oslo'"));
  CHECK(holds(fixture.error("csv.aggregate",
                            {{"text", kSales}, {"measures", Json::parse(R"([{"figure":"sum"}])")}}),
              "the figure 'sum' needs a column"));
  CHECK(holds(fixture.error("csv.query", {{"text", kSales}, {"where", where("price", "in", 4)}}),
              "the op 'in' takes a list"));
}

TEST_CASE("csv and json read files only where the operator granted folders") {
  BundledFixture fixture;
  fixture.project.write("data/a.csv", "x\n1\n2\n");
  fixture.project.write("secret/b.csv", "x\n1\n");
  fixture.use("csv");
  CHECK(holds(fixture.error("csv.query", {{"file", "data/a.csv"}}), "file"));
  fixture.use("csv", Json{{"read", {"data"}}});
  CHECK(fixture.value("csv.query", {{"file", "data/a.csv"}})["matched"] == 2);
  CHECK(holds(fixture.error("csv.query", {{"file", "secret/b.csv"}}), "is not granted"));
  CHECK(holds(fixture.error("csv.query", {{"file", "data/a.csv"}, {"text", "x"}}),
              "either text or file"));
}

TEST_CASE("json.query follows paths, filters and orders") {
  BundledFixture fixture;
  fixture.use("json");
  const std::string text = R"({"users":[{"name":"Ann","age":41,"at":{"city":"Oslo"}},
    {"name":"Bo","age":30,"at":{"city":"Rome"}},{"name":"Cy","age":null}],"odd key":[[1,2],[3]]})";
  const auto values = [&](const Json& more) {
    Json args = more;
    args["text"] = text;
    return to_text(fixture.value("json.query", args)["values"]);
  };
  CHECK(values({{"path", "users[*].name"}}) == R"(["Ann","Bo","Cy"])");
  CHECK(values({{"path", "$.users[1].at.city"}}) == R"(["Rome"])");
  CHECK(values({{"path", "users[-1].name"}}) == R"(["Cy"])");
  CHECK(values({{"path", "[\"odd key\"][*][0]"}}) == "[1,3]");
  CHECK(values({{"path", "nothing.there"}}) == "[]");
  CHECK(values({{"path", "users"}, {"where", where("at.city", "eq", "Rome")}}) ==
        R"([{"age":30,"at":{"city":"Rome"},"name":"Bo"}])");
  CHECK(values({{"path", "users[*]"}, {"order_by", "age"}, {"limit", 1}}) ==
        R"([{"age":30,"at":{"city":"Rome"},"name":"Bo"}])");
  CHECK(holds(fixture.error("json.query", {{"text", text}, {"path", "users[x]"}}),
              "has a wrong bracket at character 6"));
  CHECK(holds(fixture.error("json.query", {{"text", "{"}}), "this is no JSON"));
}

TEST_CASE("json.aggregate groups the objects of a list") {
  BundledFixture fixture;
  fixture.use("json");
  const Json out = fixture.value(
      "json.aggregate",
      {{"text", R"({"items":[{"k":"a","v":{"n":1}},{"k":"b","v":{"n":5}},{"k":"a","v":{"n":2}}]})"},
       {"path", "items"},
       {"by", {"k"}},
       {"measures", Json::parse(R"([{"figure":"sum","column":"v.n"}])")}});
  CHECK(to_text(out["rows"]) == R"([["a",3],["b",5]])");
}

TEST_CASE("math.evaluate computes as written, and runs nothing") {
  BundledFixture fixture;
  fixture.use("math");
  const auto value = [&](const std::string& text, const Json& variables = Json::object()) {
    return to_text(
        fixture.value("math.evaluate", {{"expression", text}, {"variables", variables}})["value"]);
  };
  CHECK(value("1 + 2 * 3") == "7");
  CHECK(value("-2^2 + 2^-1 + (1+1)^3^0") == "-1.5");
  CHECK(value("7 // 2 + 7 % 4 + 10 / 4") == "8.5");
  CHECK(value("round(2.345, 2) + round(-2.5) + sqrt(16)") == "3.35");
  CHECK(value("max(1, 2, x) * min(3, y)", {{"x", 5}, {"y", 2}}) == "10");
  CHECK(value("9223372036854775807 + 1") == "9.223372036854776e+18");
  CHECK(value("factorial(20)") == "2432902008176640000");
  CHECK(value("1.5e3 + .5") == "1500.5");
  CHECK(value("log(100) + ln(e) + gcd(12, 18)") == "9.0");
  for (const char* wrong :
       {"", "1 +", "(1", "1)", "os.exit()", "x", "1/0", "sqrt()", "sqrt(1,2)", "2 2", "a = 1",
        "\"x\"", "f(1)", "1..2", "factorial(171)", "10^400", "sqrt(-1)", "..."}) {
    INFO(wrong);
    CHECK_FALSE(fixture.error("math.evaluate", {{"expression", wrong}}).empty());
  }
  CHECK(holds(fixture.error("math.evaluate", {{"expression", "2 * (3 + )"}}),
              "')' cannot stand at character 10"));
  CHECK(holds(fixture.error("math.evaluate", {{"expression", std::string(2'000, '(')}}),
              "nested more than 100 deep"));
}

TEST_CASE("math.statistics describes numbers and how two lists hang together") {
  BundledFixture fixture;
  fixture.use("math");
  const Json one = fixture.value("math.statistics", {{"values", {4, 1, 3, 2}}});
  CHECK(one["mean"] == 2.5);
  CHECK(one["median"] == 2.5);
  CHECK(one["lower_quartile"] == 1.75);
  CHECK(one["variance"].get<double>() == Approx(5.0 / 3));
  const Json two = fixture.value("math.statistics", {{"values", {1, 2, 3}}, {"with", {3, 5, 7}}});
  CHECK(two["relation"]["slope"] == 2.0);
  CHECK(two["relation"]["correlation"].get<double>() == Approx(1));
  CHECK(fixture.value("math.statistics", {{"values", {1e16, 1, -1e16}}})["sum"] == 1.0);
  CHECK(holds(fixture.error("math.statistics", {{"values", Json::array()}}), "empty"));
  CHECK(holds(fixture.error("math.statistics", {{"values", {1}}, {"with", {1, 2}}}), "pairs"));
}

TEST_CASE("the text tools compare, search, replace and cut") {
  BundledFixture fixture;
  fixture.use("text");
  const Json diff = fixture.value("text.diff", {{"before", "a\nb\n"}, {"after", "a\nc\n"}});
  CHECK(diff["diff"] == "@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
  CHECK(diff["same"] == false);
  const Json found = fixture.value(
      "text.search", {{"text", "one 1\ntwo 22\nthree"}, {"pattern", "(\\w+) (\\d+)"}});
  CHECK(to_text(found["matches"]) == R"([{"groups":["one","1"],"line":1,"match":"one 1"},)"
                                     R"({"groups":["two","22"],"line":2,"match":"two 22"}])");
  const Json paged =
      fixture.value("text.search", {{"text", "aaaa"}, {"pattern", "a"}, {"limit", 3}});
  CHECK(paged["next_offset"] == 3);
  CHECK(fixture.value("text.search", {{"text", "aaaa"}, {"pattern", "a"}, {"offset", 3}})["matches"]
            .size() == 1);
  CHECK(fixture.value("text.replace",
                      {{"text", "a-b"}, {"pattern", "(a)-(b)"}, {"with", "\\2-\\1"}}) ==
        Json({{"text", "b-a"}, {"replaced", 1}}));
  const Json chunks = fixture.value(
      "text.chunk", {{"text", std::string(1'000, 'x')}, {"bytes", 100}, {"limit", 4}});
  CHECK(chunks["count"] == 10);
  CHECK(chunks["next_offset"] == 4);
  CHECK(chunks["chunks"].size() == 4);
  CHECK(fixture.value("text.from_html", {{"html", "<p>a<p>b"}})["text"] == "a\n\nb");
  CHECK(holds(fixture.error("text.search", {{"text", "a"}, {"pattern", "("}}), "missing"));
}

TEST_CASE("a long text comes in parts that join without loss") {
  BundledFixture fixture;
  fixture.use("text");
  std::string html = "<pre>";
  for (int i = 0; i < 300; ++i) html += "line " + std::to_string(i) + " é\n";
  std::string whole;
  Json part = Json::object();
  part["next_offset"] = 0;
  while (part.contains("next_offset")) {
    part = fixture.value("text.from_html",
                         {{"html", html}, {"bytes", 333}, {"offset", part["next_offset"]}});
    whole += part["text"].get<std::string>();
    CHECK(part["text"].get<std::string>().size() <= 333);
  }
  CHECK(whole == html.substr(5, html.size() - 6));
  CHECK(holds(fixture.error("text.from_html", {{"html", "a"}, {"offset", 5}}), "behind the end"));
}

TEST_CASE("the time tools know the clock, zones, months and spans") {
  BundledFixture fixture;
  fixture.use("time");
  CHECK(to_text(fixture.value("time.now", {{"zone", "+05:30"}})) ==
        R"({"date":"2023-11-15","day_of_year":319,"seconds_since_1970":1700000000,)"
        R"("time":"2023-11-15T03:43:20+05:30","weekday":"Wednesday"})");
  CHECK(fixture.value("time.add", {{"time", "2024-01-31"}, {"months", 1}})["time"] ==
        "2024-02-29T00:00:00Z");
  CHECK(fixture.value("time.convert", {{"time", "2026-03-29T01:00:00Z"}, {"zone", "-03:00"}})
            .at("time") == "2026-03-28T22:00:00-03:00");
  CHECK(fixture.value("time.between", {{"from", "2026-01-01"}, {"to", "2026-01-03T01:00:05Z"}})
            .at("words") == "2 days, 1 hour, 5 seconds");
  CHECK(holds(fixture.error("time.convert", {{"time", "tomorrow"}}), "'tomorrow' is no time"));
  CHECK(holds(fixture.error("time.add", {{"time", "2024-01-31"}}), "say by how much"));
}
