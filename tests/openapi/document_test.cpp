#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

const std::string kJson = R"({
  "openapi": "3.1.0",
  "info": {"title": "Notes", "version": "1", "description": "of mine"},
  "servers": [{"url": "https://api.example.com/v1"}],
  "security": [{"key": []}],
  "paths": {
    "/notes/{id}": {
      "summary": "one note",
      "parameters": [{"$ref": "#/components/parameters/id"}],
      "get": {"operationId": "getNote", "tags": ["notes", "read"], "deprecated": true,
              "x-openai-isConsequential": false, "security": [],
              "responses": {"200": {"$ref": "#/components/responses/Note"}}},
      "delete": {"operationId": "deleteNote", "x-oai-isConsequential": true, "responses": {}}
    },
    "/other": {"$ref": "#/components/pathItems/Other"}
  },
  "components": {
    "parameters": {
      "id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
    },
    "responses": {
      "Note": {"description": "a note",
               "content": {"application/json": {"schema": {"type": "string"}}}}
    },
    "pathItems": {"Other": {"post": {"responses": {}}}},
    "securitySchemes": {
      "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
      "sign": {"type": "oauth2", "flows": {"authorizationCode": {
               "authorizationUrl": "https://a/auth",
               "tokenUrl": "https://a/token", "scopes": {"read": "reads"}}}},
      "bearer": {"type": "http", "scheme": "Bearer"},
      "bad": {"type": "apiKey"}
    }
  }
})";

}  // namespace

TEST_CASE("a document tells its operations, servers and ways to sign in") {
  const auto document = document_of(kJson);
  CHECK(document->version() == "3.1.0");
  CHECK(document->title() == "Notes");
  CHECK(document->description() == "of mine");
  REQUIRE(document->servers().size() == 1);
  REQUIRE(document->entries().size() == 3);
  CHECK(document->entries()[0].name == "get_note");
  CHECK(document->entries()[0].pointer == "/paths/~1notes~1{id}/get");
  CHECK(document->entries()[1].method == "DELETE");
  CHECK(document->entries()[2].name == "post_other");
  CHECK(document->find("getNote") == document->find("get_note"));
  CHECK(document->find("getNotes") == nullptr);
  REQUIRE(document->security_schemes().size() == 3);
  CHECK(document->security_schemes()[0].scheme == "bearer");
  CHECK(document->security_schemes()[1].parameter == "X-Key");
  REQUIRE(document->security_schemes()[2].flows.size() == 1);
  CHECK(document->security_schemes()[2].flows[0].token_url == "https://a/token");
  CHECK(has_finding(findings_of(kJson), "an apiKey says 'in' and 'name'"));
}

TEST_CASE("an operation tells what it is, what it needs and what it replies") {
  const Operation get = operation_of(kJson, "getNote");
  CHECK(get.summary == "one note");
  CHECK(get.tags == std::vector<std::string>{"notes", "read"});
  CHECK(get.deprecated);
  CHECK(get.consequential == std::optional<bool>(false));
  CHECK(get.security.empty());
  REQUIRE(get.responses.size() == 1);
  CHECK(get.responses[0].description == "a note");
  CHECK(get.output_schema == Json({{"type", "string"}}));
  CHECK(request_of(get, {{"id", "a"}}).headers.get("Accept") == "application/json");
  const Operation remove = operation_of(kJson, "deleteNote");
  CHECK(remove.consequential == std::optional<bool>(true));
  REQUIRE(remove.security.size() == 1);
  CHECK(remove.security[0][0].scheme == "key");
  CHECK(request_of(remove, {{"id", "a"}}).headers.get("Accept") == "*/*");
}

TEST_CASE("names of tools are made of ids, of methods and paths, and are never alike") {
  CHECK(tool_name_of("me_calendar_ListEvents") == "me_calendar_list_events");
  CHECK(tool_name_of("getHTTPInfo2For.user") == "get_http_info2_for_user");
  CHECK(tool_name_of("repos/list-for-user") == "repos_list-for-user");
  CHECK(tool_name_of("--") == "--");
  CHECK(tool_name_of("日本").starts_with("operation_"));
  const std::string id(100, 'a');
  CHECK(tool_name_of(id).size() == 40);
  CHECK(tool_name_of(id) != tool_name_of(id + "b"));
  const auto document = document_of(
      "openapi: 3.0.0\npaths:\n  /a: {get: {operationId: listItems}}\n"
      "  /b: {get: {operationId: list_items}}\n  /c/{id}: {get: {}}\n");
  REQUIRE(document->entries().size() == 3);
  CHECK(document->entries()[0].name == "list_items");
  CHECK(document->entries()[1].name == "list_items_2");
  CHECK(document->entries()[2].name == "get_c_id");
}

TEST_CASE("the same document in YAML and JSON is the same operations") {
  const std::string yaml =
      "openapi: 3.0.0\ninfo:\n  title: T\n  version: '1'\nservers:\n- url: "
      "https://api.example.com/v1\n"
      "paths:\n  /a/{id}:\n    # a comment\n    parameters:\n    - name: id\n      in: path\n"
      "      required: true\n      schema:\n        type: string\n    get:\n      operationId: go\n"
      "      description: |\n        Two\n        lines: {of} text\n      responses:\n"
      "        200:\n          description: fine\n";
  const std::string json =
      R"({"openapi":"3.0.0","info":{"title":"T","version":"1"},)"
      R"("servers":[{"url":"https://api.example.com/v1"}],)"
      R"("paths":{"/a/{id}":{"parameters":[{"name":"id","in":"path","required":true,)"
      R"("schema":{"type":"string"}}],)"
      R"("get":{"operationId":"go","description":"Two\nlines: {of} text\n",)"
      R"("responses":{"200":{"description":"fine"}}}}}})";
  const Operation one = operation_of(yaml);
  const Operation other = operation_of(json);
  CHECK(one.description == other.description);
  CHECK(one.input_schema == other.input_schema);
  CHECK(one.responses[0].status == "200");
  CHECK(request_of(one, {{"id", "x"}}).url == request_of(other, {{"id", "x"}}).url);
}

TEST_CASE("one bad operation is told with its line and left out, the others work") {
  const std::string text =
      "openapi: 3.0.0\n"
      "servers: [{url: 'https://api.example.com/v1'}]\n"
      "paths:\n"
      "  /good:\n"
      "    get: {operationId: good, responses: {}}\n"
      "  /bad:\n"
      "    get:\n"
      "      operationId: bad\n"
      "      parameters:\n"
      "        - $ref: '#/components/parameters/none'\n"
      "  /worse:\n"
      "    get:\n"
      "      operationId: worse\n"
      "      responses: {a: [}\n";
  const auto document = document_of(text);
  std::vector<Finding> findings;
  const std::vector<Operation> all = document->operations(findings);
  REQUIRE(all.size() == 1);
  CHECK(all[0].id == "good");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Finding::Kind::left_out);
  CHECK(findings[0].pointer == "/paths/~1bad/get/parameters/0/$ref");
  CHECK(findings[0].line == 9);
  CHECK(findings[0].message == "the operation 'bad' is left out: nothing is at '/components'");
  REQUIRE(document->findings().size() == 1);  // what not even the index can step over
  CHECK(document->findings()[0].pointer == "/paths/~1worse/get");
  CHECK(document->findings()[0].line == 12);
  CHECK(document->findings()[0].message.find("line 14") != std::string::npos);
}

TEST_CASE("what is no OpenAPI document says so") {
  CHECK(refusal_of("") == "the document is empty");
  CHECK(refusal_of("hello: world\n").find("neither 'openapi' nor 'swagger'") != std::string::npos);
  CHECK(refusal_of("openapi: 4.0.0\n").find("'4.0.0' is not known") != std::string::npos);
  CHECK(refusal_of("swagger: '1.2'\n").find("'1.2' is not known") != std::string::npos);
  CHECK(refusal_of("- a\n- b\n").find("expected an object, found array") != std::string::npos);
  CHECK(refusal_of("{\"openapi\": \"3.0.0\", ").find("line 1: byte ") == 0);
  CHECK(refusal_of("openapi: 3.0.0\npaths: 5\n").find("'paths' cannot be read") !=
        std::string::npos);
  CHECK(refusal_of("\xff\xfe") == "the document is no valid UTF-8");
  CHECK(refusal_of(std::string("openapi: \"3.0\x04\"", 15)).find("control character") !=
        std::string::npos);
}

TEST_CASE("a byte-order mark, a document marker and Windows line ends are no hindrance") {
  const std::string text =
      "\xEF\xBB\xBF---\r\nopenapi: 3.0.0\r\npaths:\r\n  /a:\r\n    get:\r\n      operationId: "
      "go\r\n"
      "      responses: {}\r\n";
  CHECK(operation_of(text).id == "go");
  CHECK(operation_of("\xEF\xBB\xBF{\"openapi\":\"3.0.0\",\"paths\":{\"/"
                     "a\":{\"get\":{\"operationId\":\"go\"}}}}")
            .id == "go");
}

}  // namespace yoke::openapi
