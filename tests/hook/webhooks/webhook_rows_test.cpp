#include "hosts/app/webhook_rows.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

Event completed(std::int64_t seq = 9) {
  Event event;
  event.kind = EventKind::run_completed;
  event.seq = seq;
  event.at = 1'763'719'200'000'000;
  event.run_id = "R1";
  event.fields = Json{{"text", "The key is 1234."}};
  return event;
}

WebhookRun run() {
  WebhookRun run;
  run.run_id = "R1";
  run.tenant = "local";
  run.agent = "clerk";
  return run;
}

WebhookConfig webhook() {
  WebhookConfig config;
  config.url = "https://example.com/in";
  config.events = {"run.*"};
  return config;
}

using Webhooks = std::map<std::string, WebhookConfig>;

std::string refused(const Webhooks& webhooks, const char* json) {
  const Result<Json> checked = check_run_webhook(webhooks, "local", *parse_json(json));
  return checked ? to_text(*checked) : checked.error().detail;
}

}  // namespace

TEST_CASE("an event is told to each webhook that wants its kind, agent and tenant") {
  const Webhooks all{{"a", webhook()}, {"b", webhook()}};
  CHECK(webhook_rows(all, completed(), run()).size() == 2);
  Webhooks other_kind{{"a", webhook()}};
  other_kind["a"].events = {"question.asked"};
  CHECK(webhook_rows(other_kind, completed(), run()).empty());
  Webhooks other_agent{{"a", webhook()}};
  other_agent["a"].agents = {"analyst"};
  CHECK(webhook_rows(other_agent, completed(), run()).empty());
  other_agent["a"].agents = {"cl*"};
  CHECK(webhook_rows(other_agent, completed(), run()).size() == 1);
  Webhooks other_tenant{{"a", webhook()}};
  other_tenant["a"].tenant = "acme";
  CHECK(webhook_rows(other_tenant, completed(), run()).empty());
}

TEST_CASE("what is told of one run, or one session, is in one lane and never twice") {
  const Webhooks all{{"a", webhook()}};
  const OutboxRow first = webhook_rows(all, completed(9), run()).at(0);
  const OutboxRow second = webhook_rows(all, completed(10), run()).at(0);
  CHECK(first.lane == second.lane);
  CHECK(first.dedupe != second.dedupe);
  CHECK(first.body["id"] != second.body["id"]);
  CHECK(first.dedupe == webhook_rows(all, completed(9), run()).at(0).dedupe);
  WebhookRun talk = run();
  talk.session = "s";
  WebhookRun later = talk;
  later.run_id = "R2";
  CHECK(webhook_rows(all, completed(), talk).at(0).lane ==
        webhook_rows(all, completed(), later).at(0).lane);
}

TEST_CASE("a webhook's payload is the event as streams show it, with whose it is") {
  const Json payload = webhook_payload(completed(), run(), true);
  CHECK(payload["type"] == "run.completed");
  CHECK(payload["timestamp"] == "2025-11-21T10:00:00.000000Z");
  CHECK(payload["data"]["text"] == "The key is 1234.");
  CHECK(payload["data"]["run"] == "R1");
  CHECK(payload["data"]["agent"] == "clerk");
}

TEST_CASE("without contents a payload holds nothing of what was said") {
  const std::string text = to_text(webhook_payload(completed(), run(), false));
  CHECK(text.find("1234") == std::string::npos);
  CHECK(text.find("\"run\":\"R1\"") != std::string::npos);
}

TEST_CASE("an event too large for a webhook is told without its contents") {
  Event huge = completed();
  huge.fields["text"] = std::string(300 * 1024, 'x');
  const OutboxRow row = webhook_rows({{"a", webhook()}}, huge, run()).at(0);
  CHECK(string_at(row.body, "payload").size() < 1000);
}

TEST_CASE("a run's own webhook is told what it asked for, signed by the named section") {
  Webhooks all{{"callers", webhook()}};
  all["callers"].for_runs = true;
  all["callers"].url.clear();
  WebhookRun asked = run();
  asked.webhook = *check_run_webhook(all, "local", Json{{"url", "https://example.com/me"}});
  const std::vector<OutboxRow> rows = webhook_rows(all, completed(), asked);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].destination == "callers");
  CHECK(string_at(rows[0].body, "url") == "https://example.com/me");
  CHECK(webhook_rows(all, completed(), run()).empty());
}

TEST_CASE("a run's own webhook that cannot be is refused with the field that is wrong") {
  Webhooks all{{"callers", webhook()}};
  all["callers"].for_runs = true;
  CHECK_THAT(refused({{"a", webhook()}}, R"({"url":"https://e.example/x"})"),
             Catch::Contains("for_runs = true"));
  CHECK_THAT(refused(all, R"({})"), Catch::Contains("'webhook.url' is missing"));
  CHECK_THAT(refused(all, R"({"url":"http://e.example/x"})"), Catch::Contains("https"));
  CHECK_THAT(refused(all, R"({"url":"https://u:p@e.example/x"})"),
             Catch::Contains("'webhook.url'"));
  CHECK_THAT(refused(all, R"({"url":"https://e.example/x","events":["run.done"]})"),
             Catch::Contains("no event is called 'run.done'"));
  CHECK_THAT(refused(all, R"({"url":"https://e.example/x","event":[]})"),
             Catch::Contains("did you mean 'events'?"));
  CHECK_THAT(refused(all, R"({"url":"https://e.example/x","secret_name":"other"})"),
             Catch::Contains("secret_name"));
  CHECK_THAT(refused(all, R"("https://e.example/x")"), Catch::Contains("'webhook' is to be"));
}

}  // namespace yoke::testing
