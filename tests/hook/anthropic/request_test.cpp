#include <catch2/catch.hpp>

#include "hosts/hook/anthropic/ask.h"

namespace yoke::anthropic {
namespace {

const Thoughts kThoughts(Seal("secret of the store", "acme"), {"anthropic/own"});

Json body(const char* text) { return parse_json(text).value(); }

Json asking(const char* messages) {
  Json out{{"model", "m"}, {"max_tokens", 100}};
  out["messages"] = body(messages);
  return out;
}

Ask read(const Json& json) {
  Result<Ask> ask = read_ask(json, kThoughts);
  INFO((ask ? "" : ask.error().message()));
  REQUIRE(ask.has_value());
  return std::move(*ask);
}

std::string refused(const Json& json) {
  const Result<Ask> ask = read_ask(json, kThoughts);
  return ask ? "(it was read)" : ask.error().message();
}

Json neutral(const char* messages) { return to_json(read(asking(messages)).request)["messages"]; }

TEST_CASE("texts, images and documents of a user are read") {
  CHECK(neutral(R"([{"role":"user","content":"hi"}])") ==
        body(R"([{"role":"user","parts":[{"type":"text","text":"hi"}]}])"));
  const Json images = neutral(R"([{"role":"user","content":[
      {"type":"text","text":"what is this"},
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
      {"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},
      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}]}])");
  CHECK(images[0]["parts"][1]["url"] == "data:image/png;base64,aGk=");
  CHECK(images[0]["parts"][2]["url"] == "https://example.com/a.png");
  CHECK(images[0]["parts"][3]["text"] == "words");
}

TEST_CASE("calls and their results are read, results first and named") {
  const Json messages = neutral(R"([
      {"role":"user","content":"go"},
      {"role":"assistant","content":[{"type":"text","text":"I look."},
        {"type":"tool_use","id":"toolu_1","name":"Bash","input":{"command":"ls"}}]},
      {"role":"user","content":[{"type":"text","text":"and then stop"},
        {"type":"tool_result","tool_use_id":"toolu_1","is_error":true,
         "content":[{"type":"text","text":"no such file"}]}]}])");
  CHECK(messages[1]["parts"][1] ==
        body(R"({"type":"tool_call","id":"toolu_1","name":"Bash","args":{"command":"ls"}})"));
  CHECK(messages[2] == body(R"({"role":"tool","parts":[{"type":"tool_result","id":"toolu_1",
        "name":"Bash","content":"no such file","is_error":true}]})"));
  CHECK(messages[3]["role"] == "user");
}

TEST_CASE("an image in a result follows it") {
  const Json messages = neutral(R"([
      {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"Read","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[
        {"type":"text","text":"a.png: "},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]}]}])");
  CHECK(messages[1]["parts"][0]["content"] == "a.png: (an image, which follows)");
  CHECK(messages[2]["parts"][0]["type"] == "image");
}

TEST_CASE("what is neither true nor false says nothing of a stream") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json["stream"] = "yes";
  CHECK(refused(json).find("stream") != std::string::npos);
  json["stream"] = true;
  CHECK(read(json).stream);
}

TEST_CASE("a budget of thoughts that stand between calls may be larger than one answer") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json["thinking"] = {{"type", "enabled"}, {"budget_tokens", 4000}};
  CHECK(refused(json).find("thinking.budget_tokens") != std::string::npos);
  AskForm interleaved;
  interleaved.interleaved = true;
  const Result<Ask> ask = read_ask(json, kThoughts, interleaved);
  REQUIRE(ask.has_value());
  CHECK(ask->request.options.thinking_tokens == 4000);
}

TEST_CASE("the instructions are the system's texts, without what is only for billing") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json["system"] = body(R"([{"type":"text","text":"x-anthropic-billing-header: cc=1;"},
      {"type":"text","text":"You help."},
      {"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}])");
  const Ask ask = read(json);
  CHECK(ask.request.instructions == "You help.\n\nBe brief.");
  REQUIRE(ask.request.options.cache_marks.size() == 1);
  CHECK(ask.request.options.cache_marks[0].after == CacheMark::After::instructions);
  CHECK(ask.request.options.cache_marks[0].ttl == "1h");
}

TEST_CASE("messages of the system between the others stay in their place") {
  Json json = asking(R"([{"role":"user","content":"hi"},
      {"role":"system","content":"It is Monday.","output_config":{"effort":"low"}},
      {"role":"user","content":"go on"}])");
  json["output_config"] = {{"effort", "high"}};
  const Ask ask = read(json);
  REQUIRE(ask.request.messages.size() == 3);
  CHECK(ask.request.messages[1].role == Role::system);
  CHECK(ask.effort == "low");
}

TEST_CASE("the caller's marks say where a cache is to keep what stands before") {
  const Ask ask = read(asking(R"([
      {"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]},
      {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"x","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"b",
        "cache_control":{"type":"ephemeral"}}]}])"));
  REQUIRE(ask.request.options.cache_marks.size() == 2);
  CHECK(ask.request.options.cache_marks[0].message == 0);
  CHECK(ask.request.options.cache_marks[1].message == 2);
}

TEST_CASE("tools and the choice among them are read") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json["tools"] = body(R"([{"name":"Bash","description":"Runs.","input_schema":{"type":"object"},
      "type":"custom","eager_input_streaming":true,"defer_loading":false,
      "cache_control":{"type":"ephemeral"}}])");
  json["tool_choice"] = body(R"({"type":"tool","name":"Bash","disable_parallel_tool_use":true})");
  const ModelRequest request = read(json).request;
  REQUIRE(request.tools.size() == 1);
  CHECK(request.tools[0].description == "Runs.");
  CHECK(request.options.tool_choice == "tool");
  CHECK(request.options.tool == "Bash");
  CHECK(request.options.parallel_tools == false);
  CHECK(request.options.cache_marks[0].after == CacheMark::After::tools);
  json["tool_choice"] = body(R"({"type":"any"})");
  CHECK(read(json).request.options.tool_choice == "required");
}

TEST_CASE("tools may come and go between messages") {
  Json json = asking(R"([{"role":"user","content":"hi"},
      {"role":"system","content":[
        {"type":"tool_removal","tool":{"type":"tool_reference","name":"a"}},
        {"type":"tool_addition","tool":{"type":"tool_definition",
          "definition":{"name":"c","input_schema":{"type":"object"}}}}]}])");
  json["tools"] = body(R"([{"name":"a","input_schema":{"type":"object"}},
                           {"name":"b","input_schema":{"type":"object"}}])");
  const ModelRequest request = read(json).request;
  REQUIRE(request.tools.size() == 2);
  CHECK(request.tools[0].name == "b");
  CHECK(request.tools[1].name == "c");
  CHECK(request.messages.size() == 1);
}

TEST_CASE("sampling, thinking and the answer's shape are read") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json.update(body(R"({"max_tokens":9000,"temperature":0.5,"top_p":0.9,"top_k":4,"stream":true,
      "stop_sequences":["END"],"thinking":{"type":"enabled","budget_tokens":2000},
      "metadata":{"user_id":"u1"},
      "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}})"));
  const Ask ask = read(json);
  CHECK(ask.stream);
  CHECK(ask.show == Show::text);
  CHECK(ask.note["user_id"] == "u1");
  CHECK(ask.request.output_tokens_max == 9000);
  CHECK(ask.request.temperature == 0.5);
  CHECK(ask.request.options.top_p == 0.9);
  CHECK(ask.request.options.top_k == 4);
  CHECK(ask.request.options.stop == std::vector<std::string>{"END"});
  CHECK(ask.request.options.thinking == "on");
  CHECK(ask.request.options.thinking_tokens == 2000);
  CHECK(ask.request.output_schema == Json{{"type", "object"}});
  json["thinking"] = body(R"({"type":"adaptive","display":"omitted"})");
  CHECK(read(json).show == Show::marks);
  CHECK(read(json).request.options.thinking == "adaptive");
  json["thinking"] = body(R"({"type":"disabled"})");
  CHECK(read(json).show == Show::nothing);
}

TEST_CASE("fields of betas that promise nothing are passed over") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json.update(body(R"({"context_management":{"edits":[{"type":"clear_thinking_20251015"}]},
      "service_tier":"auto","speed":"fast","diagnostics":{},"a_field_of_2027":[1]})"));
  CHECK(refused(json) == "(it was read)");
}

TEST_CASE("what would lose its meaning is refused by name") {
  Json json = asking(R"([{"role":"user","content":"hi"}])");
  json["mcp_servers"] = body(R"([{"type":"url","url":"https://x"}])");
  CHECK(refused(json).starts_with("mcp_servers: "));
  json = asking(R"([{"role":"user","content":"hi"}])");
  json["tools"] = body(R"([{"type":"web_search_20250305","name":"web_search"}])");
  CHECK(refused(json).starts_with("tools.0: a tool of type 'web_search_20250305'"));
  CHECK(refused(asking(R"([{"role":"user","content":[{"type":"document",
      "source":{"type":"base64","media_type":"application/pdf","data":""}}]}])"))
            .starts_with("messages.0.content.0.source: a document of type 'base64'"));
  CHECK(refused(asking(R"([{"role":"user","content":[{"type":"hologram"}]}])")) ==
        "messages.0.content.0: a block of type 'hologram' is not taken in a message of the user");
}

TEST_CASE("a request that is wrong is told where") {
  CHECK(refused(Json::array()) == "the body is a JSON object");
  CHECK(refused(body(R"({"max_tokens":1})")) == "model: it is needed: the name of a model");
  CHECK(refused(body(R"({"model":"m","messages":[]})")) ==
        "max_tokens: it is needed: a whole number");
  CHECK(refused(body(R"({"model":"m","max_tokens":1,"messages":[]})")) ==
        "messages: it is needed: a list of messages");
  CHECK(refused(asking(R"([{"role":"robot","content":"x"}])")).starts_with("messages.0.role: "));
  CHECK(refused(asking(R"([{"role":"user","content":[{"type":"tool_result",
      "tool_use_id":"t9","content":"x"}]}])"))
            .starts_with("messages.0.content: a tool_result is for the tool_use 't9'"));
  Json json = asking(R"([{"role":"user","content":"x"}])");
  json["thinking"] = body(R"({"type":"enabled","budget_tokens":100})");
  CHECK(refused(json) == "thinking.budget_tokens: it is less than max_tokens");
}

TEST_CASE("what is only to be counted needs no max_tokens") {
  const Json json = body(R"({"model":"m","messages":[{"role":"user","content":"x"}]})");
  CHECK(read_ask(json, kThoughts, AskForm{true}).has_value());
}

TEST_CASE("thoughts come back for those whose they are, and what came with calls to the calls") {
  const Json calls = kThoughts.block_of_calls({{"toolu_1", Opaque{"gemini/g", "sig", "S"}}});
  Json json = asking(R"([{"role":"user","content":"go"}])");
  json["messages"].push_back(
      {{"role", "assistant"},
       {"content",
        {{{"type", "thinking"}, {"thinking", "hm"}, {"signature", "SIG"}},
         {{"type", "tool_use"}, {"id", "toolu_1"}, {"name", "x"}, {"input", Json::object()}},
         calls}}});
  const Message message = read(json).request.messages[1];
  REQUIRE(message.parts.size() == 2);
  CHECK(std::get<ReasoningPart>(message.parts[0]).opaque->origin == "anthropic");
  CHECK(std::get<ToolCallPart>(message.parts[1]).opaque->value == "S");
}

}  // namespace
}  // namespace yoke::anthropic
