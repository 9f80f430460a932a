#include <catch2/catch.hpp>

#include "tests/hook/api/api_world.h"

// The same API as the user's own commands meet it on the socket beside the store.
namespace yoke::testing {

TEST_CASE("on the socket an id may be a beginning, or the newest") {
  ApiWorld world(ApiPlace::socket);
  const std::string id = world.started_and_ended("say x");
  for (const std::string& typed : {id, id.substr(0, 20), std::string("@last")}) {
    CHECK(string_at(world.get(typed), "run") == id);
  }
  CHECK(world.ask("GET", "/v1/runs/01ZZ").status == 404);
}

TEST_CASE("on the socket an agent may be a file, or none, and who acts is on record") {
  ApiWorld world(ApiPlace::socket);
  const Json by_path{{"agent", world.folder.file("agents/lonely.lua")},
                     {"task", "say x"},
                     {"by", "anna"},
                     {"project", world.folder.path()}};
  const Json run = json_of(world.ask("POST", "/v1/runs?wait=30s", by_path));
  CHECK(string_at(run, "agent") == "lonely");
  CHECK(string_at(run, "by") == "anna");
  const Json plain{{"plain", true}, {"task", "say plainly"}};
  CHECK(string_at(json_of(world.ask("POST", "/v1/runs?wait=30s", plain)), "text") == "plainly");
  const Json elsewhere{{"agent", "lonely"}, {"task", "say x"}, {"project", "/"}};
  const HttpResponse refused = world.ask("POST", "/v1/runs", elsewhere);
  CHECK(refused.status == 422);
  CHECK(string_at(json_of(refused), "detail").find("works in the project") != std::string::npos);
}

TEST_CASE("on the socket the newest session is gone on with") {
  ApiWorld world(ApiPlace::socket);
  const Json first{{"agent", "lonely"}, {"task", "say hello"}, {"session", "talk"}};
  CHECK(world.ask("POST", "/v1/runs?wait=30s", first).status == 201);
  const Json next{{"agent", "lonely"}, {"task", "first"}, {"continue", true}};
  const Json run = json_of(world.ask("POST", "/v1/runs?wait=30s", next));
  CHECK(string_at(run, "session") == "talk");
  CHECK(string_at(run, "text") == "you first said: say hello");
}

}  // namespace yoke::testing
