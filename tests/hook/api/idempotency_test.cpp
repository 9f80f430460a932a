#include <catch2/catch.hpp>

#include "tests/hook/api/api_world.h"

// Requests that are sent again, and content that is to go.
namespace yoke::testing {
namespace {

HttpHeaders with_key(const std::string& key) {
  HttpHeaders headers;
  headers.set("Idempotency-Key", key);
  return headers;
}

std::size_t runs_of(ApiWorld& world) {
  return json_of(world.ask("GET", "/v1/runs"))["runs"].size();
}

}  // namespace

TEST_CASE("a request that is sent again is answered with the run of the first") {
  ApiWorld world;
  const Json body{{"agent", "helper"}, {"task", "say x"}};
  const HttpResponse first = world.ask("POST", "/v1/runs", body, with_key("k 1"));
  CHECK_FALSE(first.headers.has("Idempotency-Replayed"));
  const std::string id = string_at(json_of(first), "run");
  for (const char* query : {"", "?wait=30s"}) {
    const HttpResponse again =
        world.ask("POST", std::string("/v1/runs") + query, body, with_key("k 1"));
    CHECK(again.status == 201);
    CHECK(again.headers.get("Idempotency-Replayed") == "true");
    CHECK(string_at(json_of(again), "run") == id);
  }
  HttpRequest spaced;
  spaced.method = "POST";
  spaced.url = world.url("/v1/runs");
  spaced.headers = with_key("k 1");
  spaced.headers.set("Content-Type", "application/json");
  spaced.body = "{ \"task\" : \"say x\",\n \"agent\":\"helper\" }";
  CHECK(string_at(json_of(world.ask(std::move(spaced))), "run") == id);
  CHECK(runs_of(world) == 1);
}

TEST_CASE("a key that is used for something else is refused, and starts nothing") {
  ApiWorld world;
  const Json body{{"agent", "helper"}, {"task", "say x"}};
  CHECK(world.ask("POST", "/v1/runs", body, with_key("k")).status == 201);
  const Json other{{"agent", "helper"}, {"task", "say y"}};
  const HttpResponse refused = world.ask("POST", "/v1/runs", other, with_key("k"));
  CHECK(refused.status == 422);
  CHECK(string_at(json_of(refused), "code") == "idempotency_key.reused");
  CHECK(string_at(json_of(refused), "param") == "Idempotency-Key");
  CHECK(world.ask("POST", "/v1/sessions/s/messages", body, with_key("k")).status == 422);
  CHECK(runs_of(world) == 1);
  for (const std::string& bad : {std::string("\xc3\xbc"), std::string(256, 'k')}) {
    CHECK(world.ask("POST", "/v1/runs", body, with_key(bad)).status == 400);
  }
}

TEST_CASE("a key is the tenant's own, and free again after a day") {
  ApiWorld world;
  const Json body{{"agent", "helper"}, {"task", "say x"}};
  const HttpResponse first = world.ask("POST", "/v1/runs?wait=30s", body, with_key("k"));
  world.gate.who.tenant = "acme";
  const HttpResponse theirs = world.ask("POST", "/v1/runs?wait=30s", body, with_key("k"));
  CHECK(theirs.status == 201);
  CHECK_FALSE(theirs.headers.has("Idempotency-Replayed"));
  world.gate.who.tenant = "local";
  world.wall.ahead = 23 * 3600 * Micros{1'000'000};
  CHECK(world.ask("POST", "/v1/runs", body, with_key("k")).headers.has("Idempotency-Replayed"));
  world.wall.ahead = 25 * 3600 * Micros{1'000'000};
  const HttpResponse later = world.ask("POST", "/v1/runs", body, with_key("k"));
  CHECK(later.status == 201);
  CHECK_FALSE(later.headers.has("Idempotency-Replayed"));
  CHECK(string_at(json_of(later), "run") != string_at(json_of(first), "run"));
}

TEST_CASE("what was said in a run that has ended can be erased, and stays so") {
  ApiWorld world;
  const std::string id = world.started_and_ended("say my secret");
  world.gate.who.name = "user:ann@example.com";
  const HttpResponse erased = world.ask("DELETE", "/v1/runs/" + id);
  CHECK(erased.status == 204);
  CHECK(erased.body.empty());
  for (const std::string& target : {"/v1/runs/" + id, std::string("/v1/runs")}) {
    CHECK(world.ask("GET", target).body.find("secret") == std::string::npos);
  }
  CHECK(world.events_of(id).body.find("secret") == std::string::npos);
  const Json run = world.get(id);
  CHECK(string_at(run, "status") == "completed");
  CHECK(string_at(run["erased"], "by") == "user:ann@example.com");
  CHECK(world.ask("DELETE", "/v1/runs/" + id).status == 204);
}

}  // namespace yoke::testing
