#include <catch2/catch.hpp>

#include "hosts/hook/webhooks/signature.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "tests/hook/webhooks/triggers_world.h"

// POST /hooks/{name}: what is taken, what is refused, and what starts.
namespace yoke::testing {
namespace {

constexpr const char* kStandardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kTextSecret = "It's a Secret to Everybody";
constexpr const char* kMap = R"lua(return hook {
  run = function(delivery)
    local payload = delivery.payload
    if payload.action == "closed" then return { skip = true } end
    if payload.action == "broken" then error("no such thing") end
    return { task = "say " .. delivery.event, session = "issue-" .. payload.number }
  end,
}
)lua";
constexpr const char* kConfig = R"toml([hooks.plain]
scheme = "standard"
secret = "file:standard.key"
agent = "helper"
tenant = "acme"
[hooks.issues]
scheme = "github"
secret = "file:text.key"
agent = "helper"
events = ["issues", "repository_dispatch"]
map = "hooks/issues.lua"
[hooks.pushes]
scheme = "github"
secret = "file:text.key"
agent = "helper"
session = "repo-{repository.name}"
[hooks.chat]
scheme = "slack"
secret = "file:text.key"
agent = "helper"
)toml";

std::string hex_hmac(const std::string& key, const std::string& data) {
  const std::string mac = hmac_sha256(key, data);
  return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(mac.data()), mac.size()));
}

class InboxWorld : public TriggersWorld {
 public:
  InboxWorld()
      : TriggersWorld(kConfig, {{"standard.key", kStandardSecret},
                                {"text.key", kTextSecret},
                                {"hooks/issues.lua", kMap}}) {}

  HttpResponse deliver(const std::string& hook, const std::string& body, HttpHeaders headers) {
    HttpRequest request;
    request.method = "POST";
    request.url = url("/hooks/" + hook);
    request.headers = std::move(headers);
    if (!request.headers.has("Content-Type")) {
      request.headers.set("Content-Type", "application/json");
    }
    request.body = body;
    return ask(std::move(request));
  }

  HttpResponse standard(const std::string& id, const std::string& body, std::int64_t age = 0) {
    const std::int64_t at = wall.now() / 1'000'000 - age;
    const auto key = hook_key(HookScheme::standard, Secret(kStandardSecret));
    const HttpHeaders headers{{"webhook-id", id},
                              {"webhook-timestamp", std::to_string(at)},
                              {"webhook-signature", standard_signatures({*key}, id, at, body)}};
    return deliver("plain", body, headers);
  }

  HttpResponse github(const std::string& hook, const std::string& id, const std::string& event,
                      const std::string& body) {
    return deliver(hook, body,
                   {{"X-GitHub-Delivery", id},
                    {"X-GitHub-Event", event},
                    {"X-Hub-Signature-256", "sha256=" + hex_hmac(kTextSecret, body)}});
  }

  HttpResponse slack(const std::string& body) {
    const std::string at = std::to_string(wall.now() / 1'000'000);
    return deliver("chat", body,
                   {{"X-Slack-Request-Timestamp", at},
                    {"X-Slack-Signature", "v0=" + hex_hmac(kTextSecret, "v0:" + at + ":" + body)}});
  }

  Json run(const std::string& id) { return json_of(ask("GET", "/v1/runs/" + id)); }
  std::size_t runs() { return json_of(ask("GET", "/v1/runs"))["runs"].size(); }
  // Why the last delivery was not taken, as the operator reads it.
  std::string why() const {
    for (auto each = logged.rbegin(); each != logged.rend(); ++each) {
      if (each->second.contains("why")) return string_at(each->second, "why");
    }
    return {};
  }
};

std::string run_of(const HttpResponse& reply) { return string_at(json_of(reply), "run"); }

}  // namespace

TEST_CASE("a signed delivery starts one run for the hook's tenant, however often it comes") {
  InboxWorld world;
  const std::string body = R"({"type":"invoice.paid","data":{"amount":3}})";
  const HttpResponse first = world.standard("msg_1", body);
  CHECK(first.status == 202);
  const HttpResponse again = world.standard("msg_1", body);
  CHECK(again.status == 200);
  CHECK(json_of(again)["again"] == true);
  CHECK(run_of(again) == run_of(first));
  CHECK(world.standard("msg_2", body).status == 202);
  CHECK(world.ask("GET", "/v1/runs/" + run_of(first)).status == 404);
  CHECK(world.runs() == 0);
  world.ask_as("acme");
  CHECK(world.runs() == 2);
  const Json run = world.run(run_of(first));
  CHECK(run["by"] == "hook:plain");
  CHECK_THAT(string_at(run, "task"), Catch::Contains("invoice.paid"));
}

TEST_CASE("what GitHub delivers again is what it was, and a like body under another id is not") {
  InboxWorld world;
  const std::string body = R"({"action":"deploy","number":7,"client_payload":{}})";
  const HttpResponse first = world.github("issues", "72d3162e", "repository_dispatch", body);
  CHECK(first.status == 202);
  const HttpResponse redelivered = world.github("issues", "72d3162e", "repository_dispatch", body);
  CHECK(redelivered.status == 200);
  CHECK(run_of(redelivered) == run_of(first));
  const HttpResponse other = world.github("issues", "83e4273f", "repository_dispatch", body);
  CHECK(other.status == 202);
  CHECK(run_of(other) != run_of(first));
}

TEST_CASE("a delivery that is not signed right is refused without a reason, which the log has") {
  InboxWorld world;
  const std::string body = R"({"type":"a"})";
  const auto refused = [&](const HttpResponse& reply) {
    CHECK(reply.status == 401);
    CHECK(string_at(json_of(reply), "detail") == "the request is not signed as this hook wants it");
    return world.why();
  };
  CHECK_THAT(refused(world.deliver("plain", body, {})), Catch::Contains("webhook-id"));
  CHECK_THAT(refused(world.standard("msg_1", body, 3600)), Catch::Contains("stale"));
  CHECK_THAT(refused(world.standard("msg_1", body, -3600)), Catch::Contains("to come"));
  HttpHeaders headers{{"X-GitHub-Event", "push"}};
  headers.set("X-Hub-Signature-256", "sha256=" + hex_hmac("another key", body));
  CHECK_THAT(refused(world.deliver("pushes", body, headers)), Catch::Contains("none of the"));
  headers.set("X-Hub-Signature-256", "sha256=" + hex_hmac(kTextSecret, body));
  CHECK_THAT(refused(world.deliver("pushes", body + " ", headers)), Catch::Contains("none of the"));
  CHECK(world.told("webhook.refused") == 5);
  CHECK(world.runs() == 0);
}

TEST_CASE("a delivery that nobody can read, or for no hook, starts nothing") {
  InboxWorld world;
  CHECK(world.deliver("none", "{}", {}).status == 404);
  CHECK(world.ask("GET", "/hooks/plain").status == 405);
  CHECK(world.github("pushes", "a", "push", "no json").status == 400);
  CHECK(world.github("pushes", "a", "push", "[]").status == 400);
  const std::string body = "x=1";
  HttpHeaders headers{{"Content-Type", "text/plain"}};
  headers.set("X-Hub-Signature-256", "sha256=" + hex_hmac(kTextSecret, body));
  CHECK(world.deliver("pushes", body, headers).status == 415);
  CHECK(world.github("pushes", "a", "ping", "{}").status == 200);
  CHECK(world.runs() == 0);
}

TEST_CASE("events that a hook does not want, and those that its script leaves out, are skipped") {
  InboxWorld world;
  const HttpResponse unwanted = world.github("issues", "a", "push", "{}");
  CHECK(unwanted.status == 200);
  CHECK(json_of(unwanted) == Json{{"skipped", true}});
  CHECK(json_of(world.github("issues", "b", "issues", R"({"action":"closed","number":1})")) ==
        Json{{"skipped", true}});
  CHECK(world.runs() == 0);
  const HttpResponse taken =
      world.github("issues", "c", "issues", R"({"action":"opened","number":1})");
  REQUIRE(taken.status == 202);
  const Json run = world.run(run_of(taken));
  CHECK(run["task"] == "say issues.opened");
  CHECK(run["session"] == "issue-1");
}

TEST_CASE("a script or a pattern that fails asks the sender to try again, and tells the operator") {
  InboxWorld world;
  const HttpResponse broken =
      world.github("issues", "a", "issues", R"({"action":"broken","number":1})");
  CHECK(broken.status == 500);
  CHECK(broken.body.find("no such thing") == std::string::npos);
  CHECK_THAT(world.why(), Catch::Contains("hooks/issues.lua") && Catch::Contains("no such thing"));
  CHECK(world.github("pushes", "b", "push", R"({"repository":{}})").status == 500);
  CHECK_THAT(world.why(), Catch::Contains("repository.name"));
  CHECK(world.told("webhook.failed") == 2);
  CHECK(world.runs() == 0);
}

TEST_CASE("Slack is answered at once with nothing, and what was said is the task") {
  InboxWorld world;
  const HttpResponse reply =
      world.slack(R"({"type":"event_callback","event_id":"Ev1","token":"old",)"
                  R"("event":{"type":"app_mention","text":"<@U1> say hello"}})");
  CHECK(reply.status == 200);
  CHECK(reply.body.empty());
  const Json runs = json_of(world.ask("GET", "/v1/runs"))["runs"];
  REQUIRE(runs.size() == 1);
  const Json run = world.run(string_at(runs[0], "run"));
  CHECK(run["task"] == "say hello");
  const HttpResponse events = world.ask("GET", "/v1/runs/" + string_at(runs[0], "run") + "/events");
  CHECK(events.body.find("\"old\"") == std::string::npos);
}

}  // namespace yoke::testing
