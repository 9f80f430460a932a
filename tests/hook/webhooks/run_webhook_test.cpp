#include <catch2/catch.hpp>

#include "tests/hook/webhooks/receiver.h"
#include "tests/hook/webhooks/triggers_world.h"

// A run's own webhook, from POST /v1/runs to a socket that verifies what comes.
namespace yoke::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

constexpr const char* kOld = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr const char* kNew = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOther = "whsec_////////////////////////////////";

constexpr const char* kConfig = R"toml([webhooks.runs]
for_runs = true
secrets = ["file:old.key", "file:new.key"]
allow_private = true
)toml";

class RunWorld : public TriggersWorld {
 public:
  RunWorld() : TriggersWorld(kConfig, {{"old.key", kOld}, {"new.key", kNew}}) { receiver.open(); }

  std::string start(const std::string& task, const Json& events, const std::string& session = {}) {
    Json body{{"agent", "helper"}, {"task", task}};
    body["webhook"] = Json{{"url", receiver.url()}, {"events", events}};
    if (!session.empty()) body["session"] = session;
    const HttpResponse reply = ask("POST", "/v1/runs", body);
    INFO(reply.body);
    REQUIRE(reply.status == 201);
    return string_at(json_of(reply), "run");
  }
  void until_taken(std::size_t count) {
    until([&] { return receiver.taken.size() >= count; });
  }
  Json deliveries(const std::string& query = {}) {
    return json_of(ask("GET", "/v1/webhooks/deliveries" + query))["deliveries"];
  }

  const HeldPort port;
  Receiver receiver{loop.executor(), port};
};

}  // namespace

TEST_CASE("a run tells the URL that it named, signed, once somebody is there") {
  RunWorld world;
  world.receiver.close();
  const std::string run = world.start("say hi", {"run.completed"});
  world.until_told("webhook.postponed");
  world.receiver.open();
  world.pass(seconds(7));
  world.until_told("webhook.sent");
  REQUIRE(world.receiver.taken.size() == 1);
  const Receiver::Taken& told = world.receiver.taken[0];
  CHECK(told.signed_by(kOld, world.wall.now()));
  CHECK(told.type() == "run.completed");
  CHECK(told.run() == run);
  CHECK(string_at(told.payload["data"], "text") == "hi");
  CHECK(string_at(told.payload["data"], "agent") == "helper");
  const Json rows = world.deliveries("?run=" + run);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["state"] == "sent");
  CHECK(rows[0]["tries"] == 2);
  CHECK(rows[0]["message"] == told.id);
  CHECK(rows[0]["url"] == world.receiver.url());
}

TEST_CASE("each secret of the section signs, so that a receiver may know either of them") {
  RunWorld world;
  world.start("say hi", {"run.completed"});
  world.until_taken(1);
  const Receiver::Taken& told = world.receiver.taken[0];
  CHECK(told.signed_by(kOld, world.wall.now()));
  CHECK(told.signed_by(kNew, world.wall.now()));
  CHECK_FALSE(told.signed_by(kOther, world.wall.now()));
  Receiver::Taken forged = told;
  forged.body += " ";
  CHECK_FALSE(forged.signed_by(kNew, world.wall.now()));
  CHECK_FALSE(told.signed_by(kNew, world.wall.now() + std::chrono::microseconds(hours(1)).count()));
}

TEST_CASE("a run's events come in their order while the first fails, and others' beside them") {
  RunWorld world;
  world.receiver.answers = {503};
  const Json all{"run.started", "tool.returned", "run.completed"};
  const std::string first = world.start("count a b c", all);
  world.until_told("webhook.postponed");
  const std::string other = world.start("count d e", all);
  world.until_told("webhook.sent", 3);
  CHECK(world.receiver.types_of(first) == Texts{"run.started"});
  CHECK(world.receiver.types_of(other) == Texts{"run.started", "tool.returned", "run.completed"});
  world.pass(seconds(7));
  world.until_told("webhook.sent", 6);
  CHECK(world.receiver.types_of(first) ==
        Texts{"run.started", "run.started", "tool.returned", "run.completed"});
  CHECK(world.receiver.taken[0].id == world.receiver.taken[4].id);
}

TEST_CASE("events of a conversation come in their order over its runs") {
  RunWorld world;
  world.receiver.answers = {503};
  const std::string first = world.start("say a", {"run.completed"}, "talk");
  world.until_told("webhook.postponed");
  const std::string second = world.start("say b", {"run.completed"}, "talk");
  EventReader(world, "/v1/runs/" + second + "/events").wait_for_end();
  CHECK(world.receiver.taken.size() == 1);
  world.pass(seconds(7));
  world.until_taken(3);
  CHECK(world.receiver.taken[1].run() == first);
  CHECK(world.receiver.taken[2].run() == second);
}

TEST_CASE("a receiver that answers 410 is not told of that again") {
  RunWorld world;
  world.receiver.answers = {410};
  const std::string run = world.start("say hi", {"run.started", "run.completed"});
  world.until_told("webhook.sent");
  world.pass(hours(7));
  world.start("say more", {"run.completed"});  // what is due by now goes before it
  world.until_told("webhook.sent", 2);
  CHECK(world.receiver.types_of(run) == Texts{"run.started", "run.completed"});
  const Json rows = world.deliveries("?state=given_up");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["type"] == "run.started");
  CHECK(rows[0]["tries"] == 1);
  CHECK(rows[0]["last_error"] == "it answered 410");
}

TEST_CASE("a run is not started with a webhook that nobody could be told by") {
  RunWorld world;
  const auto refused = [&](const Json& webhook) {
    const Json body{{"agent", "helper"}, {"task", "say hi"}, {"webhook", webhook}};
    const HttpResponse reply = world.ask("POST", "/v1/runs", body);
    CHECK(reply.status == 422);
    return string_at(json_of(reply), "detail");
  };
  CHECK_THAT(refused(Json{{"url", "ftp://a.example"}}), Catch::Contains("webhook/url"));
  CHECK_THAT(refused(Json{{"url", world.receiver.url()}, {"events", {"run.complete"}}}),
             Catch::Contains("run.completed"));
  CHECK_THAT(refused(Json{{"url", world.receiver.url()}, {"secret_name", "none"}}),
             Catch::Contains("secret_name"));
  world.ask_as("acme");  // which has no section
  CHECK_THAT(refused(Json{{"url", world.receiver.url()}}), Catch::Contains("for_runs"));
}

}  // namespace yoke::testing
