#include <catch2/catch.hpp>

#include "tests/hook/api/api_world.h"

// POST /v1/runs/{id}/signals.
namespace yoke::testing {
namespace {

constexpr const char* kOrderFlow =
    "return workflow { name = 'order', run = function(w)\n"
    "  local paid = w.signal('paid')\n  return { paid, w.signal('shipped') }\nend }";

// A run of a workflow that waits for "paid", then for "shipped".
struct SignalWorld : ApiWorld {
  SignalWorld() : ApiWorld(ApiPlace::network, {{"workflows/order.lua", kOrderFlow}}) {
    const Json body{{"agent", "order"}, {"task", "go"}};
    const HttpResponse made = ask("POST", "/v1/runs?wait=30s", body);
    REQUIRE(made.status == 201);
    waiting = json_of(made);
    id = string_at(waiting, "run");
    target = "/v1/runs/" + id + "/signals";
  }

  HttpResponse send(const Json& body, const std::string& key = "") {
    HttpHeaders headers;
    if (!key.empty()) headers.set("Idempotency-Key", key);
    return ask("POST", target, body, std::move(headers));
  }
  std::size_t received() {
    std::size_t count = 0;
    const Json page = json_of(events_of(id));
    for (const Json& event : page["events"]) {
      count += string_at(event, "kind") == "signal.received" ? 1 : 0;
    }
    return count;
  }

  Json waiting;
  std::string id;
  std::string target;
};

}  // namespace

TEST_CASE("a run shows the signal that it waits for, and goes on when it is sent") {
  SignalWorld world;
  CHECK(string_at(world.waiting, "status") == "waiting");
  CHECK(string_at(world.waiting, "reason") == "signal");
  CHECK(world.waiting["signals"] == Json::array({"paid"}));
  world.gate.who.name = "key:shop";
  const HttpResponse sent = world.send({{"name", "paid"}, {"data", {{"amount", 12}}}});
  CHECK(sent.status == 202);
  const Json told = json_of(sent);
  CHECK(string_at(told, "run") == world.id);
  CHECK(string_at(told, "signal") == "paid");
  CHECK(string_at(told, "by") == "key:shop");
  CHECK(told["awaited"] == Json::array({"paid"}));
  CHECK(told["repeated"] == false);
  world.until([&] { return world.services().drivers.driving() == 0; });
  CHECK(world.get(world.id)["signals"] == Json::array({"shipped"}));
  CHECK(world.send({{"name", "shipped"}}).status == 202);
  const Json ended = world.ended(world.id);
  CHECK(string_at(ended, "text") == R"([{"amount":12}])");
  CHECK_FALSE(ended.contains("signals"));
}

TEST_CASE("a signal that is sent again under its key is one, and another under it is refused") {
  SignalWorld world;
  const Json paid{{"name", "paid"}, {"data", 1}};
  const HttpResponse first = world.send(paid, "k");
  CHECK_FALSE(first.headers.has("Idempotency-Replayed"));
  const HttpResponse again = world.send(paid, "k");
  CHECK(again.status == 202);
  CHECK(again.headers.get("Idempotency-Replayed") == "true");
  CHECK(json_of(again)["repeated"] == true);
  CHECK(json_of(again)["at"] == json_of(first)["at"]);
  const HttpResponse other = world.send({{"name", "paid"}, {"data", 2}}, "k");
  CHECK(other.status == 422);
  CHECK(string_at(json_of(other), "code") == "idempotency_key.reused");
  CHECK(string_at(json_of(other), "param") == "Idempotency-Key");
  CHECK(world.send(paid, std::string(256, 'k')).status == 400);
  // Another caller's key is another key.
  world.gate.who.name = "key:other";
  CHECK_FALSE(world.send(paid, "k").headers.has("Idempotency-Replayed"));
  world.until([&] { return world.services().drivers.driving() == 0; });
  CHECK(world.received() == 2);
}

TEST_CASE("a signal to a run that has ended is refused with its end") {
  SignalWorld world;
  world.ask("POST", "/v1/runs/" + world.id + "/cancel?wait=30s", Json::object());
  const HttpResponse late = world.send({{"name", "paid"}});
  CHECK(late.status == 409);
  CHECK(string_at(json_of(late), "detail").find("has ended: cancelled") != std::string::npos);
}

TEST_CASE("a signal without a name, or with one that no script could wait for, is refused") {
  SignalWorld world;
  for (const Json& body : {Json::object(), Json{{"name", ""}}, Json{{"name", "a\nb"}},
                           Json{{"name", std::string(201, 'n')}}, Json{{"name", 7}},
                           Json{{"name", "paid"}, {"value", 1}}}) {
    INFO(to_text(body));
    CHECK(world.send(body).status == 422);
  }
  CHECK(world.received() == 0);
}

}  // namespace yoke::testing
