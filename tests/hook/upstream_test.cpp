#include <catch2/catch.hpp>
#include <cstdlib>

#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/openai/openai.h"
#include "tests/hook/hook_world.h"
#include "tests/support/mock_openai.h"
#include "tests/support/mock_vendor.h"

// What clients are told of their model's vendor.
namespace yoke::testing {
namespace {

// A vendor without quota, who says when there is some again only where it is given.
MockOpenAi::Options without_quota(const std::string& retry_after) {
  MockOpenAi::Options options;
  options.script = [retry_after](const Json&, int) {
    MockTurn turn;
    turn.fault = MockFault::status;
    turn.status = 429;
    if (!retry_after.empty()) turn.headers = {{"Retry-After", retry_after}};
    return turn;
  };
  return options;
}

void add_wires(Endpoints& endpoints, const HookServices& services) {
  add_openai(endpoints, services);
  add_anthropic(endpoints, services);
}

std::string peer_config(const std::string& preset, const std::string& base_url) {
  return "\n[backends.peer]\npreset = \"" + preset + "\"\nbase_url = \"" + base_url +
         "\"\nattempts = 1\nprices = { input = 1.0, output = 1.0 }\n";
}

HttpResponse asked_of(const MockOpenAi& vendor, const std::string& target, Json body) {
  HookWorld world(add_wires, peer_config("openai-compatible", vendor.base_url()));
  body["model"] = "peer/m";
  body["max_tokens"] = 10;
  body["messages"] = Json::array({{{"role", "user"}, {"content", "Hello"}}});
  return world.ask("POST", target, body);
}

HttpResponse asked(const std::string& retry_after, const std::string& target, Json body) {
  const MockOpenAi vendor(without_quota(retry_after));
  return asked_of(vendor, target, std::move(body));
}

// A model that calls "rm", whatever it is offered.
MockOpenAi::Options calling_what_is_not_there() {
  MockOpenAi::Options options;
  options.script = [](const Json&, int) {
    MockTurn turn;
    turn.calls.push_back({"call_1", "rm", R"({"all":true})"});
    return turn;
  };
  return options;
}

}  // namespace

TEST_CASE("a call of a tool that was not offered is the model's fault, and no client's to make") {
  const Json schema{{"type", "object"}, {"properties", Json::object()}};
  const Json chat = Json::array(
      {{{"type", "function"}, {"function", {{"name", "look"}, {"parameters", schema}}}}});
  const Json messages = Json::array({{{"name", "look"}, {"input_schema", schema}}});
  for (const char* target : {"/v1/chat/completions", "/v1/messages"}) {
    for (const bool stream : {false, true}) {
      INFO(target << (stream ? ", streamed" : ""));
      const MockOpenAi vendor(calling_what_is_not_there());
      const bool of_openai = std::string_view(target) == "/v1/chat/completions";
      const HttpResponse reply = asked_of(
          vendor, target, Json{{"stream", stream}, {"tools", of_openai ? chat : messages}});
      CHECK(reply.body.find("'rm', which was not offered") != std::string::npos);
      if (of_openai) CHECK(reply.body.find("\"unknown_tool\"") != std::string::npos);
      CHECK(reply.body.find("call_1") == std::string::npos);
      CHECK(reply.body.find("\"all\"") == std::string::npos);
      // A stream that has begun can only end with the error.
      if (!stream) CHECK(reply.status == 502);
    }
  }
}

TEST_CASE("a vendor's quota is told with the time that the vendor gave, and without one") {
  for (const char* target : {"/v1/chat/completions", "/v1/messages"}) {
    for (const bool stream : {false, true}) {
      const HttpResponse timed = asked("7", target, Json{{"stream", stream}});
      CHECK(timed.status == 429);
      CHECK(timed.headers.get("Retry-After") == "7");
      const HttpResponse untimed = asked("", target, Json{{"stream", stream}});
      CHECK(untimed.status == 429);
      CHECK_FALSE(untimed.headers.has("Retry-After"));
    }
  }
}

TEST_CASE("the stop sequence that a vendor met is told to clients, and is on record") {
  MockVendor::Options options;
  options.script = [](const Json&, int) {
    VendorTurn turn;
    turn.text = "one two";
    turn.stop_sequence = "END";
    return turn;
  };
  const auto vendor = mock_anthropic(std::move(options));
  ::setenv("YOKE_TEST_VENDOR_KEY", "sk-of-a-test", 1);
  HookWorld world(add_wires, peer_config("anthropic", vendor->base_url()) +
                                 "api_key = \"env:YOKE_TEST_VENDOR_KEY\"\n");
  Json body{{"model", "peer/m"},
            {"max_tokens", 10},
            {"stop_sequences", Json::array({"OVER", "END"})},
            {"messages", Json::array({{{"role", "user"}, {"content", "Count"}}})}};
  const Json whole = json_of(world.ask("POST", "/v1/messages", body));
  INFO(whole.dump());
  REQUIRE(whole.contains("stop_reason"));
  CHECK(whole["stop_reason"] == "stop_sequence");
  CHECK(whole["stop_sequence"] == "END");
  body["stream"] = true;
  const HttpResponse streamed = world.ask("POST", "/v1/messages", body);
  CHECK(streamed.body.find(R"("delta":{"stop_reason":"stop_sequence","stop_sequence":"END"})") !=
        std::string::npos);
  body["stream"] = false;
  body["stop_sequences"] = {"OVER"};
  const Json other = json_of(world.ask("POST", "/v1/messages", body));
  CHECK(other["stop_reason"] == "end_turn");
  CHECK(other["stop_sequence"].is_null());
}

}  // namespace yoke::testing
