#include <catch2/catch.hpp>

#include <algorithm>

#include "hosts/hook/api/api.h"
#include "hosts/hook/keys/key_gate.h"
#include "hosts/hook/schedules/start_schedule.h"
#include "tests/hook/webhooks/triggers_world.h"

// /v1/schedules: what a tenant may do about what starts by the clock.
namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([schedules.nightly]
cron = "0 3 * * *"
agent = "helper"
task = "say night"
[schedules.theirs]
cron = "@yearly"
agent = "helper"
task = "say year"
tenant = "acme"
)toml";

class ScheduleWorld : public TriggersWorld {
 public:
  ScheduleWorld() : TriggersWorld(kConfig, {}, "2026-11-21T12:10:00Z") {}

  HttpResponse put(const std::string& name, const Json& body) {
    return ask("PUT", "/v1/schedules/" + name, body);
  }
  HttpResponse post(const Json& body) { return ask("POST", "/v1/schedules", body); }
  Json get(const std::string& name) { return json_of(ask("GET", "/v1/schedules/" + name)); }
  int status(const std::string& method, const std::string& name) {
    return ask(method, "/v1/schedules/" + name).status;
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    const Json all = json_of(ask("GET", "/v1/schedules"))["schedules"];
    for (const Json& each : all) {
      names.push_back(string_at(each, "name"));
    }
    return names;
  }
  std::size_t runs() { return json_of(ask("GET", "/v1/runs"))["runs"].size(); }
};

Json hourly() {
  return Json{{"name", "report"}, {"cron", "@hourly"}, {"agent", "helper"}, {"task", "say hi"}};
}

// Answers "yes" to what the run asks, through a gate whose operator keeps those who started a run
// from answering it.
HttpReply answer_as(ScheduleWorld& world, const std::string& name, const std::string& run_id) {
  KeyGate::Rules rules;
  AnswerRule rule;
  rule.not_requester = true;
  rules.answers = {rule};
  KeyGate gate({world.app().keys(), nullptr, world.wall}, std::move(rules));
  const HookServices& served = world.services();
  Endpoints endpoints;
  add_api(endpoints, {served.app, served.drivers, served.feed, gate, served.wall});
  const auto answers = std::find_if(endpoints.begin(), endpoints.end(), [](const Endpoint& each) {
    return each.path == "/v1/runs/{id}/answers";
  });
  const Json parked = json_of(world.ask("GET", "/v1/runs/" + run_id));
  HookCall call;
  call.request.method = "POST";
  call.request.headers.set("Content-Type", "application/json");
  call.request.body =
      to_text(Json{{"question", parked["questions"][0]["question"]}, {"value", "yes"}});
  call.who = world.gate.who;
  call.who.name = name;
  call.args = {run_id};
  return run(world.loop.io, answers->answer(std::move(call)));
}

std::string until_waiting(ScheduleWorld& world, const std::string& run_id) {
  world.until([&] {
    return string_at(json_of(world.ask("GET", "/v1/runs/" + run_id)), "status") == "waiting";
  });
  return run_id;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a schedule made by API is there, with its next times, and starts its runs") {
  ScheduleWorld world;
  const HttpResponse made = world.post(hourly());
  CHECK(made.status == 201);
  CHECK(made.headers.get("Location") == "/v1/schedules/report");
  CHECK(json_of(made)["from"] == "api");
  CHECK(json_of(made)["next"].size() == 3);
  CHECK(world.names() == Names{"nightly", "report"});
  CHECK(world.get("nightly")["from"] == "yoke.toml");
  CHECK_FALSE(world.get("report").contains("last"));
  world.pass(std::chrono::hours(1));
  world.until([&] { return world.told("schedule.started") > 0; });
  const Json last = world.get("report")["last"];
  const Json run = json_of(world.ask("GET", "/v1/runs/" + string_at(last, "run")));
  CHECK(run["by"] == "schedule:report");
  CHECK(run["task"] == "say hi");
}

TEST_CASE("a schedule that is paused starts nothing, and misses nothing when it goes on") {
  ScheduleWorld world;
  Json body = hourly();
  world.post(body);
  body.erase("name");
  body["enabled"] = false;
  CHECK(world.put("report", body).status == 200);
  CHECK(world.get("report")["enabled"] == false);
  world.pass(std::chrono::hours(5));
  body["enabled"] = true;
  CHECK(world.put("report", body).status == 200);
  CHECK(world.told("schedule.started") == 0);
  CHECK_FALSE(world.get("report").contains("last"));
  world.pass(std::chrono::hours(1));
  world.until([&] { return world.told("schedule.started") > 0; });
  CHECK(world.told("schedule.started") == 1);
}

TEST_CASE("a schedule is replaced as a whole, and is gone once it is deleted") {
  ScheduleWorld world;
  const Json daily{{"cron", "@daily"}, {"agent", "helper"}, {"input", {{"day", "each"}}}};
  CHECK(world.put("report", daily).status == 201);
  CHECK(world.put("report", hourly()).status == 200);
  CHECK(world.get("report")["cron"] == "@hourly");
  CHECK(world.post(hourly()).status == 409);
  CHECK(world.status("DELETE", "report") == 204);
  CHECK(world.status("DELETE", "report") == 404);
  CHECK(world.status("GET", "report") == 404);
  CHECK(world.names() == Names{"nightly"});
}

TEST_CASE("a schedule is not put under one name when its body says another") {
  ScheduleWorld world;
  const HttpResponse refused = world.put("other", hourly());
  CHECK(refused.status == 422);
  CHECK_THAT(string_at(json_of(refused), "detail"), Catch::Contains("'name' in the body"));
  CHECK(world.names() == Names{"nightly"});
}

TEST_CASE("a schedule of yoke.toml is changed there alone, and can be run out of turn") {
  ScheduleWorld world;
  Json hours = hourly();
  hours["name"] = "nightly";
  CHECK(world.put("nightly", hours).status == 409);
  CHECK(world.status("DELETE", "nightly") == 409);
  CHECK(world.get("nightly")["cron"] == "0 3 * * *");
  for (int i = 0; i < 2; ++i) {  // as often as it is asked for
    const HttpResponse ran = world.ask("POST", "/v1/schedules/nightly/run", Json::object());
    CHECK(ran.status == 201);
    CHECK(ran.headers.get("Location") == "/v1/runs/" + string_at(json_of(ran), "run"));
  }
  CHECK(world.runs() == 2);
}

TEST_CASE("a schedule that cannot be is refused by the name of what is wrong with it") {
  ScheduleWorld world;
  const auto refused = [&](const char* field, const Json& value) {
    Json body = hourly();
    body[field] = value;
    const HttpResponse reply = world.post(body);
    CHECK(reply.status == 422);
    return string_at(json_of(reply), "detail");
  };
  CHECK_THAT(refused("cron", "61 * * * *"), Catch::Contains("61"));
  CHECK_THAT(refused("cron", "0 0 31 2 *"), Catch::Contains("never"));
  CHECK_THAT(refused("cron", 5), Catch::Contains("'cron' is to be text"));
  CHECK_THAT(refused("zone", "Europe/Olso"), Catch::Contains("zone"));
  CHECK_THAT(refused("agent", "nobody"), Catch::Contains("nobody"));
  CHECK_THAT(refused("agent", ""), Catch::Contains("'agent' is missing"));
  CHECK_THAT(refused("missed", "alll"), Catch::Contains("did you mean 'all'"));
  CHECK_THAT(refused("crom", "x"), Catch::Contains("did you mean 'cron'"));
  CHECK_THAT(refused("name", "a b"), Catch::Contains("'name'"));
  CHECK_THAT(refused("enabled", "yes"), Catch::Contains("'enabled'"));
  CHECK_THAT(refused("limits", Json{{"stepz", 1}}), Catch::Contains("stepz"));
  for (const char* method : {"POST", "PUT"}) {  // neither task nor input
    Json idle = hourly();
    idle.erase("task");
    const std::string target = method[1] == 'U' ? "/v1/schedules/report" : "/v1/schedules";
    const HttpResponse reply = world.ask(method, target, idle);
    CHECK(reply.status == 422);
    CHECK_THAT(string_at(json_of(reply), "detail"), Catch::Contains("would have nothing to do"));
  }
  CHECK(world.names() == Names{"nightly"});
}

TEST_CASE("a schedule made by API names an agent of the project and never a file") {
  ScheduleWorld world;
  world.folder.write("outside/evil.lua", "return agent { name = \"evil\", model = \"default\" }");
  const std::string outside = world.folder.path() + "/outside/evil.lua";
  world.gate.who.agents = {"*evil*", "nope*"};
  for (const std::string& agent : {outside, std::string("outside/evil.lua"),
                                   std::string("nope/../agents/helper.lua"), std::string("nope")}) {
    INFO(agent);
    Json body = hourly();
    body["agent"] = agent;
    const HttpResponse posted = world.post(body);
    CHECK(posted.status == 422);
    CHECK_THAT(string_at(json_of(posted), "detail"), Catch::Contains("no agent '" + agent + "'"));
    CHECK(world.put("report", body).status == 422);
  }
  world.gate.who.agents = {};
  CHECK(world.names() == Names{"nightly"});
}

TEST_CASE("a file as an agent is for yoke.toml alone, whenever a schedule starts") {
  ScheduleWorld world;
  Schedule kept;
  kept.name = "old";
  kept.text.agent = world.folder.path() + "/agents/helper.lua";
  kept.text.task = "say hi";
  const Result<StartRun> refused = run_of_schedule(world.app(), kept);
  REQUIRE_FALSE(refused.has_value());
  CHECK_THAT(refused.error().detail, Catch::Contains("no agent '" + kept.text.agent + "'"));
  kept.from_file = true;
  CHECK(run_of_schedule(world.app(), kept).has_value());
}

TEST_CASE("whoever wrote a schedule counts as who started its runs, also when others change it") {
  ScheduleWorld world;
  Json body = hourly();
  body["task"] = "open";
  world.gate.who.name = "key:al";
  CHECK(world.post(body).status == 201);
  world.pass(std::chrono::hours(1));
  world.until([&] { return world.told("schedule.started") > 0; });
  const std::string due = until_waiting(world, string_at(world.get("report")["last"], "run"));
  world.gate.who.name = "key:bo";
  CHECK(world.put("report", body).status == 200);
  const HttpResponse ran = world.ask("POST", "/v1/schedules/report/run", Json::object());
  const std::string asked_for = until_waiting(world, string_at(json_of(ran), "run"));
  CHECK(answer_as(world, "key:al", due).status == 403);
  CHECK(answer_as(world, "key:bo", due).status == 200);
  CHECK(answer_as(world, "key:al", asked_for).status == 403);
  CHECK(answer_as(world, "key:bo", asked_for).status == 403);
  CHECK(answer_as(world, "key:cy", asked_for).status == 200);
}

TEST_CASE("a tenant neither sees nor touches the schedules of others") {
  ScheduleWorld world;
  world.post(hourly());
  world.ask_as("acme");
  CHECK(world.names() == Names{"theirs"});
  const std::string no_such = world.ask("GET", "/v1/schedules/none").body;
  CHECK(world.ask("GET", "/v1/schedules/report").status == 404);
  CHECK_THAT(no_such, Catch::Contains("there is no schedule 'none'"));
  CHECK(world.status("DELETE", "report") == 404);
  CHECK(world.ask("POST", "/v1/schedules/report/run", Json::object()).status == 404);
  CHECK(world.post(hourly()).status == 201);  // a name of its own
  CHECK(world.status("DELETE", "report") == 204);
  world.ask_as("local");
  CHECK(world.names() == Names{"nightly", "report"});
}

TEST_CASE("who may not start an agent can neither schedule nor run it") {
  ScheduleWorld world;
  world.gate.who.agents = {"lonely"};
  CHECK(world.post(hourly()).status == 403);
  CHECK(world.ask("POST", "/v1/schedules/nightly/run", Json::object()).status == 404);
  world.gate.who.scopes = Scopes();
  world.gate.who.scopes.add(Scope::read);
  CHECK(world.status("GET", "nightly") == 404);
  CHECK(world.put("report", hourly()).status == 403);
  CHECK(world.runs() == 0);
}

}  // namespace yoke::testing
