#include "hosts/hook/webhooks/delivery.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

const HttpHeaders kJson{{"Content-Type", "application/json; charset=utf-8"}};
const HttpHeaders kForm{{"Content-Type", "application/x-www-form-urlencoded"}};

Delivery delivery(HookScheme scheme, const HttpHeaders& headers, const std::string& body,
                  const std::string& id = {}) {
  Received received = read_delivery(scheme, headers, body, HookProof{id});
  REQUIRE(std::holds_alternative<Delivery>(received));
  return std::get<Delivery>(std::move(received));
}

HttpHeaders github(const char* event) {
  HttpHeaders headers = kJson;
  headers.add("X-GitHub-Event", event);
  return headers;
}

int status_of(HookScheme scheme, const HttpHeaders& headers, const std::string& body) {
  const Received received = read_delivery(scheme, headers, body, HookProof{});
  const Refusal* refusal = std::get_if<Refusal>(&received);
  return refusal == nullptr ? 200 : refusal->status;
}

}  // namespace

TEST_CASE("a delivery's event is the one that its scheme names") {
  CHECK(delivery(HookScheme::github, github("issues"), R"({"action":"opened"})", "a").event ==
        "issues.opened");
  CHECK(delivery(HookScheme::github, github("push"), "{}", "a").event == "push");
  CHECK(delivery(HookScheme::standard, kJson, R"({"type":"invoice.paid"})", "a").event ==
        "invoice.paid");
  CHECK(delivery(HookScheme::slack, kJson,
                 R"({"type":"event_callback","event":{"type":"app_mention"}})")
            .event == "app_mention");
  CHECK(delivery(HookScheme::slack, kForm, "command=%2Fask&text=how+many").event == "/ask");
  CHECK(
      delivery(HookScheme::slack, kForm, "payload=%7B%22type%22%3A%22block_actions%22%7D").event ==
      "block_actions");
  CHECK(delivery(HookScheme::teams, kJson, R"({"type":"message"})").event == "message");
}

TEST_CASE("a delivery keeps its name over all attempts at it") {
  CHECK(delivery(HookScheme::github, github("push"), "{}", "72d3162e").id == "72d3162e");
  const std::string event = R"({"type":"event_callback","event_id":"Ev08","event":{"type":"x"}})";
  CHECK(delivery(HookScheme::slack, kJson, event).id == "Ev08");
  CHECK(delivery(HookScheme::slack, kForm, "command=%2Fa&trigger_id=13345224609.7").id ==
        "13345224609.7");
  const std::string said = R"({"type":"message","text":"hi"})";
  CHECK(delivery(HookScheme::teams, kJson, said).id == delivery(HookScheme::teams, kJson, said).id);
  CHECK(delivery(HookScheme::teams, kJson, said).id !=
        delivery(HookScheme::teams, kJson, said + " ").id);
}

TEST_CASE("a name that is odd or long is not taken as it is") {
  CHECK(delivery(HookScheme::github, github("push"), "{}", "a:b\n").id.size() == 64);
  CHECK(delivery(HookScheme::github, github("push"), "{}", std::string(101, 'a')).id.size() == 64);
  CHECK(delivery(HookScheme::github, github("a\x01"), "{}", "x").event.empty());
}

TEST_CASE("Slack's look at the certificate is answered and starts nothing") {
  const Received received =
      read_delivery(HookScheme::slack, kForm, "token=xyzz&ssl_check=1", HookProof{});
  const auto* answer = std::get_if<DeliveryAnswer>(&received);
  REQUIRE(answer != nullptr);
  CHECK(answer->reply.status == 200);
  CHECK(delivery(HookScheme::slack, kForm, "command=%2Fask&ssl_check=0").event == "/ask");
}

TEST_CASE("Slack's challenge is answered with itself, GitHub's ping with a word") {
  const Received challenge = read_delivery(
      HookScheme::slack, kJson, R"({"type":"url_verification","challenge":"3eZb"})", HookProof{});
  REQUIRE(std::holds_alternative<DeliveryAnswer>(challenge));
  CHECK(std::get<DeliveryAnswer>(challenge).reply.body == "3eZb");
  const Received ping = read_delivery(HookScheme::github, github("ping"), "{}", HookProof{"a"});
  CHECK(std::holds_alternative<DeliveryAnswer>(ping));
}

TEST_CASE("a body of another type, or no JSON object, is refused") {
  CHECK(status_of(HookScheme::standard, kForm, "a=b") == 415);
  CHECK(status_of(HookScheme::teams, {}, "{}") == 415);
  CHECK(status_of(HookScheme::standard, kJson, "[1]") == 400);
  CHECK(status_of(HookScheme::standard, kJson, "{") == 400);
  CHECK(status_of(HookScheme::slack, kForm, "payload=%7B") == 400);
  CHECK(status_of(HookScheme::slack, kForm, "a=%zz") == 400);
  CHECK(status_of(HookScheme::standard, {{"Content-Type", "application/cloudevents+json"}}, "{}") ==
        200);
}

TEST_CASE("what a hook wants is a glob over events, or an event's first part") {
  CHECK(wants_event({}, "issues.opened"));
  CHECK(wants_event({"issues"}, "issues.opened"));
  CHECK(wants_event({"push", "issues.*"}, "issues.opened"));
  CHECK_FALSE(wants_event({"issues.closed"}, "issues.opened"));
  CHECK_FALSE(wants_event({"issue"}, "issues.opened"));
}

TEST_CASE("a script sees no header that proves who sent the delivery") {
  const HttpHeaders headers{{"X-GitHub-Event", "push"},       {"X-Hub-Signature-256", "sha256=00"},
                            {"Authorization", "HMAC x"},      {"webhook-signature", "v1,x"},
                            {"X-Slack-Signature", "v0=x"},    {"Cookie", "a=b"},
                            {"User-Agent", "GitHub-Hookshot"}};
  CHECK(to_text(safe_headers(headers)) ==
        R"({"user-agent":"GitHub-Hookshot","x-github-event":"push"})");
}

TEST_CASE("what a person wrote to Slack or Teams is the task, without the mention") {
  const auto task = [](HookScheme scheme, const HttpHeaders& headers, const std::string& body) {
    return plain_start(scheme, "desk", delivery(scheme, headers, body)).task;
  };
  CHECK(
      task(
          HookScheme::slack, kJson,
          R"({"type":"event_callback","event":{"type":"app_mention","text":"<@U1> how many?"}})") ==
      "how many?");
  CHECK(task(HookScheme::slack, kForm, "command=%2Fask&text=how+many%3F") == "how many?");
  CHECK(task(HookScheme::teams, kJson,
             R"({"type":"message","text":"<at>Yoke</at>&nbsp;how many?\n"})") == "how many?");
  CHECK(task(HookScheme::github, github("push"), "{}") ==
        "The webhook 'desk' has told of 'push'; its payload is in the input.");
}

TEST_CASE("Slack's older token is not handed on") {
  const Delivery one = delivery(HookScheme::slack, kForm, "token=xyzz&command=%2Fask");
  CHECK(to_text(one.payload) == R"({"command":"/ask"})");
}

TEST_CASE("a session is named by what the payload has") {
  const Json payload{{"repository", {{"full_name", "acme/site"}}}, {"number", 7}};
  CHECK(*fill_session("github-{repository.full_name}#{number}", payload) == "github-acme/site#7");
  CHECK(*fill_session("desk", payload) == "desk");
  CHECK_THAT(fill_session("{repository.owner}", payload).error().detail,
             Catch::Contains("no text at 'repository.owner'"));
  CHECK_FALSE(fill_session("{repository}", payload).has_value());
  CHECK(fill_session("{a}", Json{{"a", std::string(300, 'x')}})->size() == 64);
  CHECK(fill_session("{a}", Json{{"a", "x\x1b[1m"}})->size() == 64);
}

TEST_CASE("a session's pattern that cannot be filled is refused") {
  CHECK(check_session_pattern("github-{a.b}").has_value());
  for (const char* pattern : {"{", "}", "{}", "{a", "{a{b}}", "a}"}) {
    INFO(pattern);
    CHECK_FALSE(check_session_pattern(pattern).has_value());
  }
}

TEST_CASE("a form's fields are decoded in order") {
  const auto fields = parse_form("a=1&b=x+y%21&c&=d");
  REQUIRE(fields.has_value());
  REQUIRE(fields->size() == 4);
  CHECK((*fields)[1] == std::pair<std::string, std::string>("b", "x y!"));
  CHECK((*fields)[2].second.empty());
  CHECK_FALSE(parse_form("a=%f").has_value());
  CHECK_FALSE(parse_form("a=%ff").has_value());
}

}  // namespace yoke::testing
