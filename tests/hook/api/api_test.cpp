#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hook/api/api_world.h"

// Runs by the native API, through a socket, as a client meets them.
namespace yoke::testing {

TEST_CASE("a run is started, looked at while it goes on, and found again when it has ended") {
  ApiWorld world;
  const HttpResponse made =
      world.ask("POST", "/v1/runs", Json{{"agent", "helper"}, {"task", "say hello"}});
  REQUIRE(made.status == 201);
  const std::string id = string_at(json_of(made), "run");
  CHECK(made.headers.get("Location") == "/v1/runs/" + id);
  const Json ended = world.ended(id);
  CHECK(string_at(ended, "status") == "completed");
  CHECK(string_at(ended, "text") == "hello");
  CHECK(string_at(ended, "by") == "local");
  CHECK(string_at(ended, "task") == "say hello");
  CHECK(integer_at(ended["usage"], "steps") == 1);
}

TEST_CASE("with wait a run is answered as it ended, or as it stands when that takes longer") {
  ApiWorld world;
  const HttpResponse ended =
      world.ask("POST", "/v1/runs?wait=30s", Json{{"agent", "helper"}, {"input", "say at once"}});
  CHECK(ended.status == 201);
  CHECK(string_at(json_of(ended), "text") == "at once");
  const HttpResponse parked =
      world.ask("POST", "/v1/runs?wait=30s", Json{{"agent", "helper"}, {"task", "open"}});
  CHECK(parked.status == 201);
  CHECK(string_at(json_of(parked), "status") == "waiting");
  CHECK(json_of(parked)["questions"].size() == 1);
  const HttpResponse longer =
      world.ask("POST", "/v1/runs?wait=0s", Json{{"agent", "helper"}, {"task", "say x"}});
  CHECK(longer.status == 202);
  const HttpResponse too_long =
      world.ask("POST", "/v1/runs?wait=11m", Json{{"agent", "helper"}, {"task", "say x"}});
  CHECK(too_long.status == 422);
  CHECK(string_at(json_of(too_long), "param") == "wait");
  CHECK(json_of(world.ask("GET", "/v1/runs"))["runs"].size() == 3);
}

TEST_CASE("runs that others called are listed for who asks for them") {
  ApiWorld world;
  const std::string top = world.started_and_ended("say x");
  NewRun child;
  child.run_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  child.agent = "lonely";
  child.parent_run = top;
  child.parent_call = "c3.0";
  child.created_at = world.app().wall().now();
  auto creating = world.app().store().create(child);
  REQUIRE(run(world.loop.io, std::move(creating)).has_value());
  CHECK(json_of(world.ask("GET", "/v1/runs"))["runs"].size() == 1);
  CHECK(json_of(world.ask("GET", "/v1/runs?children=false"))["runs"].size() == 1);
  const Json all = json_of(world.ask("GET", "/v1/runs?children=true"))["runs"];
  REQUIRE(all.size() == 2);
  CHECK(string_at(all[0]["parent"], "run") == top);
  CHECK(world.ask("GET", "/v1/runs?children=yes").status == 422);
}

TEST_CASE("what a run cannot be started with is refused, named by where it stands") {
  ApiWorld world;
  struct Case {
    Json body;
    const char* param;
    const char* says;
  };
  const Case cases[] = {
      {{{"agent", "hepler"}, {"task", "x"}}, "/agent", "did you mean 'helper'?"},
      {{{"agent", "helper"}}, "/task", "nothing to do"},
      {{{"agent", "helper"}, {"task", "x"}, {"input", "y"}}, "/input", "leave one out"},
      {{{"agent", "helper"}, {"task", "x"}, {"model", "nothing"}}, "/model", "nothing"},
      {{{"agent", "helper"}, {"task", "x"}, {"limits", "step=2"}}, "/limits", "step"},
      {{{"agent", "helper"}, {"task", "x"}, {"images", {"data:image/png;base64,AA"}}},
       "/images",
       "image"},
      {{{"agent", world.folder.file("agents/helper.lua")}, {"task", "x"}}, "/agent", "no agent"},
      {{{"agent", "agents/helper.lua"}, {"task", "x"}}, "/agent", "no agent"}};
  for (const Case& each : cases) {
    const HttpResponse refused = world.ask("POST", "/v1/runs", each.body);
    INFO(refused.body);
    CHECK(refused.status == 422);
    CHECK(refused.headers.get("Content-Type") == "application/problem+json");
    CHECK(string_at(json_of(refused), "param") == each.param);
    CHECK(string_at(json_of(refused), "detail").find(each.says) != std::string::npos);
  }
  CHECK(json_of(world.ask("GET", "/v1/runs"))["runs"].empty());
}

TEST_CASE("a limit of a request bounds the run") {
  ApiWorld world;
  const HttpResponse ended = world.ask(
      "POST", "/v1/runs?wait=60s",
      Json{{"agent", "helper"}, {"task", "count a b"}, {"limits", {{"steps", 1}, {"usd", 0.5}}}});
  const Json run = json_of(ended);
  CHECK(string_at(run, "reason") == "limit.steps");
  CHECK(number_at(run["limits"], "usd") == 0.5);
}

TEST_CASE("runs are listed in pages, newest first, by every filter") {
  ApiWorld world;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(world.started_and_ended("say " + std::to_string(i)));
  std::vector<std::string> seen;
  std::string target = "/v1/runs?limit=2";
  for (int page = 0; page < 3; ++page) {
    const Json body = json_of(world.ask("GET", target));
    for (const Json& run : body["runs"]) seen.push_back(string_at(run, "run"));
    CHECK(body.contains("next") == (page < 2));
    target = "/v1/runs?limit=2&cursor=" + string_at(body, "next");
  }
  CHECK(seen == std::vector<std::string>(ids.rbegin(), ids.rend()));
  const std::string open = world.start("open");
  world.until_waiting(open);
  const auto count = [&](const std::string& query) {
    return json_of(world.ask("GET", "/v1/runs?" + query))["runs"].size();
  };
  CHECK(count("status=completed") == 5);
  CHECK(count("status=waiting") == 1);
  CHECK(count("status=running") == 0);
  CHECK(count("agent=lonely") == 0);
  CHECK(count("since=2020-01-01") == 6);
  CHECK(count("since=2100-01") == 0);
}

TEST_CASE("a wrong cursor, status or time is refused and not passed over") {
  ApiWorld world;
  for (const char* query :
       {"cursor=zzz", "status=done", "since=yesterday", "limit=0", "tenant=x", "limit=10000"}) {
    const HttpResponse refused = world.ask("GET", std::string("/v1/runs?") + query);
    INFO(query << refused.body);
    CHECK(refused.status == 422);
    CHECK(std::string(query).starts_with(string_at(json_of(refused), "param")));
  }
}

TEST_CASE("another tenant's runs are as if they were not") {
  ApiWorld world;
  const std::string id = world.started_and_ended("say secret");
  const std::string open = world.start("open");
  world.until_waiting(open);
  const std::string never = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  world.gate.who.tenant = "acme";
  const Json answer{{"question", "q"}, {"value", "yes"}};
  const auto same = [&](const std::string& method, const std::string& tail, const Json& body) {
    const HttpResponse theirs = world.ask(method, "/v1/runs/" + id + tail, body);
    const HttpResponse none = world.ask(method, "/v1/runs/" + never + tail, body);
    CHECK(theirs.status == 404);
    CHECK(none.status == 404);
    Json a = json_of(theirs);
    Json b = json_of(none);
    CHECK(string_at(a, "detail") == "no run '" + id + "'");
    CHECK(string_at(b, "detail") == "no run '" + never + "'");
  };
  same("GET", "", Json::object());
  same("GET", "/events", Json::object());
  same("POST", "/answers", answer);
  same("POST", "/cancel", Json::object());
  same("POST", "/resume", Json::object());
  same("POST", "/fork", Json{{"at", 1}});
  CHECK(json_of(world.ask("GET", "/v1/runs"))["runs"].empty());
  const std::string cursor = string_at(
      json_of(world.ask("GET", "/v1/runs?limit=1&cursor=" + to_cursor("run", open))), "next");
  CHECK(cursor.empty());
  CHECK(json_of(world.ask("GET", "/v1/spend"))["rows"].empty());
  world.gate.who.tenant = "local";
  CHECK(string_at(world.get(open), "status") == "waiting");
}

TEST_CASE("a question is answered once, and a second answer learns by whom and when") {
  ApiWorld world;
  const std::string id = world.start("open");
  const Json parked = world.until_waiting(id);
  const Json question = parked["questions"][0];
  CHECK(string_at(question, "purpose") == "approve");
  const std::string to = "/v1/runs/" + id + "/answers";
  const Json body{{"question", question["question"]}, {"value", "yes"}};
  const HttpResponse wrong =
      world.ask("POST", to, Json{{"question", question["question"]}, {"value", "Yes"}});
  CHECK(wrong.status == 422);
  CHECK(string_at(json_of(wrong), "param") == "/value");
  for (const char* nothing : {"", "  "}) {
    const HttpResponse empty =
        world.ask("POST", to, Json{{"question", question["question"]}, {"value", nothing}});
    CHECK(empty.status == 422);
    CHECK(string_at(json_of(empty), "param") == "/value");
    CHECK(string_at(json_of(empty), "detail").starts_with("'/value' in the body: an empty text"));
  }
  const HttpResponse unknown = world.ask("POST", to, Json{{"question", "q9"}, {"value", "yes"}});
  CHECK(unknown.status == 404);
  world.gate.who.name = "user:ann@example.com";
  const HttpResponse first = world.ask("POST", to, body);
  CHECK(first.status == 200);
  CHECK(string_at(json_of(first), "by") == "user:ann@example.com");
  world.gate.who.name = "user:bob@example.com";
  const HttpResponse second = world.ask("POST", to, body);
  CHECK(second.status == 409);
  CHECK(string_at(json_of(second), "by") == "user:ann@example.com");
  CHECK(string_at(json_of(second), "at") == string_at(json_of(first), "at"));
  CHECK(string_at(world.ended(id), "text").find("opened_for") != std::string::npos);
}

TEST_CASE("who may not answer by the operator's rule is refused, and the question stays open") {
  ApiWorld world;
  const std::string id = world.start("open");
  const Json parked = world.until_waiting(id);
  Refusal refusal;
  refusal.status = 403;
  refusal.title = "denied";
  refusal.detail = "the requester may not answer";
  world.gate.answer_refusal = refusal;
  const Json body{{"question", parked["questions"][0]["question"]}, {"value", "yes"}};
  const std::string to = "/v1/runs/" + id + "/answers";
  CHECK(world.ask("POST", to, body).status == 403);
  CHECK(string_at(world.get(id), "status") == "waiting");
  world.gate.answer_refusal.reset();
  CHECK(world.ask("POST", to, body).status == 200);
}

TEST_CASE("a run that waits is cancelled, and who did it is told to a second one") {
  ApiWorld world;
  const std::string id = world.start("open");
  world.until_waiting(id);
  const HttpResponse cancelled =
      world.ask("POST", "/v1/runs/" + id + "/cancel?wait=30s", Json::object());
  CHECK(cancelled.status == 200);
  CHECK(string_at(json_of(cancelled), "status") == "cancelled");
  CHECK(string_at(json_of(cancelled), "message") == "cancelled by local");
  CHECK(world.ask("POST", "/v1/runs/" + id + "/cancel", Json::object()).status == 409);
  CHECK(world.ask("POST", "/v1/runs/" + id + "/resume", Json::object()).status == 409);
}

TEST_CASE("a fork goes on from an event, with the same past and another run's id") {
  ApiWorld world;
  const std::string id = world.started_and_ended("count a b c");
  const Json page = json_of(world.events_of(id));
  std::int64_t returned = 0;
  for (const Json& event : page["events"]) {
    if (string_at(event, "kind") == "tool.returned") returned = integer_at(event, "seq");
  }
  const HttpResponse forked = world.ask("POST", "/v1/runs/" + id + "/fork?wait=30s",
                                        Json{{"at", returned}, {"result", {{"words", 7}}}});
  REQUIRE(forked.status == 201);
  const Json run = json_of(forked);
  CHECK(string_at(run["fork"], "run") == id);
  CHECK(string_at(run, "text").find("7") != std::string::npos);
  CHECK(world.ask("POST", "/v1/runs/" + id + "/fork", Json{{"at", 99}}).status == 422);
  const HttpResponse bad =
      world.ask("POST", "/v1/runs/" + id + "/fork", Json{{"at", 1}, {"model", "nowhere"}});
  CHECK(bad.status == 422);
  CHECK(string_at(json_of(bad), "param") == "/model");
}

TEST_CASE("agents and tools are listed without what they may reach") {
  ApiWorld world;
  const Json agents = json_of(world.ask("GET", "/v1/agents"));
  REQUIRE(agents["agents"].size() == 2);
  CHECK(string_at(agents["agents"][0], "name") == "helper");
  const HttpResponse tools = world.ask("GET", "/v1/tools");
  CHECK(tools.body.find("words.count") != std::string::npos);
  for (const char* hidden : {"SHELF_KEY", "shelf.example", "secrets", "permissions"}) {
    CHECK(tools.body.find(hidden) == std::string::npos);
  }
  world.gate.who.agents = {"lone*"};
  CHECK(json_of(world.ask("GET", "/v1/agents"))["agents"].size() == 1);
  CHECK(world.ask("POST", "/v1/runs", Json{{"agent", "helper"}, {"task", "say x"}}).status == 403);
  CHECK(
      world.ask("POST", "/v1/runs?wait=30s", Json{{"agent", "lonely"}, {"task", "say x"}}).status ==
      201);
  world.gate.who.models = {"route/other"};
  const Json asked{{"agent", "lonely"}, {"task", "say x"}, {"model", "demo/sample"}};
  CHECK(world.ask("POST", "/v1/runs", asked).status == 403);
}

TEST_CASE("which model would be asked is told by name, and not of what a key may not use") {
  ApiWorld world;
  CHECK(string_at(json_of(world.ask("GET", "/v1/context?agent=helper")), "model") == "default");
  const HttpResponse named = world.ask("GET", "/v1/context?agent=helper&model=demo/sample");
  CHECK(string_at(json_of(named), "model") == "demo/sample");
  CHECK_FALSE(json_of(named).contains("context_window"));
  CHECK(world.ask("GET", "/v1/context?agent=agents%2Fhelper.lua").status == 404);
  CHECK(world.ask("GET", "/v1/context").status == 404);
  world.gate.who.agents = {"lone*"};
  CHECK(world.ask("GET", "/v1/context?agent=helper").status == 404);
  world.gate.who.models = {"route/other"};
  CHECK(world.ask("GET", "/v1/context?agent=lonely&model=demo/sample").status == 404);
}

TEST_CASE("what was spent and how budgets stand is told of the tenant alone") {
  ApiWorld world;
  world.started_and_ended("say one two three");
  const Json spend = json_of(world.ask("GET", "/v1/spend?by=agent"));
  REQUIRE(spend["rows"].size() == 1);
  CHECK(string_at(spend["rows"][0], "name") == "helper");
  CHECK(integer_at(spend["total"], "requests") == 1);
  const Json budgets = json_of(world.ask("GET", "/v1/budgets"))["budgets"];
  REQUIRE(budgets.size() == 1);
  CHECK(string_at(budgets[0], "scope") == "tenant:local");
  CHECK(integer_at(budgets[0], "settled") > 0);
  CHECK_FALSE(budgets[0].contains("place"));
  world.gate.who.tenant = "acme";
  CHECK(json_of(world.ask("GET", "/v1/budgets"))["budgets"].empty());
  CHECK(world.ask("GET", "/v1/spend?by=tenant").status == 422);
  CHECK(world.ask("GET", "/v1/spend?since=2026-02&until=2026-01").status == 422);
}

TEST_CASE("a process that is leaving is alive but not ready, and starts nothing") {
  ApiWorld world;
  CHECK(world.ask("GET", "/healthz").status == 200);
  CHECK(world.ask("GET", "/readyz").status == 200);
  const Deadline now = LoopClock::now();
  run(world.loop.io, world.services().drivers.stop(now));
  CHECK(world.ask("GET", "/healthz").status == 200);
  const HttpResponse ready = world.ask("GET", "/readyz");
  CHECK(ready.status == 503);
  CHECK(json_of(ready)["reasons"].size() == 1);
  const HttpResponse refused =
      world.ask("POST", "/v1/runs", Json{{"agent", "helper"}, {"task", "say x"}});
  CHECK(refused.status == 503);
}

}  // namespace yoke::testing
