#include "hosts/hook/api/request_rules.h"

#include <catch2/catch.hpp>

#include "hosts/hook/api/operation.h"
#include "hosts/hook/api/schemas.h"

// What is refused before an endpoint sees it, by the very document that is published.
namespace yoke {
namespace {

RequestRules rules_of_start(ApiPlace place = ApiPlace::network) {
  Operation operation("startRun", "runs", "Start a run");
  const Json text{{"type", "string"}, {"maxLength", 5}};
  operation.query("wait", text, "").query("limit", Json{{"type", "integer"}, {"minimum", 1}}, "");
  operation.body("StartRun");
  return RequestRules(operation.json(), api_components(place));
}

HookCall call_with(const std::string& body) {
  HookCall call;
  call.request.method = "POST";
  call.request.headers.add("Content-Type", "application/json");
  call.request.body = body;
  return call;
}

Refusal refused(const RequestRules& rules, HookCall call) {
  std::variant<Refusal, AskedOf> asked = rules.check(std::move(call));
  REQUIRE(std::holds_alternative<Refusal>(asked));
  return std::get<Refusal>(asked);
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a body that is as published comes through with its query") {
  const RequestRules rules = rules_of_start();
  HookCall call = call_with(R"({"agent":"a","input":{"x":1},"limits":{"steps":3},"task":"t"})");
  call.query = {{"limit", "7"}, {"wait", "3s"}};
  const std::variant<Refusal, AskedOf> asked = rules.check(std::move(call));
  REQUIRE(std::holds_alternative<AskedOf>(asked));
  CHECK(std::get<AskedOf>(asked).query == Json{{"limit", 7}, {"wait", "3s"}});
  CHECK(integer_at(std::get<AskedOf>(asked).body["limits"], "steps") == 3);
}

TEST_CASE("a wrong field of a body is named by its pointer, with what is expected") {
  const RequestRules rules = rules_of_start();
  struct Case {
    const char* body;
    const char* param;
    const char* says;
  };
  const Case cases[] = {
      {R"({"agent":5})", "/agent", "expected string"},
      {R"({"agent":"a","tsak":"x"})", "/tsak", "did you mean 'task'?"},
      {R"({"task":"x"})", "/agent", "'/agent' in the body"},
      {R"({"agent":"a","images":["/etc/passwd"]})", "/images/0", "passwd"},
      {R"({"agent":"a","on_busy":"wait"})", "/on_busy", "\"enqueue\""},
      {R"({"agent":"a","webhook":{"url":"file:///x"}})", "/webhook/url", "file:///x"},
      {R"({"agent":"a","plain":true})", "/plain", "no property of this name"},
      {R"({"agent":"a","by":"root"})", "/by", "no property of this name"},
      {R"([1])", "", "expected object"},
  };
  for (const Case& each : cases) {
    const Refusal refusal = refused(rules, call_with(each.body));
    INFO(each.body << ": " << refusal.detail);
    CHECK(refusal.status == 422);
    CHECK(refusal.param == each.param);
    CHECK(mentions(refusal.detail, each.says));
  }
}

TEST_CASE("a limit that is wrong is told as one") {
  const RequestRules rules = rules_of_start();
  for (const char* body : {R"({"agent":"a","limits":{"step":3}})",
                           R"({"agent":"a","limits":{"usd":-1}})", R"({"agent":"a","limits":3})"}) {
    const Refusal refusal = refused(rules, call_with(body));
    INFO(body << ": " << refusal.detail);
    CHECK(refusal.status == 422);
    CHECK(refusal.param.starts_with("/limits"));
  }
}

TEST_CASE("what is no JSON within bounds is refused as such") {
  const RequestRules rules = rules_of_start();
  const std::string deep =
      R"({"agent":"a","input":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  for (const std::string& body :
       {std::string("{"), std::string("{}x"), deep, std::string(R"({"agent":"a","agent":"b"})"),
        std::string(R"({"agent":"a","input":{"n":1e999}})"), std::string("{\"agent\":\"\xff\"}"),
        std::string(R"({"agent":"a","input":{"n":123456789012345678901234567890}})"),
        std::string()}) {
    const Refusal refusal = refused(rules, call_with(body));
    INFO(refusal.detail);
    CHECK(refusal.status == 400);
    CHECK(refusal.detail.size() < 300);
  }
}

TEST_CASE("a body of another type is refused as that") {
  const RequestRules rules = rules_of_start();
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", ""}) {
    HookCall call = call_with(R"({"agent":"a"})");
    call.request.headers.set("Content-Type", type);
    CHECK(refused(rules, std::move(call)).status == 415);
  }
}

TEST_CASE("a query with an unknown, doubled or wrong name is refused") {
  const RequestRules rules = rules_of_start();
  struct Case {
    std::vector<std::pair<std::string, std::string>> query;
    const char* param;
    const char* says;
  };
  const Case cases[] = {{{{"wiat", "3s"}}, "wiat", "did you mean 'wait'?"},
                        {{{"limit", "x"}}, "limit", "integer"},
                        {{{"limit", "0"}}, "limit", "1"},
                        {{{"limit", "3"}, {"limit", "4"}}, "limit", "twice"},
                        {{{"wait", "3 hours"}}, "wait", "5"}};
  for (const Case& each : cases) {
    HookCall call = call_with(R"({"agent":"a"})");
    call.query = each.query;
    const Refusal refusal = refused(rules, std::move(call));
    INFO(refusal.detail);
    CHECK(refusal.status == 422);
    CHECK(refusal.param == each.param);
    CHECK(mentions(refusal.detail, each.says));
  }
}

TEST_CASE("the socket takes what only the user's own commands may say") {
  const RequestRules rules = rules_of_start(ApiPlace::socket);
  const std::variant<Refusal, AskedOf> asked = rules.check(
      call_with(R"({"plain":true,"task":"x","project":"/p","continue":true,"by":"ann"})"));
  CHECK(std::holds_alternative<AskedOf>(asked));
}

}  // namespace yoke
