#include <catch2/catch.hpp>

#include "runtime/http/http.h"
#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

std::string json_body(const std::string& schema, const std::string& more = "required: true, ") {
  return with_body("{" + more + "content: {application/json: {schema: " + schema + "}}}");
}

}  // namespace

TEST_CASE("the properties of a JSON body are arguments beside the parameters") {
  const Operation operation = operation_of(
      json_body("{type: object, required: [title], properties: {title: {type: string}, "
                "'@odata.id': {type: string}, tags: {type: array, items: {type: string}}}}"));
  CHECK(operation.input_schema["required"] == Json({"title"}));
  const Request request =
      request_of(operation, {{"title", "T"}, {"odata.id", "x"}, {"tags", {"a", "b"}}});
  CHECK(request.method == "POST");
  CHECK(request.headers.get("Content-Type") == "application/json");
  CHECK(request.body == R"({"@odata.id":"x","tags":["a","b"],"title":"T"})");
  CHECK(to_http(request).body == request.body);
}

TEST_CASE("a property of the body that is named like a parameter is an argument of its own") {
  const Operation operation = operation_of(
      "openapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
      "servers: [{url: 'https://api.example.com/v1'}]\n"
      "paths:\n  /u/{id}:\n    put:\n      operationId: go\n      parameters:\n"
      "        - {name: id, in: path, required: true, schema: {type: string}}\n"
      "      requestBody: {required: true, content: {application/json: {schema: {type: object, "
      "properties: {id: {type: integer}}}}}}\n      responses: {}\n");
  const Request request = request_of(operation, {{"id", "p"}, {"body_id", 7}});
  CHECK(request.url.ends_with("/u/p"));
  CHECK(request.body == R"({"id":7})");
}

TEST_CASE("allOf of objects is one set of arguments, alternatives stay one argument") {
  const Operation flat = operation_of(
      json_body("{allOf: [{type: object, required: [a], properties: {a: {type: string}}}, "
                "{properties: {b: {type: integer}}}], properties: {c: {}}}"));
  CHECK(flat.input_schema["required"] == Json({"a"}));
  CHECK(flat.input_schema["properties"].size() == 3);
  const Operation whole = operation_of(
      json_body("{oneOf: [{type: object, properties: {a: {}}}, {type: array, items: {}}]}"));
  CHECK(whole.body->argument == "body");
  CHECK(request_of(whole, {{"body", {1, 2}}}).body == "[1,2]");
  const Operation map = operation_of(json_body("{additionalProperties: {type: string}}"));
  CHECK(request_of(map, {{"body", {{"k", "v"}}}}).body == R"({"k":"v"})");
}

TEST_CASE("what is only read is not asked for in a request") {
  const Operation operation = operation_of(
      json_body("{required: [id, name], properties: {id: {type: string, readOnly: true}, "
                "name: {type: string}, in: {type: object, required: [x, y], "
                "properties: {x: {readOnly: true}, y: {}}}}}"));
  CHECK(operation.input_schema["required"] == Json({"name"}));
  CHECK(operation.input_schema["properties"]["in"]["required"] == Json({"y"}));
  CHECK_FALSE(operation.input_schema["properties"].contains("id"));
}

TEST_CASE("a body that is not required is left out without its arguments, and whole with them") {
  const Operation operation = operation_of(json_body(
      "{required: [a], properties: {a: {type: string}, b: {type: string}}}", "required: false, "));
  CHECK_FALSE(operation.input_schema.contains("required"));
  const Request without = request_of(operation, Json::object());
  CHECK(without.body.empty());
  CHECK_FALSE(without.headers.has("Content-Type"));
  CHECK(error_of(operation, {{"b", "x"}}) == "/a: 'a' is required");
}

TEST_CASE("a body with required fields is required where the document does not say") {
  const Operation operation =
      operation_of(json_body("{required: [a], properties: {a: {type: string}}}", ""));
  CHECK(operation.input_schema["required"] == Json({"a"}));
  CHECK(error_of(operation, Json::object()) == "/a: 'a' is required");
}

TEST_CASE("a required body whose fields are all optional is an empty object") {
  const Operation operation = operation_of(json_body("{properties: {a: {type: string}}}"));
  CHECK(request_of(operation, Json::object()).body == "{}");
}

TEST_CASE("of several content types the one that carries most is taken") {
  const Operation operation =
      operation_of(with_body("{required: true, content: {text/plain: {schema: {type: string}}, "
                             "application/vnd.api+json: {schema: {properties: {a: {}}}}, "
                             "multipart/form-data: {schema: {properties: {a: {}}}}}}"));
  CHECK(request_of(operation, {{"a", 1}}).headers.get("Content-Type") ==
        "application/vnd.api+json");
}

TEST_CASE("a form is written as its encoding says") {
  const Operation operation = operation_of(with_body(
      "{required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, "
      "properties: {name: {type: string}, tags: {type: array, items: {}}, joined: {type: array, "
      "items: {}}, deep: {type: object}, free: {type: object}}}, encoding: {joined: {style: form, "
      "explode: false}, deep: {style: deepObject, explode: true}}}}}"));
  const Request request = request_of(operation, {{"name", "a b&c"},
                                                 {"tags", {"x", "y"}},
                                                 {"joined", {"x", "y"}},
                                                 {"deep", {{"k", "v"}}},
                                                 {"free", {{"k", 1}}}});
  CHECK(request.headers.get("Content-Type") == "application/x-www-form-urlencoded");
  CHECK(request.body ==
        "deep%5Bk%5D=v&free=%7B%22k%22%3A1%7D&joined=x,y&name=a%20b%26c&tags=x&tags=y");
}

TEST_CASE("a multipart body has a part for each field, with files as bytes") {
  const Operation operation = operation_of(with_body(
      "{required: true, content: {multipart/form-data: {schema: {type: object, properties: {"
      "note: {type: string}, meta: {type: object}, tags: {type: array, items: {type: string}}, "
      "file: {type: string, format: binary}, pics: {type: array, items: {type: string, "
      "format: binary}}}}, encoding: {file: {contentType: image/png}}}}}"));
  CallTarget target;
  target.boundary = "XX";
  const Result<Request> request =
      make_request(operation,
                   {{"note", "hi"},
                    {"meta", {{"a", 1}}},
                    {"tags", {"t1", "t2"}},
                    {"file", {{"base64", "iVBORw=="}, {"filename", "a\"b.png"}}},
                    {"pics", {{{"text", "plain"}, {"content_type", "text/csv"}}}}},
                   target);
  REQUIRE(request.has_value());
  CHECK(request->headers.get("Content-Type") == "multipart/form-data; boundary=XX");
  const std::string expected =
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.png\"\r\n"
      "Content-Type: image/png\r\n\r\n\x89PNG\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"meta\"\r\n"
      "Content-Type: application/json\r\n\r\n{\"a\":1}\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"pics\"; filename=\"pics\"\r\n"
      "Content-Type: text/csv\r\n\r\nplain\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\nt1\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\nt2\r\n"
      "--XX--\r\n";
  CHECK(request->body == expected);
}

TEST_CASE("a boundary never occurs in what it separates") {
  const Operation operation = operation_of(
      with_body("{required: true, content: {multipart/form-data: {schema: {properties: {a: {type: "
                "string}}}}}}"));
  CallTarget target;
  target.boundary = "XX";
  const Result<Request> request = make_request(operation, {{"a", "--XX--"}}, target);
  REQUIRE(request.has_value());
  CHECK(request->headers.get("Content-Type") != "multipart/form-data; boundary=XX");
  CHECK(request_of(operation, {{"a", "b"}}).body == request_of(operation, {{"a", "b"}}).body);
}

TEST_CASE("text and bytes are bodies as they are") {
  const Operation text =
      operation_of(with_body("{required: true, content: {text/plain: {schema: {type: string}}}}"));
  const Request sent = request_of(text, {{"body", "a\nb"}});
  CHECK(sent.body == "a\nb");
  CHECK(sent.headers.get("Content-Type") == "text/plain");
  const Operation bytes = operation_of(with_body(
      "{required: true, content: {application/octet-stream: {schema: {type: string, format: "
      "binary}}}}"));
  CHECK(request_of(bytes, {{"body", {{"base64", "AAEC"}}}}).body == std::string("\0\1\2", 3));
  CHECK(request_of(bytes, {{"body", {{"text", "x"}, {"content_type", "text/csv"}}}})
            .headers.get("Content-Type") == "text/csv");
  CHECK(error_of(bytes, {{"body", {{"base64", "?"}}}}).find("cannot be decoded") !=
        std::string::npos);
  CHECK(error_of(bytes, {{"body", {{"text", "x"}, {"content_type", "a/b\r\nX: 1"}}}}) != "");
}

}  // namespace yoke::openapi
