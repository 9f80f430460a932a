#include "hosts/hook/visible.h"

#include <catch2/catch.hpp>

#include "tests/hook/whole_hook.h"

// What a key that is bound to some agents or models may know of its tenant.
namespace yoke::testing {
namespace {

Principal bound_to_lonely(const std::string& name = "key:b") {
  Principal who = caller("acme", name);
  who.agents = {"lonely"};
  return who;
}

// A tenant with a run of each agent, in a session of its own, and one of each in "mixed".
struct Tenant {
  Tenant() {
    for (const char* agent : {"helper", "lonely"}) {
      start(agent, agent);
      start(agent, "mixed");
    }
  }
  std::string start(const std::string& agent, const std::string& session) {
    const Json body{{"agent", agent}, {"task", "say x"}, {"session", session}};
    return string_at(json_of(world.as(all, "POST", "/v1/runs?wait=30s", body)), "run");
  }
  HttpResponse ask(const std::string& method, const std::string& target, const Json& body = nullptr,
                   HttpHeaders headers = {}) {
    return world.as(bound, method, target, body, std::move(headers));
  }

  WholeHook world;
  const Principal all = caller("acme", "key:a");
  Principal bound = bound_to_lonely();
};

std::string names_in(const Json& rows, const std::string& field) {
  std::string names;
  for (const Json& row : rows) names += string_at(row, field) + " ";
  return names;
}

}  // namespace

TEST_CASE("who is bound to agents sees runs of these, and of models only what they asked") {
  const Principal all = caller("acme", "key:a");
  const Principal bound = bound_to_lonely();
  Principal of_models = caller("acme", "key:c");
  of_models.models = {"default"};
  const auto sees = [](const Principal& who, RunOwner owner) { return may_see(who, owner); };
  CHECK(sees(all, {"acme", "helper", "key:b"}));
  CHECK_FALSE(sees(all, {"bolt", "helper", "key:a"}));
  CHECK(sees(bound, {"acme", "lonely", "key:a"}));
  CHECK_FALSE(sees(bound, {"acme", "helper", "key:a"}));
  CHECK_FALSE(sees(bound, {"acme", "helper", "key:b"}));
  CHECK_FALSE(sees(bound, {"bolt", "lonely", "key:b"}));
  for (const char* wire : {"openai.chat", "openai.responses", "anthropic", ""}) {
    CHECK(sees(all, {"acme", wire, "key:b"}));
    CHECK(sees(bound, {"acme", wire, "key:b"}));
    CHECK_FALSE(sees(bound, {"acme", wire, "key:a"}));
    CHECK(sees(of_models, {"acme", wire, "key:c"}));
    CHECK_FALSE(sees(of_models, {"acme", wire, "key:a"}));
  }
  CHECK(sees(of_models, {"acme", "helper", "key:a"}));
}

TEST_CASE("lists hold what a bound key may see, page by page") {
  Tenant tenant;
  CHECK(names_in(json_of(tenant.ask("GET", "/v1/runs"))["runs"], "agent") == "lonely lonely ");
  const Json first = json_of(tenant.ask("GET", "/v1/runs?limit=1"));
  CHECK(first["runs"].size() == 1);
  const std::string next = string_at(first, "next");
  const Json second = json_of(tenant.ask("GET", "/v1/runs?limit=1&cursor=" + next));
  CHECK(second["runs"].size() == 1);
  CHECK(second["runs"][0]["run"] != first["runs"][0]["run"]);
  CHECK_FALSE(second.contains("next"));
  CHECK(json_of(tenant.ask("GET", "/v1/runs?agent=helper"))["runs"].empty());
  const Json sessions = json_of(tenant.ask("GET", "/v1/sessions"));
  CHECK(names_in(sessions["sessions"], "session") == "lonely ");
  const Json spent = json_of(tenant.ask("GET", "/v1/spend?by=agent"));
  CHECK(names_in(spent["rows"], "name") == "lonely ");
  CHECK(spent["total"]["requests"] == 2);
}

TEST_CASE("a list of sessions goes on behind those that are not visible") {
  Tenant tenant;
  for (const char* session : {"one", "two", "three"}) tenant.start("lonely", session);
  std::string seen;
  std::string target = "/v1/sessions?limit=1";
  while (!target.empty()) {
    const Json page = json_of(tenant.ask("GET", target));
    seen += names_in(page["sessions"], "session");
    const std::string next = string_at(page, "next");
    target = next.empty() ? "" : "/v1/sessions?limit=1&cursor=" + next;
  }
  CHECK(seen == "three two one lonely ");
}

TEST_CASE("nothing is said in a session in which others were heard, on any wire") {
  Tenant tenant;
  HttpHeaders session;
  session.set("X-Yoke-Session", "helper");
  const Json said{{"role", "user"}, {"content", "first"}};
  const Json chat{{"model", "agent/lonely"}, {"messages", Json::array({said})}};
  Json message = chat;
  message["max_tokens"] = 10;
  const Json run{{"agent", "lonely"}, {"task", "first"}};
  Json in_session = run;
  in_session["session"] = "mixed";
  CHECK(tenant.ask("POST", "/v1/sessions/mixed/messages", run).status == 403);
  CHECK(tenant.ask("POST", "/v1/sessions/helper/messages", Json{{"task", "first"}}).status == 403);
  CHECK(tenant.ask("POST", "/v1/runs", in_session).status == 403);
  CHECK(tenant.ask("POST", "/v1/chat/completions", chat, session).status == 403);
  CHECK(tenant.ask("POST", "/v1/messages", message, session).status == 403);
  const HttpResponse own = tenant.ask("POST", "/v1/sessions/lonely/messages?wait=30s", run);
  CHECK(string_at(json_of(own), "text") == "you first said: say x");
}

TEST_CASE("what a bound key asked of a model itself is its own to read and go on from") {
  Tenant tenant;
  const Json ask{{"model", "route/default"}, {"input", "say x"}};
  const std::string id = string_at(json_of(tenant.ask("POST", "/v1/responses", ask)), "id");
  CHECK(tenant.ask("GET", "/v1/responses/" + id).status == 200);
  Json after{{"model", "route/default"}, {"input", "first"}, {"previous_response_id", id}};
  CHECK(tenant.ask("POST", "/v1/responses", after).body.find("say x") != std::string::npos);
  tenant.bound = bound_to_lonely("key:other");
  CHECK(tenant.ask("GET", "/v1/responses/" + id).status == 404);
  CHECK(tenant.ask("POST", "/v1/responses", after).status == 404);
  CHECK(tenant.world.as(tenant.all, "GET", "/v1/responses/" + id).status == 200);
}

TEST_CASE("the scope for models alone opens no response of an agent, nor another's of a model") {
  Tenant tenant;
  const auto made = [&](const char* model) {
    const Json ask{{"model", model}, {"input", "say x"}};
    return string_at(json_of(tenant.world.as(tenant.all, "POST", "/v1/responses", ask)), "id");
  };
  Principal of_models = caller("acme", "key:m");
  of_models.scopes = Scopes();
  of_models.scopes.add(Scope::models);
  Principal runs = of_models;
  runs.scopes = Scopes();
  runs.scopes.add(Scope::run);
  Principal owner = of_models;
  owner.name = tenant.all.name;
  for (const char* model : {"agent/helper", "route/default"}) {
    const std::string path = "/v1/responses/" + made(model);
    const std::string items = path + "/input_items";
    const bool agent = model[0] == 'a';
    const auto status = [&](const Principal& who, const char* method, const std::string& target) {
      return tenant.world.as(who, method, target).status;
    };
    INFO(model);
    CHECK(status(of_models, "GET", path) == 404);
    CHECK(status(of_models, "GET", items) == 404);
    CHECK(status(of_models, "POST", path + "/cancel") == 404);
    CHECK(status(of_models, "DELETE", path) == 404);
    CHECK(status(owner, "GET", path) == (agent ? 404 : 200));
    CHECK(status(runs, "GET", path) == (agent ? 200 : 404));
    CHECK(status(agent ? runs : owner, "DELETE", path) == 200);
  }
}

TEST_CASE("a schedule of an agent that a key may not use is not changed by its name") {
  Tenant tenant;
  const Json weekly{{"cron", "@daily"}, {"agent", "helper"}, {"task", "say x"}};
  tenant.world.as(tenant.all, "PUT", "/v1/schedules/weekly", weekly);
  Json mine = weekly;
  mine["agent"] = "lonely";
  CHECK(json_of(tenant.ask("GET", "/v1/schedules"))["schedules"].empty());
  CHECK(tenant.ask("PUT", "/v1/schedules/weekly", mine).status == 409);
  CHECK(tenant.ask("DELETE", "/v1/schedules/weekly").status == 404);
  CHECK(tenant.ask("PUT", "/v1/schedules/mine", mine).status == 201);
  CHECK(json_of(tenant.ask("GET", "/v1/schedules"))["schedules"].size() == 1);
  CHECK(tenant.ask("DELETE", "/v1/schedules/mine").status == 204);
}

TEST_CASE("a key of idempotency is the caller's own") {
  Tenant tenant;
  HttpHeaders key;
  key.set("Idempotency-Key", "k");
  const Json body{{"agent", "lonely"}, {"task", "say x"}};
  const HttpResponse theirs = tenant.world.as(tenant.all, "POST", "/v1/runs", body, key);
  const HttpResponse mine = tenant.ask("POST", "/v1/runs", body, key);
  CHECK_FALSE(mine.headers.has("Idempotency-Replayed"));
  CHECK(json_of(mine)["run"] != json_of(theirs)["run"]);
  CHECK(tenant.ask("POST", "/v1/runs", body, key).headers.has("Idempotency-Replayed"));
}

TEST_CASE("names of agents that a key may not use are not suggested to it") {
  Tenant tenant;
  tenant.bound.agents = {"lon*", "helpr"};
  const Json body{{"agent", "helpr"}, {"task", "x"}};
  const HttpResponse reply = tenant.ask("POST", "/v1/runs", body);
  CHECK(reply.status == 422);
  CHECK(reply.body.find("helper") == std::string::npos);
}

}  // namespace yoke::testing
