#include <catch2/catch.hpp>

#include "tools/mcp/wire/capabilities.h"
#include "tools/mcp/wire/content.h"
#include "tools/mcp/wire/header_value.h"
#include "tools/mcp/wire/message.h"
#include "tools/mcp/wire/names.h"
#include "tools/mcp/wire/versions.h"

namespace yoke::mcp {
namespace {

RpcMessage read(std::string_view text) {
  const ReadMessage found = read_message(text);
  const auto* message = std::get_if<RpcMessage>(&found);
  REQUIRE(message != nullptr);
  return *message;
}

RpcError refused(std::string_view text) {
  const ReadMessage found = read_message(text);
  const auto* bad = std::get_if<BadMessage>(&found);
  REQUIRE(bad != nullptr);
  return bad->error;
}

TEST_CASE("each kind of message is read and written back the same") {
  const std::string text = GENERATE(
      R"({"id":7,"jsonrpc":"2.0","method":"tools/call","params":{"name":"x"}})",
      R"({"id":"a","jsonrpc":"2.0","result":{"ok":true}})",
      R"({"error":{"code":-32601,"message":"no"},"id":7,"jsonrpc":"2.0"})",
      R"({"error":{"code":-32022,"data":{"supported":[]},"message":"no"},"jsonrpc":"2.0"})",
      R"({"jsonrpc":"2.0","method":"notifications/progress"})");
  CHECK(to_text(read(text)) == text);
}

TEST_CASE("what is no message is refused with the code that a server answers") {
  CHECK(refused("{").code == code::kParse);
  CHECK(refused("[]").code == code::kInvalidRequest);
  CHECK(refused(R"({"method":"ping","id":1})").code == code::kInvalidRequest);
  CHECK(refused(R"({"jsonrpc":"2.0","method":"ping","id":1.5})").code == code::kInvalidRequest);
  CHECK(refused(R"({"jsonrpc":"2.0","method":"ping","id":null})").code == code::kInvalidRequest);
  CHECK(refused(R"({"jsonrpc":"2.0","method":"ping","params":[1]})").code == code::kInvalidRequest);
  CHECK(refused(R"({"jsonrpc":"2.0","id":1,"result":3})").code == code::kInvalidRequest);
}

TEST_CASE("a message that nests deeper than is taken is refused") {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  CHECK(refused(R"({"jsonrpc":"2.0","method":"x","params":{"a":)" + deep + "}}").code ==
        code::kParse);
}

TEST_CASE("a number and a text that read the same are two ids") {
  CHECK(id_text(7) != id_text("7"));
}

TEST_CASE("the newest revision in common is chosen, the modern one before all others") {
  const std::vector<std::string_view> both = {"2024-11-05", "2026-07-28", "2025-11-25"};
  CHECK(common_version(both) == kModernVersion);
  const std::vector<std::string_view> strange = {"2031-01-01"};
  CHECK(common_version(strange).empty());
  CHECK(legacy_answer("2025-03-26") == "2025-03-26");
  CHECK(legacy_answer("2026-07-28") == kLegacyVersion);
}

TEST_CASE("a header value that is not plain text is carried in base64") {
  CHECK(to_header_value("us-west1") == "us-west1");
  CHECK(to_header_value(" padded ") == "=?base64?IHBhZGRlZCA=?=");
  CHECK(to_header_value("line1\nline2") == "=?base64?bGluZTEKbGluZTI=?=");
  CHECK(to_header_value("=?base64?literal?=") == "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
  CHECK(to_header_value("").empty());
  for (const std::string value : {"plain", " padded ", "a\nb", "\xc3\xa9", "=?base64?x?="}) {
    CHECK(from_header_value(to_header_value(value)) == value);
  }
  CHECK_FALSE(from_header_value("=?base64?***?="));
  CHECK_FALSE(from_header_value("\xc3\xa9"));
  CHECK(from_header_value("  x\t") == "x");
}

TEST_CASE("the name that a request is about is the one of its method") {
  CHECK(name_header_of("tools/call", {{"name", "a"}}) == "a");
  CHECK(name_header_of("resources/read", {{"uri", "x:y"}}) == "x:y");
  CHECK(name_header_of("tasks/get", {{"taskId", "t"}}) == "t");
  CHECK_FALSE(name_header_of("tools/list", {{"name", "a"}}));
}

TEST_CASE("parameters that a tool mirrors into headers are found, nested ones too") {
  const Json schema = Json::parse(R"({"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},
    "deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
    "x-mcp-header":{"type":"string"}}})");
  const auto found = param_headers(schema);
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  const Json args = Json::parse(R"({"region":"us","deep":{"n":42.0}})");
  CHECK((*found)[0].name == "Mcp-Param-N");
  CHECK(param_header_value((*found)[0], args) == "42");
  CHECK(param_header_value((*found)[1], args) == "us");
  CHECK_FALSE(param_header_value((*found)[1], Json::parse(R"({"region":null})")));
  CHECK(same_param_value("42", param_in_body((*found)[0], args)));
  CHECK_FALSE(same_param_value("43", param_in_body((*found)[0], args)));
}

TEST_CASE("a tool whose mirrored parameters break the rules is refused") {
  const std::string schema =
      GENERATE(R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
               R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
               R"({"properties":{"a":{"type":"string","x-mcp-header":"a b"}}})",
               R"({"properties":{"a":{"type":"string","x-mcp-header":3}}})",
               R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},
                        "b":{"type":"string","x-mcp-header":"a"}}})",
               R"({"properties":{"a":{"items":{"type":"string","x-mcp-header":"A"}}}})",
               R"({"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})",
               R"({"type":"string","x-mcp-header":"A"})");
  CHECK_FALSE(param_headers(Json::parse(schema)).has_value());
}

TEST_CASE("each kind of content is read and written back the same") {
  const std::string text = GENERATE(
      R"({"text":"hi","type":"text"})", R"({"data":"AA==","mimeType":"image/png","type":"image"})",
      R"({"data":"AA==","mimeType":"audio/wav","type":"audio"})",
      R"({"resource":{"mimeType":"text/plain","text":"x","uri":"a:b"},"type":"resource"})",
      R"({"resource":{"blob":"AA==","uri":"a:b"},"type":"resource"})",
      R"({"annotations":{"priority":1},"name":"n","type":"resource_link","uri":"a:b"})");
  const Result<ContentBlock> block = content_from_json(Json::parse(text));
  REQUIRE(block.has_value());
  CHECK(yoke::to_text(to_json(*block)) == text);
}

TEST_CASE("content that cannot be read leaves a line in its place") {
  const auto blocks = contents_from_json(Json::parse(R"([{"type":"hologram"},{"type":"text"}])"));
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].text.find("hologram") != std::string::npos);
  CHECK(blocks[1].text.find("'text'") != std::string::npos);
}

TEST_CASE("an elicitation capability without a mode means forms") {
  const auto old = client_capabilities_from_json(Json::parse(R"({"elicitation":{}})"));
  CHECK(old.elicitation_form);
  CHECK_FALSE(old.elicitation_url);
  const auto url = client_capabilities_from_json(Json::parse(R"({"elicitation":{"url":{}}})"));
  CHECK_FALSE(url.elicitation_form);
  CHECK(url.elicitation_url);
}

TEST_CASE("what a client lacks is told in the shape that it would declare it in") {
  ClientCapabilities given;
  given.elicitation_form = true;
  ClientCapabilities needed;
  needed.elicitation_form = true;
  needed.sampling = true;
  needed.extensions[std::string(extension::kTasks)] = Json::object();
  CHECK(yoke::to_text(missing_capabilities(given, needed)) ==
        R"({"extensions":{"io.modelcontextprotocol/tasks":{}},"sampling":{}})");
}

TEST_CASE("a modern request says its version, what its client can and who it is") {
  RequestMeta meta;
  meta.version = kModernVersion;
  meta.capabilities.sampling = true;
  meta.client = {"a", "1"};
  meta.progress_token = 3;
  const Json params = {{"_meta", to_json(meta)}};
  CHECK(is_modern(params));
  const MetaRead read = request_meta_of(params);
  REQUIRE_FALSE(read.error);
  CHECK(read.meta.capabilities.sampling);
  CHECK(read.meta.progress_token == 3);
  CHECK(read.meta.client.name == "a");
}

TEST_CASE("a modern request that leaves something out or is of another revision is refused") {
  Json params = {{"_meta", {{std::string(meta::kProtocolVersion), "2026-07-28"}}}};
  CHECK(request_meta_of(params).error->code == code::kInvalidParams);
  params["_meta"][std::string(meta::kProtocolVersion)] = "2031-01-01";
  const auto error = request_meta_of(params).error;
  CHECK(error->code == code::kUnsupportedVersion);
  CHECK(string_at(error->data, "requested") == "2031-01-01");
  CHECK_FALSE(is_modern(Json::object()));
}

TEST_CASE("a server's capabilities are read and written back the same") {
  const std::string text =
      R"({"completions":{},"extensions":{"a/b":{}},"logging":{},"prompts":{"listChanged":true},)"
      R"("resources":{"subscribe":true},"tools":{}})";
  CHECK(yoke::to_text(to_json(server_capabilities_from_json(Json::parse(text)))) == text);
}

}  // namespace
}  // namespace yoke::mcp
