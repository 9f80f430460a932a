#include <catch2/catch.hpp>

#include "tests/openapi/fixture.h"

namespace yoke::openapi {
namespace {

std::string with_servers(const std::string& servers, const std::string& more = "") {
  return "openapi: 3.0.0\nservers: " + servers + "\npaths:\n  /a:\n    get: {operationId: a" +
         more + "}\n";
}

}  // namespace

TEST_CASE("servers that cannot be used are told and left out") {
  struct ServerRow {
    std::string url;
    std::string why;
  };
  const std::vector<ServerRow> rows = {
      {"ftp://x.example", "only http and https"},
      {"https://user:secret@x.example", "it holds a user name"},
      {"/v1", "is relative"},
      {"https://x.example/a/../b", "has '..' in its path"},
      {"https://x.example/a?b=c", "has a query or a fragment"},
      {"https://{region}.example", "no such variable is described"},
      {"${{HOST}}/api", "has a placeholder"},
      {"file:///etc/passwd", "only http and https"},
  };
  for (const ServerRow& row : rows) {
    CAPTURE(row.url);
    const std::string text = with_servers("[{url: '" + row.url + "'}]");
    CHECK(document_of(text)->servers().empty());
    const auto findings = findings_of(text);
    CHECK(has_finding(findings, row.why));
    CHECK_FALSE(has_finding({findings.begin(), findings.end()}, "secret"));
  }
}

TEST_CASE("a server on a private address is told, for others to decide") {
  for (const char* host : {"127.0.0.1:8080", "localhost", "10.0.0.7", "169.254.169.254", "[::1]"}) {
    CAPTURE(host);
    const std::string text = with_servers("[{url: 'http://" + std::string(host) + "/v1'}]");
    CHECK(document_of(text)->servers().size() == 1);
    CHECK(has_finding(findings_of(text), "is an address of this machine or a private network"));
  }
}

TEST_CASE("variables of a server are filled in, with what may stand there") {
  const std::string text = with_servers(
      "[{url: 'https://{region}.example.com:{port}/{base}', variables: {region: {default: eu, "
      "enum: "
      "[eu, us]}, port: {default: 8443}, base: {default: v1}}}]");
  const Server server = document_of(text)->servers().at(0);
  CHECK(*server_url(server) == "https://eu.example.com:8443/v1");
  CHECK(*server_url(server, {{"region", "us"}, {"base", "v2/x"}}) ==
        "https://us.example.com:8443/v2/x");
  for (const Json& values : {Json{{"region", "asia"}}, Json{{"port", "1@evil.example"}},
                             Json{{"port", "1/x"}}, Json{{"base", "../x"}}, Json{{"base", "a?b"}},
                             Json{{"none", "x"}}, Json{{"base", Json::array()}}}) {
    CAPTURE(values);
    CHECK_FALSE(server_url(server, values).has_value());
  }
}

TEST_CASE("variables become arguments where they are asked for, but never a free host") {
  const auto document = document_of(with_servers(
      "[{url: 'https://{tenant}.{region}.example.com/{base}', variables: {tenant: {default: t}, "
      "region: {default: eu, enum: [eu, us]}, base: {default: v1, description: D}}}]"));
  ReadOptions options;
  options.server_variables = true;
  const Result<Operation> operation = document->operation(document->entries().front(), options);
  REQUIRE(operation.has_value());
  CHECK(operation->input_schema["properties"] ==
        Json({{"region", {{"type", "string"}, {"default", "eu"}, {"enum", {"eu", "us"}}}},
              {"base", {{"type", "string"}, {"default", "v1"}, {"description", "D"}}}}));
  CHECK(request_of(*operation, {{"region", "us"}, {"base", "v2"}}).url ==
        "https://t.us.example.com/v2/a");
  CHECK(error_of(*operation, {{"base", ".."}}) != "");
}

TEST_CASE("an operation's own servers come first, then its path's, then the document's") {
  const std::string text =
      "openapi: 3.0.0\nservers: [{url: 'https://d.example'}]\npaths:\n  /a:\n"
      "    servers: [{url: 'https://p.example'}]\n    get: {operationId: a}\n"
      "    put: {operationId: b, servers: [{url: 'https://o.example/x/'}]}\n"
      "  /c:\n    get: {operationId: c}\n";
  CHECK(request_of(operation_of(text, "a"), Json::object()).url == "https://p.example/a");
  CHECK(request_of(operation_of(text, "b"), Json::object()).url == "https://o.example/x/a");
  CHECK(request_of(operation_of(text, "c"), Json::object()).url == "https://d.example/c");
  CallTarget target;
  target.server_url = "http://127.0.0.1:9/base";
  CHECK(make_request(operation_of(text, "c"), Json::object(), target)->url ==
        "http://127.0.0.1:9/base/c");
}

TEST_CASE("relative servers are where the document came from") {
  const auto document = Document::parse(with_servers("[{url: /v1}, {url: '../x'}]"),
                                        "https://host.example/docs/openapi.yaml");
  REQUIRE(document.has_value());
  REQUIRE((*document)->servers().size() == 2);
  CHECK((*document)->servers()[0].url == "https://host.example/v1");
  CHECK((*document)->servers()[1].url == "https://host.example/x");
  const auto without = Document::parse("openapi: 3.0.0\npaths: {}\n", "https://host.example/d");
  REQUIRE(without.has_value());
  CHECK((*without)->servers().at(0).url == "https://host.example");
}

TEST_CASE("a call without any server says so") {
  const Operation operation =
      operation_of("openapi: 3.0.0\npaths:\n  /a:\n    get: {operationId: a}\n");
  CHECK(error_of(operation, Json::object()).find("'a' has no server") != std::string::npos);
}

}  // namespace yoke::openapi
