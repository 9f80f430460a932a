#include "runtime/ports/message.h"

#include <catch2/catch.hpp>
#include <limits>

#include "runtime/ports/model.h"
#include "runtime/ports/script_host.h"

namespace yoke {
namespace {

Message message_of_every_part() {
  Opaque signature;
  signature.origin = "anthropic";
  signature.kind = "signature";
  signature.value = {{"bytes", "AAEC"}};
  ReasoningPart reasoning;
  reasoning.text = "first";
  reasoning.opaque = signature;
  reasoning.key = "reasoning_content";
  ToolCallPart call;
  call.id = "c1";
  call.name = "csv.stats";
  call.args = {{"file", "a.csv"}};
  call.opaque = signature;
  ToolCallPart broken_call;
  broken_call.id = "c2";
  broken_call.name = "csv.stats";
  broken_call.bad_args = "{\"file\":";
  ToolResultPart result;
  result.id = "c1";
  result.name = "csv.stats";
  result.content = "{\"rows\":3}";
  result.is_error = true;
  Message message;
  message.role = Role::assistant;
  message.parts = {TextPart{"hello "},
                   reasoning,
                   ImagePart{"image/png", "data:,x"},
                   call,
                   broken_call,
                   result,
                   RefusalPart{"no"},
                   TextPart{"you"}};
  return message;
}

TEST_CASE("a message of every part is the same after a journal's round trip") {
  const Json written = to_json(message_of_every_part());
  const Result<Message> read = message_from_json(written);
  REQUIRE(read.has_value());
  CHECK(to_json(*read) == written);
  REQUIRE(read->parts.size() == 8);
  const auto& call = std::get<ToolCallPart>(read->parts[3]);
  CHECK(call.args == Json{{"file", "a.csv"}});
  REQUIRE(call.opaque.has_value());
  CHECK(call.opaque->value == Json{{"bytes", "AAEC"}});
  CHECK(std::get<ReasoningPart>(read->parts[1]).key == "reasoning_content");
  CHECK(std::get<ToolCallPart>(read->parts[4]).bad_args == "{\"file\":");
  CHECK(std::get<ToolCallPart>(read->parts[4]).args.is_null());
  CHECK(std::get<ToolResultPart>(read->parts[5]).is_error);
}

TEST_CASE("a message has the neutral form that scripted models are given") {
  CHECK(to_text(to_json(user_message("hi"))) ==
        R"({"parts":[{"text":"hi","type":"text"}],"role":"user"})");
}

TEST_CASE("the text of a message leaves everything but text out") {
  CHECK(text_of(message_of_every_part()) == "hello you");
  CHECK(reasoning_of(message_of_every_part()) == "first");
}

TEST_CASE("what is no message is refused with its place") {
  CHECK(message_from_json(Json(3)).error().place == "/role");
  CHECK(message_from_json({{"role", "robot"}, {"parts", Json::array()}}).error().place == "/role");
  CHECK(message_from_json({{"role", "user"}}).error().place == "/parts");
  const Json good = {{"type", "text"}, {"text", "x"}};
  for (const Json& bad :
       {Json(1), Json{{"type", "text"}}, Json{{"type", "video"}, {"url", "x"}},
        Json{{"type", "tool_call"}, {"id", "1"}, {"name", "n"}, {"args", "text"}},
        Json{{"type", "tool_call"}, {"name", "n"}}, Json{{"type", "image"}, {"url", "x"}},
        Json{{"type", "tool_result"}, {"id", "1"}, {"name", "n"}}}) {
    CAPTURE(bad.dump());
    Json message = {{"role", "user"}, {"parts", Json::array()}};
    message["parts"].push_back(good);
    message["parts"].push_back(bad);
    const Result<Message> read = message_from_json(message);
    REQUIRE(read.has_error());
    CHECK(read.error().place == "/parts/1");
  }
}

TEST_CASE("usage adds up, stays marked as estimated and never overflows") {
  Usage usage;
  usage.input = 10;
  usage.output = 5;
  Usage more;
  more.input = std::numeric_limits<std::int64_t>::max();
  more.cached = 3;
  more.reasoning = 2;
  more.estimated = true;
  usage += more;
  CHECK(usage.input == std::numeric_limits<std::int64_t>::max());
  CHECK(usage.cached == 3);
  CHECK(usage.output == 5);
  CHECK(usage.reasoning == 2);
  CHECK(usage.estimated);
  CHECK(to_json(usage_from_json(to_json(usage))) == to_json(usage));
  CHECK(usage_from_json(Json("nonsense")).input == 0);
}

TEST_CASE("a request's form is what the model is told, whatever the target and the tool's code") {
  ToolSpec spec;
  spec.name = "csv.stats";
  spec.description = "Statistics";
  spec.input_schema = {{"type", "object"}};
  spec.source_hash = "aa";
  ModelRequest request;
  request.target = "default";
  request.instructions = "Be brief.";
  request.messages.push_back(user_message("hi"));
  request.tools.push_back(spec);
  const Json form = to_json(request);
  ModelRequest elsewhere = request;
  elsewhere.target = "local/other";
  elsewhere.cache_key = "k";
  elsewhere.tools[0].source_hash = "bb";
  CHECK(to_json(elsewhere) == form);
  CHECK(form["instructions"] == "Be brief.");
  CHECK(form["messages"][0]["parts"][0]["text"] == "hi");
  CHECK(form["tools"][0]["name"] == "csv.stats");
  CHECK(form["temperature"].is_null());
  for (auto change : {+[](ModelRequest& r) { r.instructions += "!"; },
                      +[](ModelRequest& r) { r.temperature = 0.5; },
                      +[](ModelRequest& r) { r.output_tokens_max = 1; },
                      +[](ModelRequest& r) {
                        r.tools[0].input_schema = {{"type", "array"}};
                      },
                      +[](ModelRequest& r) { r.output_schema = Json::object(); },
                      +[](ModelRequest& r) { r.messages.clear(); }}) {
    ModelRequest other = request;
    change(other);
    CHECK(to_json(other) != form);
  }
}

TEST_CASE("a request's text is that of its form, whatever parts it has") {
  ModelRequest request;
  CHECK(to_text(request) == to_text(to_json(request)));
  request.instructions = "Be \"brief\".\n";
  request.temperature = 0.7;
  request.output_schema = {{"type", "object"}};
  request.tools.resize(2);
  request.tools[1].name = "csv.stats";
  request.tools[1].description = "Statistics";
  request.tools[1].input_schema = {{"type", "object"}, {"properties", Json::object()}};
  Message message;
  message.role = Role::assistant;
  const Opaque opaque{"anthropic", "signature", Json{{"z", 1}, {"a", {1, 2}}}};
  message.parts = {TextPart{"hi"},
                   RefusalPart{"no"},
                   ReasoningPart{"so"},
                   ReasoningPart{"", opaque, "reasoning_content"},
                   ImagePart{"image/png", "data:x"},
                   ToolCallPart{"1", "csv.stats", Json{{"b", 1}, {"a", 2}}},
                   ToolCallPart{"2", "csv.stats", nullptr, "{", opaque},
                   ToolResultPart{"1", "csv.stats", "7 \xff", true}};
  request.messages = {user_message("hello"), message, Message{Role::tool, {}}};
  CHECK(to_text(request) == to_text(to_json(request)));
}

TEST_CASE("a tool's own account of itself names its effect") {
  ToolSpec spec;
  spec.name = "mail.send";
  const Json json = to_json(spec);
  CHECK(json["effect"] == "once");
  CHECK(json["timeout_ms"] == 30'000);
  CHECK(json["output_schema"].is_null());
}

TEST_CASE("a script source is the same after a round trip and keeps its hash") {
  ScriptSource source;
  source.name = "tools/csv.lua";
  source.text = "return 1";
  source.libs = {{"lib.a", "x"}, {"lib.b", "y"}};
  const Result<ScriptSource> read = script_source_from_json(to_json(source));
  REQUIRE(read.has_value());
  CHECK(read->libs == source.libs);
  CHECK(hash_of(*read) == hash_of(source));
}

TEST_CASE("a script's hash changes with its text and its libraries, not with its name") {
  ScriptSource source;
  source.name = "a.lua";
  source.text = "return 1";
  source.libs = {{"lib.a", "x"}};
  const std::string hash = hash_of(source);
  ScriptSource moved = source;
  moved.name = "b.lua";
  CHECK(hash_of(moved) == hash);
  ScriptSource edited = source;
  edited.text += " ";
  CHECK(hash_of(edited) != hash);
  ScriptSource other_lib = source;
  other_lib.libs[0].second = "z";
  CHECK(hash_of(other_lib) != hash);
}

TEST_CASE("what is no script source is refused") {
  CHECK(script_source_from_json(Json::array()).has_error());
  CHECK(script_source_from_json({{"name", "a"}}).has_error());
  CHECK(script_source_from_json({{"name", "a"}, {"text", "b"}, {"libs", {{"l", 1}}}}).has_error());
  CHECK(script_source_from_json({{"name", "a"}, {"text", "b"}, {"libs", "l"}}).has_error());
}

}  // namespace
}  // namespace yoke
