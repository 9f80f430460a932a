#include <catch2/catch.hpp>

#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/openai/openai.h"
#include "tests/hook/hook_world.h"
#include "tests/support/mock_openai.h"

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

HttpResponse asked(const std::string& retry_after, const std::string& target, Json body) {
  const MockOpenAi vendor(without_quota(retry_after));
  HookWorld world(
      [](Endpoints& endpoints, const HookServices& services) {
        add_openai(endpoints, services);
        add_anthropic(endpoints, services);
      },
      "\n[backends.peer]\npreset = \"openai-compatible\"\nbase_url = \"" + vendor.base_url() +
          "\"\nattempts = 1\nprices = { input = 1.0, output = 1.0 }\n");
  body["model"] = "peer/m";
  body["max_tokens"] = 10;
  body["messages"] = Json::array({{{"role", "user"}, {"content", "Hello"}}});
  return world.ask("POST", target, body);
}

}  // namespace

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

}  // namespace yoke::testing
