#include <catch2/catch.hpp>

#include "tests/hook/api/api_world.h"

// Conversations by the native API.
namespace yoke::testing {

TEST_CASE("a session's next message is shown what was said before, by its agent") {
  ApiWorld world;
  const Json first{{"agent", "helper"}, {"task", "say hello"}};
  CHECK(world.ask("POST", "/v1/sessions/talk/messages?wait=30s", first).status == 201);
  const HttpResponse second =
      world.ask("POST", "/v1/sessions/talk/messages?wait=30s", Json{{"task", "first"}});
  REQUIRE(second.status == 201);
  CHECK(string_at(json_of(second), "text") == "you first said: say hello");
  CHECK(string_at(json_of(second), "agent") == "helper");
  const Json session = json_of(world.ask("GET", "/v1/sessions/talk"));
  CHECK(session["runs"].size() == 2);
}

TEST_CASE("a new session needs an agent, and one that is not there is not found") {
  ApiWorld world;
  const HttpResponse refused =
      world.ask("POST", "/v1/sessions/new/messages", Json{{"task", "say x"}});
  CHECK(refused.status == 422);
  CHECK(string_at(json_of(refused), "param") == "/agent");
  CHECK(world.ask("GET", "/v1/sessions/new").status == 404);
}

TEST_CASE("another tenant's session of the same name is another session") {
  ApiWorld world;
  const Json say{{"agent", "helper"}, {"task", "say secret"}};
  world.ask("POST", "/v1/sessions/talk/messages?wait=30s", say);
  world.gate.who.tenant = "acme";
  CHECK(world.ask("GET", "/v1/sessions/talk").status == 404);
  const HttpResponse theirs = world.ask("POST", "/v1/sessions/talk/messages?wait=30s",
                                        Json{{"agent", "helper"}, {"task", "first"}});
  CHECK(string_at(json_of(theirs), "text") == "you first said: first");
}

TEST_CASE("a message to a busy session is refused, waits its turn, or takes it") {
  ApiWorld world;
  const std::string target = "/v1/sessions/talk/messages";
  const Json open{{"agent", "helper"}, {"task", "open"}};
  const std::string first =
      string_at(json_of(world.ask("POST", target + "?wait=30s", open)), "run");
  const HttpResponse refused = world.ask("POST", target, Json{{"task", "say x"}});
  CHECK(refused.status == 409);
  CHECK(string_at(json_of(refused), "code") == "session.busy");
  const HttpResponse queued =
      world.ask("POST", target + "?wait=0s", Json{{"task", "say later"}, {"on_busy", "enqueue"}});
  const std::string second = string_at(json_of(queued), "run");
  CHECK(string_at(world.get(first), "status") == "waiting");
  CHECK_FALSE(world.get(second).contains("text"));
  const HttpResponse taking =
      world.ask("POST", target + "?wait=30s", Json{{"task", "say now"}, {"on_busy", "interrupt"}});
  CHECK(string_at(json_of(taking), "text") == "now");
  CHECK(string_at(world.ended(first), "status") == "cancelled");
  CHECK(string_at(world.ended(second), "status") == "cancelled");
}

TEST_CASE("what waits its turn begins when the run before it has ended") {
  ApiWorld world;
  const std::string target = "/v1/sessions/talk/messages";
  const Json open{{"agent", "helper"}, {"task", "open"}};
  const Json waiting = json_of(world.ask("POST", target + "?wait=30s", open));
  const HttpResponse queued =
      world.ask("POST", target, Json{{"task", "first"}, {"on_busy", "enqueue"}});
  REQUIRE(queued.status == 201);
  const std::string second = string_at(json_of(queued), "run");
  const Json answer{{"question", waiting["questions"][0]["question"]}, {"value", "yes"}};
  world.ask("POST", "/v1/runs/" + string_at(waiting, "run") + "/answers", answer);
  CHECK(string_at(world.ended(second), "text") == "you first said: open");
}

TEST_CASE("sessions are listed in pages, the last used first") {
  ApiWorld world;
  for (const char* name : {"a", "b/c d", "ü"}) {
    const Json say{{"agent", "helper"}, {"task", "say x"}, {"session", name}};
    CHECK(world.ask("POST", "/v1/runs?wait=30s", say).status == 201);
  }
  std::vector<std::string> seen;
  std::string target = "/v1/sessions?limit=2";
  while (!target.empty()) {
    const Json page = json_of(world.ask("GET", target));
    for (const Json& session : page["sessions"]) seen.push_back(string_at(session, "session"));
    const std::string next = string_at(page, "next");
    target = next.empty() ? "" : "/v1/sessions?limit=2&cursor=" + next;
  }
  CHECK(seen == std::vector<std::string>{"ü", "b/c d", "a"});
  CHECK(world.ask("GET", "/v1/sessions/b%2Fc%20d").status == 200);
  CHECK(world.ask("GET", "/v1/sessions?cursor=" + to_cursor("session", "x/y")).status == 422);
  world.gate.who.tenant = "acme";
  CHECK(json_of(world.ask("GET", "/v1/sessions"))["sessions"].empty());
}

}  // namespace yoke::testing
