#include <catch2/catch.hpp>

#include "tools/mcp/listing.h"
#include "tools/mcp/mcp_tool.h"

namespace yoke::mcp {
namespace {

Json tool(const std::string& name, Json schema = {{"type", "object"}}) {
  return {{"name", name}, {"description", "Does it."}, {"inputSchema", std::move(schema)}};
}

const std::vector<std::string> kEvery = {"*"};

ServerReply replied(Json result) {
  ServerReply reply;
  reply.kind = ServerReply::Kind::result;
  reply.result = std::move(result);
  return reply;
}

TEST_CASE("a tool whose schema cannot be checked is left out and told, and the others stay") {
  const Json remote = {{"type", "object"},
                       {"properties", {{"a", {{"$ref", "https://elsewhere.example/s.json"}}}}}};
  const ToolListing listing =
      read_tools(Json::array({tool("well"), tool("remote", remote)}), false, kEvery);
  REQUIRE(listing.tools.size() == 1);
  CHECK(listing.tools[0].name == "well");
  REQUIRE(listing.left_out.size() == 1);
  CHECK(listing.left_out[0].find("remote") == 0);
}

TEST_CASE("a tool that a server keeps for what it shows to people is shown to no model") {
  Json inner = tool("inner");
  inner["_meta"] = {{"ui", {{"visibility", Json::array({"app"})}}}};
  Json both = tool("both");
  both["_meta"] = {{"ui", {{"visibility", Json::array({"model", "app"})}}}};
  const ToolListing listing = read_tools(Json::array({inner, both, tool("plain")}), false, kEvery);
  CHECK(listing.find("inner") == nullptr);
  CHECK(listing.find("both") != nullptr);
  CHECK(listing.tools.size() == 2);
  REQUIRE(listing.left_out.size() == 1);
  CHECK(listing.left_out[0].starts_with("inner: "));
  CHECK(listing.left_out[0].find("_meta.ui.visibility") != std::string::npos);
}

TEST_CASE("a tool that is listed twice is taken once") {
  const ToolListing listing = read_tools(Json::array({tool("a"), tool("a")}), false, kEvery);
  CHECK(listing.tools.size() == 1);
  CHECK(listing.left_out.size() == 1);
}

TEST_CASE("headers against the rules leave a tool out where headers are sent, and not elsewhere") {
  const Json schema = {{"type", "object"},
                       {"properties", {{"a", {{"type", "number"}, {"x-mcp-header", "A"}}}}}};
  const Json array = Json::array({tool("a", schema)});
  CHECK(read_tools(array, true, kEvery).tools.empty());
  CHECK(read_tools(array, false, kEvery).tools.size() == 1);
}

TEST_CASE("only the tools that the operator lets in are there") {
  const Json array = Json::array({tool("read_file"), tool("write_file")});
  const ToolListing listing = read_tools(array, false, {"read_*"});
  REQUIRE(listing.tools.size() == 1);
  CHECK(listing.find("read_file") != nullptr);
}

TEST_CASE("whatever a server says of a tool is in its hash") {
  const std::string before = read_tools(Json::array({tool("a")}), false, kEvery).tools[0].hash;
  for (const char* key : {"description", "title"}) {
    Json changed = tool("a");
    changed[key] = "Something else.";
    CHECK(read_tools(Json::array({changed}), false, kEvery).tools[0].hash != before);
  }
  Json hinted = tool("a");
  hinted["annotations"] = {{"readOnlyHint", true}};
  CHECK(read_tools(Json::array({hinted}), false, kEvery).tools[0].hash != before);
}

TEST_CASE("a server's names become names here, each its own") {
  CHECK(tool_name_for("files", "read_file") == "mcp:files.read_file");
  CHECK(tool_name_for("files", "a.b") == "mcp:files.a.b");
  CHECK(tool_name_for("files", "a/b") != tool_name_for("files", "a b"));
  CHECK(tool_name_for("files", std::string(128, 'x')).size() == 64);
  CHECK(tool_name_for("files", ".x.") != tool_name_for("files", "x"));
}

TEST_CASE("text stays text, and a structure that is told twice is one value") {
  const Json text = {{"type", "text"}, {"text", R"({"a":1})"}};
  CHECK(outcome_of(replied({{"content", Json::array({text})}}), "s").value == R"({"a":1})");
  const Json both = {{"content", Json::array({text})}, {"structuredContent", {{"a", 1}}}};
  CHECK(outcome_of(replied(both), "s").value == Json{{"a", 1}});
}

TEST_CASE("an image stays one, and other bytes are told by their type and size") {
  const Json image = {{"type", "image"}, {"data", "AAAA"}, {"mimeType", "image/png"}};
  const Json resource = {
      {"type", "resource"},
      {"resource", {{"uri", "pic://1"}, {"mimeType", "image/webp"}, {"blob", "BBBB"}}}};
  const Json sound = {{"type", "audio"}, {"data", "CCCC"}, {"mimeType", "audio/wav"}};
  const Json drawing = {{"type", "image"}, {"data", "DDDD"}, {"mimeType", "image/svg+xml"}};
  const Json all = Json::array({image, resource, sound, drawing});
  const Json content = outcome_of(replied({{"content", all}}), "s").value["content"];
  CHECK(content[0] == image);
  CHECK(content[1] ==
        Json{{"type", "image"}, {"data", "BBBB"}, {"mimeType", "image/webp"}, {"uri", "pic://1"}});
  CHECK(content[2]["text"] == "[audio/wav, 3 bytes]");
  CHECK(content[3]["text"] == "[image/svg+xml, 3 bytes]");
  CHECK(yoke::to_text(content).find("CCCC") == std::string::npos);
}

TEST_CASE("images beyond what a result may carry are told by their type and size") {
  const Json image = {
      {"type", "image"}, {"data", std::string(5u << 20, 'A')}, {"mimeType", "image/png"}};
  const Json content =
      outcome_of(replied({{"content", Json::array({image, image, image})}}), "s").value["content"];
  CHECK(content[0]["type"] == "image");
  CHECK(content[1]["type"] == "image");
  CHECK(content[2]["text"] == "[image/png, 3932160 bytes]");
}

TEST_CASE("a tool that says it failed has failed, with its own words") {
  const Json text = {{"type", "text"}, {"text", "no such file"}};
  const ToolOutcome out =
      outcome_of(replied({{"isError", true}, {"content", Json::array({text})}}), "s");
  CHECK(out.outcome == Outcome::error);
  CHECK(out.message == "no such file");
}

}  // namespace
}  // namespace yoke::mcp
