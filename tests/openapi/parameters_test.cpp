#include <catch2/catch.hpp>

#include "runtime/schema/schema.h"
#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

const Json kList = Json::array({"blue", "black"});
const Json kObject = {{"R", 100}, {"G", 200}};

struct StyleRow {
  std::string style;
  bool explode;
  Json value;
  std::string expected;
};

std::string parameter(const std::string& in, const StyleRow& row) {
  return "{name: color, in: " + in + ", style: " + row.style +
         ", explode: " + (row.explode ? "true" : "false") + ", required: true, schema: {}}";
}

}  // namespace

TEST_CASE("path parameters are written as the tables of OpenAPI say") {
  const std::vector<StyleRow> rows = {
      {"simple", false, "blue", "blue"},
      {"simple", false, kList, "blue,black"},
      {"simple", false, kObject, "G,200,R,100"},
      {"simple", true, kList, "blue,black"},
      {"simple", true, kObject, "G=200,R=100"},
      {"label", false, "blue", ".blue"},
      {"label", false, kList, ".blue,black"},
      {"label", false, kObject, ".G,200,R,100"},
      {"label", true, kList, ".blue.black"},
      {"label", true, kObject, ".G=200.R=100"},
      {"matrix", false, "", ";color"},
      {"matrix", false, "blue", ";color=blue"},
      {"matrix", false, kList, ";color=blue,black"},
      {"matrix", false, kObject, ";color=G,200,R,100"},
      {"matrix", true, kList, ";color=blue;color=black"},
      {"matrix", true, kObject, ";G=200;R=100"},
  };
  for (const StyleRow& row : rows) {
    CAPTURE(row.style, row.explode, row.value);
    const Operation operation =
        operation_of(with_parameters({parameter("path", row)}, "/c/{color}"));
    CHECK(target_of(operation, {{"color", row.value}}) == "/c/" + row.expected);
  }
}

TEST_CASE("query parameters are written as the tables of OpenAPI say") {
  const std::vector<StyleRow> rows = {
      {"form", false, "", "color="},
      {"form", false, "blue", "color=blue"},
      {"form", false, kList, "color=blue,black"},
      {"form", false, kObject, "color=G,200,R,100"},
      {"form", true, kList, "color=blue&color=black"},
      {"form", true, kObject, "G=200&R=100"},
      {"spaceDelimited", false, kList, "color=blue%20black"},
      {"spaceDelimited", false, kObject, "color=G%20200%20R%20100"},
      {"spaceDelimited", true, kList, "color=blue&color=black"},
      {"pipeDelimited", false, kList, "color=blue%7Cblack"},
      {"pipeDelimited", false, kObject, "color=G%7C200%7CR%7C100"},
      {"deepObject", true, kObject, "color%5BG%5D=200&color%5BR%5D=100"},
      {"deepObject",
       true,
       {{"a", {{"b", kList}}}},
       "color%5Ba%5D%5Bb%5D=blue&color%5Ba%5D%5Bb%5D=black"},
  };
  for (const StyleRow& row : rows) {
    CAPTURE(row.style, row.explode, row.value);
    const Operation operation = operation_of(with_parameters({parameter("query", row)}));
    CHECK(target_of(operation, {{"color", row.value}}) == "/go?" + row.expected);
  }
}

TEST_CASE("header and cookie parameters are written as their styles say") {
  const Operation operation = operation_of(with_parameters({
      "{name: X-Plain, in: header, schema: {type: string}}",
      "{name: X-List, in: header, schema: {type: array, items: {type: string}}}",
      "{name: X-Object, in: header, explode: true, schema: {type: object}}",
      "{name: sid, in: cookie, schema: {type: string}}",
      "{name: tags, in: cookie, explode: false, schema: {type: array, items: {type: string}}}",
  }));
  const Request request = request_of(operation, {{"X-Plain", "a b/c"},
                                                 {"X-List", kList},
                                                 {"X-Object", kObject},
                                                 {"sid", "x; admin=1"},
                                                 {"tags", kList}});
  CHECK(request.headers.get("X-Plain") == "a b/c");
  CHECK(request.headers.get("X-List") == "blue,black");
  CHECK(request.headers.get("X-Object") == "G=200,R=100");
  CHECK(request.headers.get("Cookie") == "sid=x%3B%20admin=1; tags=blue%2Cblack");
}

TEST_CASE("what is not unreserved is encoded, but where a parameter allows it") {
  const Operation operation = operation_of(with_parameters(
      {"{name: id, in: path, required: true, schema: {}}", "{name: plain, in: query, schema: {}}",
       "{name: free, in: query, allowReserved: true, schema: {}}"},
      "/ä/{id}"));
  const std::string text = "x/y?z=1&w#v+ü%41 ";
  CHECK(target_of(operation, {{"id", text}, {"plain", text}, {"free", text}}) ==
        "/%C3%A4/x%2Fy%3Fz%3D1%26w%23v%2B%C3%BC%2541%20"
        "?plain=x%2Fy%3Fz%3D1%26w%23v%2B%C3%BC%2541%20"
        "&free=x/y?z=1%26w%23v+%C3%BC%41%20");
}

TEST_CASE("a content parameter is written as its media type") {
  const Operation operation = operation_of(with_parameters(
      {"{name: q, in: query, content: {application/json: {schema: {type: object}}}}",
       "{name: X-J, in: header, content: {application/json: {schema: {type: object}}}}"}));
  const Request request = request_of(operation, {{"q", {{"a", {1, 2}}}}, {"X-J", {{"b", "c"}}}});
  CHECK(request.url.ends_with("?q=%7B%22a%22%3A%5B1%2C2%5D%7D"));
  CHECK(request.headers.get("X-J") == R"({"b":"c"})");
}

TEST_CASE("numbers and booleans become text, and null is not sent") {
  const Operation operation = operation_of(
      with_parameters({"{name: a, in: query, schema: {}}", "{name: b, in: query, schema: {}}",
                       "{name: c, in: query, schema: {}}", "{name: d, in: query, schema: {}}"}));
  CHECK(target_of(operation, {{"a", 1.5}, {"b", true}, {"c", nullptr}, {"d", -7}}) ==
        "/go?a=1.5&b=true&d=-7");
  CHECK(target_of(operation, Json::object()) == "/go");
}

TEST_CASE("an empty list is left out, or said where empty values are allowed") {
  const Operation operation = operation_of(
      with_parameters({"{name: a, in: query, schema: {type: array}}",
                       "{name: b, in: query, allowEmptyValue: true, schema: {type: array}}"}));
  CHECK(target_of(operation, {{"a", Json::array()}, {"b", Json::array()}}) == "/go?b=");
}

TEST_CASE("parameters of a path hold for its operations, which may say them anew") {
  const Operation operation = operation_of(
      "openapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
      "servers: [{url: 'https://api.example.com/v1'}]\n"
      "paths:\n  /u/{id}:\n    parameters:\n"
      "      - {name: id, in: path, required: true, schema: {type: string}}\n"
      "      - {name: page, in: query, schema: {type: integer}}\n"
      "    get:\n      operationId: go\n      parameters:\n"
      "        - {name: page, in: query, required: true, description: own, schema: {type: "
      "string}}\n"
      "      responses: {}\n");
  CHECK(operation.input_schema["required"] == Json({"id", "page"}));
  CHECK(operation.input_schema["properties"]["page"] ==
        Json({{"type", "string"}, {"description", "own"}}));
}

TEST_CASE("arguments have names that models take, each once, and the document's are taken too") {
  const Operation operation =
      operation_of(with_parameters({"{name: id, in: path, required: true, schema: {}}",
                                    "{name: $top, in: query, schema: {type: integer}}",
                                    "{name: 'filter[name]', in: query, schema: {type: string}}",
                                    "{name: id, in: query, schema: {type: string}}",
                                    "{name: id, in: header, schema: {type: string}}"},
                                   "/x/{id}"));
  std::vector<std::string> names;
  for (const auto& item : operation.input_schema["properties"].items()) names.push_back(item.key());
  CHECK(names == std::vector<std::string>{"filter_name", "header_id", "id", "query_id", "top"});
  CHECK(*argument_of(operation, "$top") == "top");
  CHECK(
      target_of(operation, {{"id", "p"}, {"$top", 5}, {"filter[name]", "n"}, {"query_id", "q"}}) ==
      "/x/p?$top=5&filter%5Bname%5D=n&id=q");
  CHECK(error_of(operation, {{"id", "p"}, {"top", 5}, {"$top", 6}}).find("given twice") !=
        std::string::npos);
}

TEST_CASE("a required parameter with a default or one choice is sent without being asked for") {
  const Operation operation = operation_of(
      with_parameters({"{name: v, in: query, required: true, schema: {type: string, enum: ['2']}}",
                       "{name: w, in: query, required: true, schema: {type: integer, default: 3}}",
                       "{name: x, in: query, schema: {type: integer, default: 4}}"}));
  CHECK_FALSE(operation.input_schema.contains("required"));
  CHECK(target_of(operation, Json::object()) == "/go?v=2&w=3");
}

TEST_CASE("a missing or unknown argument is named with its place") {
  const Operation operation =
      operation_of(with_parameters({"{name: limit, in: query, required: true, schema: {}}"}));
  CHECK(error_of(operation, Json::object()) == "/limit: 'limit' is required");
  CHECK(error_of(operation, {{"limits", 1}}) ==
        "/limits: no argument 'limits' (did you mean 'limit'?)");
}

TEST_CASE("a header value cannot bring a line of its own") {
  const Operation operation =
      operation_of(with_parameters({"{name: X-A, in: header, schema: {type: string}}"}));
  CHECK(error_of(operation, {{"X-A", "a\r\nX-Evil: 1"}}).find("/X-A: ") == 0);
  CHECK(error_of(operation, {{"X-A", Json::array({"a", "b\nc"})}}).find("/X-A: ") == 0);
}

TEST_CASE("a path parameter cannot climb or vanish") {
  const Operation operation =
      operation_of(with_parameters({"{name: a, in: path, required: true, schema: {}}",
                                    "{name: b, in: path, required: true, schema: {}}"},
                                   "/x/{a}{b}/y"));
  CHECK(error_of(operation, {{"a", ".."}, {"b", "z"}}).find("/a: ") == 0);
  CHECK(error_of(operation, {{"a", ""}, {"b", "z"}}).find("/a: ") == 0);
  CHECK(error_of(operation, {{"a", "."}, {"b", "."}}).find("/a: ") == 0);
  CHECK(error_of(operation, {{"a", "../.."}, {"b", "z"}}).find("would have '..'") !=
        std::string::npos);
  CHECK(target_of(operation, {{"a", "p/q"}, {"b", "z"}}) == "/x/p%2Fqz/y");
}

TEST_CASE("a value that its place cannot carry is refused") {
  const Operation operation = operation_of(with_parameters({"{name: q, in: query, schema: {}}"}));
  const Json nested = Json::array({Json{{"a", 1}}});
  CHECK(error_of(operation, {{"q", nested}}) ==
        "/q: 'q': a list or an object inside another cannot be written there");
}

TEST_CASE("header parameters that a request sets by other means are left out") {
  const std::string text =
      with_parameters({"{name: Authorization, in: header, schema: {type: string}}",
                       "{name: Content-Length, in: header, schema: {type: string}}",
                       "{name: 'X Y', in: header, schema: {type: string}}",
                       "{name: sid, in: cookie, schema: {type: string}}"});
  const Operation operation = operation_of(text);
  CHECK(operation.parameters.size() == 1);
  const auto findings = findings_of(text);
  CHECK(has_finding(findings, "the header field 'Authorization' is not a parameter's to set"));
  CHECK(has_finding(findings, "'X Y' is no name of a header field"));
}

TEST_CASE("the schema of the arguments checks them as they are called") {
  const Operation operation = operation_of(with_parameters(
      {"{name: id, in: path, required: true, schema: {type: integer, minimum: 1}}",
       "{name: tags, in: query, schema: {type: array, items: {type: string, enum: [a, b]}}}"},
      "/x/{id}"));
  const auto schema = Schema::compile(operation.input_schema);
  REQUIRE(schema.has_value());
  CHECK((*schema)->fits({{"id", 1}, {"tags", {"a"}}}));
  CHECK_FALSE((*schema)->fits({{"id", 0}}));
  CHECK_FALSE((*schema)->fits({{"tags", {"a"}}}));
  CHECK_FALSE((*schema)->fits({{"id", 1}, {"tags", {"c"}}}));
  CHECK_FALSE((*schema)->fits({{"id", 1}, {"other", 1}}));
}

}  // namespace yoke::openapi
