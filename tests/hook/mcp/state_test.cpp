#include <catch2/catch.hpp>

#include "hosts/hook/mcp/request_state.h"

namespace yoke::testing {
namespace {

const std::string kKey(32, 'k');
constexpr std::int64_t kNow = 1'000'000;

mcp_hook::Request call(const std::string& tool, const Json& args) {
  mcp_hook::Request request;
  request.method = "tools/call";
  request.params = Json{{"name", tool}, {"arguments", args}};
  request.client.who.tenant = "acme";
  request.client.who.name = "key:ann";
  return request;
}

mcp_hook::CallPlace a_place() {
  mcp_hook::CallPlace place;
  place.run_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  place.questions = {{"name", "workflow/1"}};
  place.expires_ms = kNow + 1;
  return place;
}

bool opens(const mcp_hook::Request& request, const std::string& text, std::int64_t now = kNow,
           const std::string& key = kKey) {
  return mcp_hook::open_place(key, request, text, now).has_value();
}

}  // namespace

TEST_CASE("what a client brings back opens for the same call of the same caller") {
  const mcp_hook::Request request = call("ask", Json{{"n", 1}});
  const std::string text = mcp_hook::seal_place(kKey, request, a_place());
  const auto place = mcp_hook::open_place(kKey, request, text, kNow);
  REQUIRE(place);
  CHECK(place->run_id == a_place().run_id);
  CHECK(place->questions == a_place().questions);
}

TEST_CASE("a state opens for no other call, arguments, caller, tenant, method or store") {
  const mcp_hook::Request request = call("ask", Json{{"n", 1}});
  const std::string text = mcp_hook::seal_place(kKey, request, a_place());
  CHECK_FALSE(opens(call("other", Json{{"n", 1}}), text));
  CHECK_FALSE(opens(call("ask", Json{{"n", 2}}), text));
  mcp_hook::Request bob = request;
  bob.client.who.name = "key:bob";
  CHECK_FALSE(opens(bob, text));
  mcp_hook::Request umbrella = request;
  umbrella.client.who.tenant = "umbrella";
  CHECK_FALSE(opens(umbrella, text));
  mcp_hook::Request prompt = request;
  prompt.method = "prompts/get";
  CHECK_FALSE(opens(prompt, text));
  CHECK_FALSE(opens(request, text, kNow, std::string(32, 'x')));
}

TEST_CASE("a state opens neither when it is too old nor when a letter of it was changed") {
  const mcp_hook::Request request = call("ask", Json{{"n", 1}});
  const std::string text = mcp_hook::seal_place(kKey, request, a_place());
  CHECK_FALSE(opens(request, text, kNow + 2));
  CHECK_FALSE(opens(request, text + "x"));
  CHECK_FALSE(opens(request, ""));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(opens(request, changed));
  }
}

}  // namespace yoke::testing
