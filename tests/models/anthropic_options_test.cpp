#include <catch2/catch.hpp>

#include "tests/models/vendor_fixtures.h"

// What a client of Anthropic's own wire asks for, on its way to Anthropic's models.
namespace yoke {
namespace {

const anthropic::MessagesWire kWire;

ModelRequest question(CallOptions options = {}) {
  ModelRequest request;
  request.output_tokens_max = 8000;
  request.messages.push_back(user_message("Weather in Oslo?"));
  request.options = std::move(options);
  return request;
}

Json sent(const ModelRequest& request, const std::string& model = "claude-opus-5",
          Json extra = Json::object()) {
  return body_of(kWire, request, form_of(kWire, model, std::move(extra)));
}

Json thinking_sent(std::string thinking, const std::string& model,
                   std::optional<std::int64_t> tokens = {}) {
  CallOptions options;
  options.thinking = std::move(thinking);
  options.thinking_tokens = tokens;
  return member_at(sent(question(options), model), "thinking");
}

TEST_CASE("the caller's thinking is asked for in the words that a model takes") {
  const Json adaptive{{"type", "adaptive"}};
  const auto budget = [](int tokens) {
    return Json{{"type", "enabled"}, {"budget_tokens", tokens}};
  };
  CHECK(thinking_sent("adaptive", "claude-opus-5-5") == adaptive);
  CHECK(thinking_sent("on", "claude-opus-5-5", 2000) == adaptive);
  CHECK(thinking_sent("on", "claude-sonnet-4-6", 2000) == budget(2000));
  CHECK(thinking_sent("adaptive", "claude-haiku-4-5-20251001") == budget(4000));
  CHECK(thinking_sent("on", "MiniMax-M3", 50'000) == budget(7999));
  CHECK(thinking_sent("on", "claude-sonnet-4-5", 10) == budget(1024));
  CHECK(thinking_sent("off", "claude-opus-5") == Json{{"type", "disabled"}});
  CHECK(thinking_sent("", "claude-opus-5").is_null());
}

TEST_CASE("the operator's thinking stands above the caller's") {
  CallOptions options;
  options.thinking = "adaptive";
  const Json off{{"type", "disabled"}};
  CHECK(sent(question(options), "claude-opus-5", {{"thinking", off}})["thinking"] == off);
}

TEST_CASE("effort is asked of the Claude models that know it, the operator's first") {
  CallOptions options;
  options.reasoning_effort = "low";
  CHECK(sent(question(options))["output_config"]["effort"] == "low");
  CHECK_FALSE(sent(question(options), "claude-haiku-4-5").contains("output_config"));
  const Json set{{"output_config", {{"effort", "max"}}}};
  CHECK(sent(question(options), "claude-opus-5", set)["output_config"]["effort"] == "max");
}

TEST_CASE("the caller's cache marks stand where it put them, instead of ours") {
  ModelRequest request = question();
  request.instructions = "Be brief.";
  request.cache_key = "session";
  request.tools = {tool_named("weather.now")};
  request.messages.push_back(
      assistant({TextPart{"I look."}, call_part("toolu_1", "weather.now", Json::object())}));
  request.messages.push_back(tool_result("toolu_1", "weather.now", "rain"));
  request.messages.push_back(user_message("And tomorrow?"));
  request.options.cache_marks = {{CacheMark::After::instructions, 0, "1h"},
                                 {CacheMark::After::message, 2, ""}};
  const Json body = sent(request);
  CHECK(body["system"][0]["cache_control"] == Json{{"type", "ephemeral"}, {"ttl", "1h"}});
  CHECK_FALSE(body["tools"][0].contains("cache_control"));
  const Json& last = body["messages"][2]["content"];
  CHECK(last[0]["type"] == "tool_result");
  CHECK(last[0]["cache_control"] == Json{{"type", "ephemeral"}});
  CHECK_FALSE(last[1].contains("cache_control"));
}

TEST_CASE("a thought that a client of Anthropic's brings goes to Anthropic as it is") {
  ReasoningPart part;
  part.text = "hm";
  part.opaque = Opaque{"anthropic", "thinking", {{"type", "thinking"}, {"signature", "S"}}};
  ModelRequest request = question();
  request.messages.push_back(assistant({part, TextPart{"Hi"}}));
  request.messages.push_back(user_message("more"));
  CHECK(sent(request)["messages"][1]["content"][0] ==
        Json{{"type", "thinking"}, {"thinking", "hm"}, {"signature", "S"}});
}

TEST_CASE("options of thinking and marks are read back as they were written") {
  CallOptions options;
  options.thinking = "on";
  options.thinking_tokens = 9;
  options.cache_marks = {{CacheMark::After::tools, 0, ""}, {CacheMark::After::message, 3, "1h"}};
  CHECK(call_options_from_json(to_json(options)).value() == options);
  CHECK(call_options_from_json({{"cache_marks", 1}}).has_error());
}

}  // namespace
}  // namespace yoke
