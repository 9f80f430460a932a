#include <catch2/catch.hpp>

#include "hosts/app/memory_settings.h"
#include "tests/hook/api/api_world.h"

// GET and DELETE /v1/memory.
namespace yoke::testing {
namespace {

void remember(ApiWorld& world, MemoryPlace place, const std::string& key, const std::string& text) {
  NewMemory entry;
  entry.tenant = "local";
  entry.place = std::move(place);
  entry.key = key;
  entry.text = text;
  const auto saved = run(world.loop.io, memory_of(world.app()).save(std::move(entry)));
  REQUIRE(saved.has_value());
}

std::vector<std::string> keys_of(const HttpResponse& response) {
  CHECK(response.status == 200);
  std::vector<std::string> keys;
  const Json page = json_of(response);
  for (const Json& entry : page["entries"]) keys.push_back(string_at(entry, "key"));
  return keys;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("what agents remember is listed in pages, searched, narrowed and forgotten over HTTP") {
  ApiWorld world;
  remember(world, {MemoryScope::user, "ann"}, "tea", "Ann drinks green tea.");
  remember(world, {MemoryScope::agent, "helper"}, "port", "The printer's port is 9100.");
  remember(world, {MemoryScope::shared, ""}, "desk", "The desk closes at four.");
  const Json first = json_of(world.ask("GET", "/v1/memory?limit=2"));
  CHECK(first["entries"].size() == 2);
  CHECK(first["entries"][0]["owner"] == "");
  CHECK(first["entries"][0]["label"] == "untrusted,private");
  CHECK(keys_of(world.ask("GET", "/v1/memory?limit=2&cursor=" + string_at(first, "next"))) ==
        Keys{"tea"});
  CHECK(keys_of(world.ask("GET", "/v1/memory?query=green+tea")) == Keys{"tea"});
  CHECK(keys_of(world.ask("GET", "/v1/memory?query=tea&scope=shared")).empty());
  CHECK(keys_of(world.ask("GET", "/v1/memory?scope=user&owner=ann")) == Keys{"tea"});
  CHECK(keys_of(world.ask("GET", "/v1/memory?scope=user&owner=bob")).empty());
  const HttpResponse gone = world.ask("DELETE", "/v1/memory?key=tea");
  CHECK(gone.status == 200);
  CHECK(json_of(gone)["forgotten"] == 1);
  CHECK(json_of(gone)["entries"][0]["owner"] == "ann");
  CHECK_FALSE(json_of(gone)["entries"][0].contains("text"));
  CHECK(world.ask("DELETE", "/v1/memory?key=tea").status == 404);
  CHECK(keys_of(world.ask("GET", "/v1/memory?query=tea")).empty());
  CHECK(world.ask("GET", "/v1/memory?scope=users").status == 422);
  CHECK(world.ask("GET", "/v1/memory?cursor=x").status == 422);
  CHECK(world.ask("DELETE", "/v1/memory").status == 422);
}

TEST_CASE("everything is forgotten by who may manage the tenant, and by nobody else") {
  ApiWorld world;
  remember(world, {MemoryScope::user, "ann"}, "tea", "tea");
  remember(world, {MemoryScope::shared, ""}, "desk", "desk");
  world.gate.who.scopes = Scopes();
  world.gate.who.scopes.add(Scope::run);
  world.gate.who.scopes.add(Scope::read);
  CHECK(world.ask("DELETE", "/v1/memory?all=true").status == 403);
  CHECK(keys_of(world.ask("GET", "/v1/memory")).size() == 2);
  world.gate.who.scopes = Scopes::all();
  CHECK(json_of(world.ask("DELETE", "/v1/memory?all=true&scope=user"))["forgotten"] == 1);
  CHECK(json_of(world.ask("DELETE", "/v1/memory?all=true"))["forgotten"] == 1);
  CHECK(keys_of(world.ask("GET", "/v1/memory")).empty());
}

TEST_CASE("a key in two places is forgotten once it is said which, or in all when asked to") {
  ApiWorld world;
  remember(world, {MemoryScope::user, "ann"}, "k", "one");
  remember(world, {MemoryScope::user, "bob"}, "k", "two");
  const HttpResponse refused = world.ask("DELETE", "/v1/memory?key=k");
  CHECK(refused.status == 409);
  CHECK(string_at(json_of(refused), "detail").find("user:bob, user:ann") != std::string::npos);
  CHECK(json_of(world.ask("DELETE", "/v1/memory?key=k&owner=bob"))["forgotten"] == 1);
  remember(world, {MemoryScope::shared, ""}, "k", "three");
  CHECK(json_of(world.ask("DELETE", "/v1/memory?key=k&all=true"))["forgotten"] == 2);
}

TEST_CASE("a key that is bound to agents sees what these, its user and all remember") {
  ApiWorld world;
  remember(world, {MemoryScope::user, world.gate.who.name}, "own", "pearl");
  remember(world, {MemoryScope::user, "bob"}, "others", "pearl");
  remember(world, {MemoryScope::agent, "helper"}, "its", "pearl");
  remember(world, {MemoryScope::agent, "lonely"}, "not-its", "pearl");
  remember(world, {MemoryScope::session, "talk"}, "said", "pearl");
  remember(world, {MemoryScope::shared, ""}, "all", "pearl");
  world.gate.who.agents = {"helper"};
  CHECK(keys_of(world.ask("GET", "/v1/memory")) == Keys{"all", "its", "own"});
  CHECK(keys_of(world.ask("GET", "/v1/memory?query=pearl")).size() == 3);
  CHECK(world.ask("DELETE", "/v1/memory?key=others").status == 404);
  CHECK(world.ask("DELETE", "/v1/memory?key=said&all=true").status == 404);
  CHECK(world.ask("DELETE", "/v1/memory?all=true").status == 403);
  world.gate.who.agents = {};
  CHECK(keys_of(world.ask("GET", "/v1/memory")).size() == 6);
}

TEST_CASE("erasing a run forgets what it remembered for itself, and nothing else") {
  ApiWorld world;
  const std::string ended = world.started_and_ended("say x");
  const std::string other = world.started_and_ended("say y");
  remember(world, {MemoryScope::run, ended}, "mine", "pearl");
  remember(world, {MemoryScope::run, other}, "others", "pearl");
  remember(world, {MemoryScope::shared, ""}, "all", "pearl");
  CHECK(world.ask("DELETE", "/v1/runs/" + ended).status == 204);
  CHECK(keys_of(world.ask("GET", "/v1/memory")) == Keys{"all", "others"});
}

}  // namespace yoke::testing
