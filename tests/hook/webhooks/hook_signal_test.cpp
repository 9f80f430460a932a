#include <catch2/catch.hpp>

#include "hosts/hook/webhooks/signature.h"
#include "runtime/base/hash.h"
#include "tests/hook/webhooks/triggers_world.h"

// Deliveries that send signals to workflows that wait.
namespace yoke::testing {
namespace {

constexpr const char* kSigningSecret = "It's a Secret to Everybody";
constexpr const char* kShopConfig = R"toml([hooks.shop]
scheme = "github"
secret = "file:text.key"
agent = "order"
session = "order-{number}"
map = "hooks/shop.lua"
)toml";
constexpr const char* kShopMap = R"lua(return hook {
  run = function(delivery)
    local payload = delivery.payload
    if payload.raw then return payload.raw end
    return { signal = "paid", run = payload.run, session = payload.session, value = payload.paid }
  end,
}
)lua";
constexpr const char* kOrder =
    "return workflow { name = 'order', run = function(w)\n"
    "  return { paid = w.signal('paid'), again = w.signal('paid') }\nend }";
constexpr const char* kOther =
    "return workflow { name = 'other', run = function(w) return w.signal('paid') end }";

class ShopWorld : public TriggersWorld {
 public:
  ShopWorld()
      : TriggersWorld(kShopConfig, {{"text.key", kSigningSecret},
                                    {"hooks/shop.lua", kShopMap},
                                    {"workflows/order.lua", kOrder},
                                    {"workflows/other.lua", kOther}}) {}

  std::string begin(const std::string& agent, const std::string& session = "") {
    Json body{{"agent", agent}};
    if (!session.empty()) body["session"] = session;
    const HttpResponse made = ask("POST", "/v1/runs?wait=60s", body);
    if (made.status != 201) throw Fault(made.body);
    return string_at(json_of(made), "run");
  }
  HttpResponse deliver(const std::string& id, const Json& payload) {
    HttpRequest request;
    request.method = "POST";
    request.url = url("/hooks/shop");
    request.body = to_text(payload);
    const std::string mac = hmac_sha256(kSigningSecret, request.body);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(mac.data());
    request.headers = {{"Content-Type", "application/json"},
                       {"X-GitHub-Delivery", id},
                       {"X-GitHub-Event", "payment"},
                       {"X-Hub-Signature-256", "sha256=" + to_hex(std::span(bytes, mac.size()))}};
    return ask(std::move(request));
  }
  Json shown(const std::string& id) { return json_of(ask("GET", "/v1/runs/" + id)); }
  std::string why() const {
    for (auto each = logged.rbegin(); each != logged.rend(); ++each) {
      if (each->second.contains("why")) return string_at(each->second, "why");
    }
    return {};
  }
};

}  // namespace

TEST_CASE("a delivery sends its run a signal once, however often it comes, and the run goes on") {
  ShopWorld world;
  const std::string run = world.begin("order");
  const HttpResponse first = world.deliver("d1", {{"run", run}, {"paid", {{"amount", 12}}}});
  INFO(first.body);
  CHECK(first.status == 202);
  CHECK(json_of(first) == Json{{"run", run}, {"signal", "paid"}, {"again", false}});
  const HttpResponse again = world.deliver("d1", {{"run", run}, {"paid", {{"amount", 12}}}});
  CHECK(again.status == 200);
  CHECK(json_of(again)["again"] == true);
  CHECK(world.told("webhook.signalled") == 2);
  CHECK(world.deliver("d2", {{"run", run}}).status == 202);
  world.until([&] { return string_at(world.shown(run), "status") == "completed"; });
  CHECK(string_at(world.shown(run), "text") == R"({"paid":{"amount":12}})");
  CHECK(json_of(world.ask("GET", "/v1/runs"))["runs"].size() == 1);
}

TEST_CASE("a delivery for a session goes to the newest run in it that has not ended") {
  ShopWorld world;
  const std::string run = world.begin("order", "order-7");
  CHECK(world.deliver("d1", {{"number", 7}, {"paid", 1}}).status == 202);  // as the hook has it
  CHECK(world.deliver("d2", {{"session", "order-7"}, {"paid", 2}}).status == 202);
  world.until([&] { return string_at(world.shown(run), "status") == "completed"; });
  CHECK(string_at(world.shown(run), "text") == R"({"again":2,"paid":1})");
  const HttpResponse late = world.deliver("d3", {{"number", 7}});
  CHECK(late.status == 404);
  CHECK(world.why() == "no run of 'order' goes on in the session 'order-7'");
  CHECK(world.deliver("d4", {{"run", run}}).status == 409);  // it has ended
}

TEST_CASE("a delivery that comes again is never a signal for a newer run of its session") {
  ShopWorld world;
  const std::string first = world.begin("order", "order-7");
  CHECK(world.deliver("d1", {{"number", 7}, {"paid", 1}}).status == 202);
  CHECK(world.deliver("d2", {{"number", 7}, {"paid", 2}}).status == 202);
  world.until([&] { return string_at(world.shown(first), "status") == "completed"; });
  const std::string second = world.begin("order", "order-7");
  const HttpResponse again = world.deliver("d1", {{"number", 7}, {"paid", 1}});
  CHECK(again.status == 200);
  CHECK(json_of(again) == Json{{"run", first}, {"signal", "paid"}, {"again", true}});
  CHECK(world.shown(second)["signals"] == Json::array({"paid"}));
  CHECK(json_of(world.deliver("d3", {{"number", 7}}))["run"] == second);
  CHECK(json_of(world.deliver("d2", {{"number", 7}, {"paid", 2}}))["run"] == first);
}

TEST_CASE("a hook reaches runs of its own agent and tenant alone") {
  ShopWorld world;
  const std::string other = world.begin("other");
  CHECK(world.deliver("d1", {{"run", other}}).status == 404);
  world.ask_as("acme");
  const std::string theirs = world.begin("order");
  const HttpResponse refused = world.deliver("d2", {{"run", theirs}});
  CHECK(refused.status == 404);
  CHECK(world.why() == "there is no run '" + theirs + "' of 'order'");
  CHECK(world.deliver("d3", {{"run", "01J0000000000000000000NONE"}}).status == 404);
}

TEST_CASE("what a script says wrongly of a signal is told to the operator") {
  ShopWorld world;
  const std::string run = world.begin("order");
  const auto wrong = [&](Json raw) {
    const HttpResponse reply = world.deliver("d", {{"raw", std::move(raw)}});
    CHECK(reply.status == 500);
    return world.why();
  };
  CHECK_THAT(wrong({{"signal", "paid"}, {"task", "x"}}), Catch::Contains("'task' beside a signal"));
  CHECK_THAT(wrong({{"signal", ""}, {"run", run}}), Catch::Contains("a signal whose name is none"));
  CHECK_THAT(wrong({{"signal", "paid"}, {"run", 5}}), Catch::Contains("a 'run' that is no text"));
  CHECK_THAT(wrong({{"signal", "paid"}, {"run", run}, {"session", "s"}}),
             Catch::Contains("to a 'run' and to a 'session'"));
  CHECK(world.shown(run)["signals"] == Json::array({"paid"}));
}

}  // namespace yoke::testing
