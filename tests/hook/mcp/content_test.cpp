#include <catch2/catch.hpp>

#include "hosts/hook/mcp/content.h"
#include "hosts/hook/mcp/prompts.h"

namespace yoke::testing {

using mcp_hook::match_template;
using mcp_hook::prompt_from;
using mcp_hook::prompt_result;
using mcp_hook::resource_result;
using mcp_hook::tool_result;

TEST_CASE("a text is a block of text, an object structured content beside its text") {
  CHECK(tool_result("hi", "hi") == Json{{"content", {{{"type", "text"}, {"text", "hi"}}}}});
  const Json result = tool_result("{\"n\":1}", Json{{"n", 1}});
  CHECK(result["structuredContent"] == Json{{"n", 1}});
  CHECK(result["content"][0]["text"] == "{\"n\":1}");
}

TEST_CASE("what says itself that it is made of blocks is taken as it stands") {
  const Json image{{"type", "image"}, {"data", "AA=="}, {"mimeType", "image/png"}};
  const Json said{{"content", {image}}, {"isError", true}};
  CHECK(tool_result("", said) == said);
}

TEST_CASE("a list called content that holds no blocks is only data") {
  for (const Json& blocks : {Json::array({1, 2}), Json::array({Json{{"type", "image"}}}),
                             Json::array({Json{{"type", "video"}}}), Json::array()}) {
    const Json value{{"content", blocks}};
    const Json result = tool_result("text", value);
    CHECK(result["structuredContent"] == value);
    CHECK(result["content"][0]["text"] == "text");
  }
}

TEST_CASE("a prompt is a message of the user's, or the messages that were made") {
  const Json text{{"type", "text"}, {"text", "go"}};
  CHECK(prompt_result("go", "go", "d")["messages"][0] == Json{{"role", "user"}, {"content", text}});
  const Json made{{"messages", {{{"role", "assistant"}, {"content", text}}}}};
  CHECK(prompt_result("", made, "")["messages"] == made["messages"]);
  const Json odd{{"messages", {{{"role", "system"}, {"content", text}}}}};
  CHECK(prompt_result("odd", odd, "")["messages"][0]["content"]["text"] == "odd");
}

TEST_CASE("a resource is text, bytes, or the JSON of what a tool returned") {
  const Json blob = resource_result("a:b", "", "", Json{{"blob", "AA=="}, {"mimeType", "x/y"}});
  CHECK(blob["contents"][0] == Json{{"uri", "a:b"}, {"mimeType", "x/y"}, {"blob", "AA=="}});
  const Json data = resource_result("a:b", "", "{\"n\":1}", Json{{"n", 1}});
  CHECK(data["contents"][0]["mimeType"] == "application/json");
  CHECK(data["contents"][0]["text"] == "{\"n\":1}");
}

TEST_CASE("a template takes its parts out of an address, decoded, and nothing across a slash") {
  CHECK(match_template("t://{id}/data", "t://12%203/data") == Json{{"id", "12 3"}});
  CHECK(match_template("m://{a}/{b}", "m://x/y") == Json{{"a", "x"}, {"b", "y"}});
  CHECK(match_template("m://{a}-{b}", "m://x-y") == Json{{"a", "x"}, {"b", "y"}});
  CHECK_FALSE(match_template("t://{id}/data", "t://1/2/data"));
  CHECK_FALSE(match_template("t://{id}/data", "t:///data"));
  CHECK_FALSE(match_template("t://{id}", "t://%zz"));
  CHECK_FALSE(match_template("t://{id", "t://1"));
}

TEST_CASE("a prompt's file has its arguments in its head, and only those are filled in") {
  const char* text =
      "---\ndescription: Sums up.\narguments:\n  topic:\n    required: true\n---\n"
      "About {{ topic }}, {{other}} and {{";
  const mcp_hook::Prompt prompt = prompt_from("sum", text, "sum.md").value();
  CHECK(prompt.description == "Sums up.");
  CHECK(mcp_hook::filled(prompt, Json{{"topic", "tea"}}).value() == "About tea, {{other}} and {{");
  CHECK(mcp_hook::filled(prompt, Json::object()).error().detail.find("'topic'") !=
        std::string::npos);
  CHECK(mcp_hook::filled(prompt, Json{{"topic", "{{topic}}"}}).value() ==
        "About {{topic}}, {{other}} and {{");
}

TEST_CASE("a prompt's file without a head is its text") {
  CHECK(prompt_from("sum", "Sum it up.\n", "sum.md").value().text == "Sum it up.");
}

TEST_CASE("arguments of a prompt that a tool makes become what its schema says") {
  const Json schema{{"properties", {{"n", {{"type", "integer"}}}, {"s", {{"type", "string"}}}}}};
  CHECK(mcp_hook::typed_arguments(schema, Json{{"n", "3"}, {"s", "3"}}) ==
        Json{{"n", 3}, {"s", "3"}});
}

}  // namespace yoke::testing
