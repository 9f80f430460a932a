#include <catch2/catch.hpp>

#include "tests/hook/webhooks/receiver.h"
#include "tests/hook/webhooks/triggers_world.h"

// /v1/webhooks: what a tenant sees and does about what it is told.
namespace yoke::testing {
namespace {

constexpr const char* kOutgoingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class ToldWorld : public TriggersWorld {
 public:
  explicit ToldWorld(std::uint16_t port)
      : TriggersWorld(config(port), {{"out.key", kOutgoingSecret}}) {}

  std::string run_to_end(const std::string& task) {
    std::string id = start(task);
    EventReader(*this, "/v1/runs/" + id + "/events").wait_for_end();
    return id;
  }
  Json listed(const std::string& query = {}) {
    const HttpResponse reply = ask("GET", "/v1/webhooks/deliveries" + query);
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return json_of(reply);
  }
  int status(const std::string& method, const std::string& target) {
    return ask(method, target).status;
  }

 private:
  static std::string config(std::uint16_t port) {
    const std::string key = "secret = \"file:out.key\"\nallow_private = true\n";
    return "[webhooks.ops]\nurl = \"http://127.0.0.1:" + std::to_string(port) + "/in\"\n" + key +
           "events = [\"run.completed\"]\n" + "[webhooks.runs]\nfor_runs = true\n" + key +
           "[webhooks.theirs]\nurl = \"http://127.0.0.1:" + std::to_string(port) + "/in\"\n" + key +
           "events = [\"run.*\"]\ntenant = \"acme\"\n";
  }
};

}  // namespace

TEST_CASE("a tenant sees where it is told, without secrets, and not where others are") {
  const HeldPort port;
  ToldWorld world(port.number());
  const HttpResponse reply = world.ask("GET", "/v1/webhooks");
  REQUIRE(reply.status == 200);
  const Json all = json_of(reply)["webhooks"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["name"] == "ops");
  CHECK(all[0]["events"] == Json{"run.completed"});
  CHECK(all[0]["for_runs"] == false);
  CHECK(all[1]["name"] == "runs");
  CHECK(all[1]["for_runs"] == true);
  CHECK(reply.body.find("whsec") == std::string::npos);
  world.ask_as("acme");
  CHECK(json_of(world.ask("GET", "/v1/webhooks"))["webhooks"].size() == 1);
}

TEST_CASE("deliveries are listed newest first, in pages, by run, state and webhook") {
  const HeldPort port;
  ToldWorld world(port.number());
  Receiver receiver(world.loop.executor(), port);
  const std::string first = world.run_to_end("say one");
  world.until_told("webhook.postponed");
  const std::string second = world.run_to_end("say two");
  world.until_told("webhook.postponed", 2);
  const Json all = world.listed();
  REQUIRE(all["deliveries"].size() == 2);
  CHECK(all["deliveries"][0]["run"] == second);
  CHECK(all["deliveries"][0]["state"] == "unsent");
  CHECK(all["deliveries"][0].contains("next_at"));
  CHECK_FALSE(string_at(all["deliveries"][0], "last_error").empty());
  const Json page = world.listed("?limit=1");
  CHECK(page["deliveries"][0]["run"] == second);
  const Json next = world.listed("?limit=1&before=" + to_text(page["before"]));
  CHECK(next["deliveries"][0]["run"] == first);
  CHECK(world.listed("?run=" + first)["deliveries"].size() == 1);
  CHECK(world.listed("?webhook=ops")["deliveries"].size() == 2);
  CHECK(world.listed("?webhook=runs")["deliveries"].empty());
  CHECK(world.listed("?state=unsent")["deliveries"].size() == 2);
  CHECK(world.listed("?state=sent")["deliveries"].empty());
  world.ask_as("acme");
  CHECK(world.listed()["deliveries"].empty());
  CHECK(world.listed("?run=" + first)["deliveries"].empty());
}

TEST_CASE("a list that is asked for in words that it does not know says which there are") {
  const HeldPort port;
  ToldWorld world(port.number());
  for (const char* query : {"?state=lost", "?limit=0", "?limit=201", "?before=x", "?page=2"}) {
    const HttpResponse reply = world.ask("GET", std::string("/v1/webhooks/deliveries") + query);
    CHECK(reply.status == 422);
    CHECK_THAT(string_at(json_of(reply), "detail"), Catch::Contains("given_up"));
  }
}

TEST_CASE("a delivery is sent again when its tenant says so, with the id that it had") {
  const HeldPort port;
  ToldWorld world(port.number());
  Receiver receiver(world.loop.executor(), port);
  receiver.open();
  world.run_to_end("say one");
  world.until_told("webhook.sent");
  const std::string id = to_text(world.listed()["deliveries"][0]["id"]);
  const std::string again = "/v1/webhooks/deliveries/" + id + "/redeliver";
  CHECK(json_of(world.ask("POST", again, Json::object())) == Json{{"sent", true}});
  REQUIRE(receiver.taken.size() == 2);
  CHECK(receiver.taken[0].id == receiver.taken[1].id);
  CHECK(receiver.taken[0].body == receiver.taken[1].body);
  receiver.answers = {500};
  const Json failed = json_of(world.ask("POST", again, Json::object()));
  CHECK(failed["sent"] == false);
  CHECK(failed["error"] == "it answered 500");
  for (const char* other : {"0", "x", "99", "-1"}) {
    CHECK(world.status("POST", "/v1/webhooks/deliveries/" + std::string(other) + "/redeliver") ==
          404);
  }
  world.ask_as("acme");
  CHECK(world.status("POST", again) == 404);
  CHECK(receiver.taken.size() == 3);
}

TEST_CASE("a webhook is tried by an event of its own, signed as all are") {
  const HeldPort port;
  ToldWorld world(port.number());
  Receiver receiver(world.loop.executor(), port);
  receiver.open();
  const HttpResponse reply = world.ask("POST", "/v1/webhooks/ops/test", Json::object());
  CHECK(json_of(reply) == Json{{"sent", true}});
  REQUIRE(receiver.taken.size() == 1);
  CHECK(receiver.taken[0].type() == "webhook.test");
  CHECK(receiver.taken[0].signed_by(kOutgoingSecret, world.wall.now()));
  CHECK(world.listed()["deliveries"].empty());
  CHECK(world.status("POST", "/v1/webhooks/theirs/test") == 404);
  CHECK(world.status("POST", "/v1/webhooks/none/test") == 404);
  const HttpResponse nowhere = world.ask("POST", "/v1/webhooks/runs/test", Json::object());
  CHECK(nowhere.status == 422);
  CHECK_THAT(string_at(json_of(nowhere), "detail"), Catch::Contains("no URL"));
}

}  // namespace yoke::testing
