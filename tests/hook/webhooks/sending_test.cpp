#include "hosts/hook/webhooks/sending.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Micros kNow = 1614265330LL * 1'000'000;

SendAttempt attempt(int status, const HttpHeaders& headers = {}, seconds age = seconds(0)) {
  SeededRandom random(1);
  HttpResponse response;
  response.status = status;
  response.headers = headers;
  return attempt_of(response, age, kNow, random);
}

SendAttempt failure(HttpFailure::Kind kind) {
  SeededRandom random(1);
  HttpFailure failed;
  failed.kind = kind;
  failed.message = "no connection";
  return attempt_of(failed, seconds(0), kNow, random);
}

using End = SendAttempt::End;

}  // namespace

TEST_CASE("any answer of the two hundreds settles a webhook") {
  for (const int status : {200, 201, 202, 204}) CHECK(attempt(status).end == End::done);
}

TEST_CASE("a webhook whose receiver is gone for good is not sent again") {
  CHECK(attempt(410).end == End::never);
  CHECK(attempt(410).why == "it answered 410");
  CHECK(failure(HttpFailure::Kind::denied).end == End::never);
}

TEST_CASE("a webhook is sent again after any other answer, and after none") {
  for (const int status : {301, 400, 401, 404, 429, 500, 503}) {
    INFO(status);
    CHECK(attempt(status).end == End::again);
    CHECK(attempt(status).wait.count() >= 4);
  }
  for (const auto kind :
       {HttpFailure::Kind::connect, HttpFailure::Kind::timeout, HttpFailure::Kind::cut,
        HttpFailure::Kind::tls, HttpFailure::Kind::resolve}) {
    CHECK(failure(kind).end == End::again);
  }
}

TEST_CASE("after three days a webhook is given up") {
  CHECK(attempt(500, {}, hours(72) - seconds(1)).end == End::again);
  CHECK(attempt(500, {}, hours(72)).end == End::never);
}

TEST_CASE("a receiver that says when to come again is not asked sooner") {
  CHECK(attempt(503, {{"Retry-After", "120"}}).wait == seconds(120));
  CHECK(attempt(429, {{"Retry-After", "Thu, 25 Feb 2021 15:04:10 GMT"}}).wait == seconds(120));
  CHECK(attempt(503, {{"Retry-After", "0"}}).wait.count() >= 4);
  CHECK(attempt(503, {{"Retry-After", "99999999"}}).wait == hours(24));
}

TEST_CASE("a Retry-After that is neither seconds nor a date is none") {
  for (const char* value : {"", "-5", "soon", "1.5", "Thu, 25 Feb 2021", "5 s"}) {
    INFO(value);
    CHECK_FALSE(retry_after(value, kNow).has_value());
  }
}

TEST_CASE("tries are further and further apart, and there are many in three days") {
  SeededRandom random(7);
  seconds age{0};
  int tries = 0;
  for (; age < kWebhookAgeMax; ++tries) {
    const seconds wait = retry_wait(age, random);
    CHECK(wait.count() >= 4);
    CHECK(wait <= hours(8));
    CHECK(wait >= std::min(seconds(hours(4)), age * 8 / 5));
    age += wait;
  }
  CHECK(tries > 15);
  CHECK(tries < 30);
}

TEST_CASE("a webhook is signed as Standard Webhooks has it, by every secret") {
  Outbound to;
  to.keys.push_back(
      *hook_key(HookScheme::standard, Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
  to.keys.push_back(
      *hook_key(HookScheme::standard, Secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")));
  const HttpRequest request =
      webhook_request(to, "https://example.com/in", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                      R"({"test": 2432232314})", kNow);
  CHECK(request.headers.get("webhook-timestamp") == "1614265330");
  CHECK(request.headers.get("webhook-signature").substr(0, 47) ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  CHECK(request.headers.get("webhook-signature").substr(47, 4) == " v1,");
  const auto address = boost::asio::ip::make_address("10.0.0.1");
  REQUIRE(request.permit_address);
  CHECK_FALSE(request.permit_address("example.com", address).has_value());
}

TEST_CASE("a section of webhooks that cannot be used is refused with its line") {
  Config config;
  config.env["KEY"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  config.env["BAD"] = "plain";
  const auto refused = [&](const char* url, const char* event, const char* secret) {
    WebhookConfig webhook;
    webhook.url = url;
    webhook.events = {event};
    webhook.secrets = {secret};
    webhook.line = 7;
    config.webhooks = {{"ci", webhook}};
    const Result<Outbounds> read = read_outbounds(config);
    return read ? std::string("it was taken") : read.error().message();
  };
  CHECK(refused("https://example.com/in", "run.*", "env:KEY") == "it was taken");
  CHECK_THAT(refused("http://example.com/in", "run.*", "env:KEY"), Catch::Contains("over https"));
  CHECK_THAT(refused("example.com", "run.*", "env:KEY"), Catch::Contains("webhooks.ci.url"));
  CHECK_THAT(refused("https://example.com/in", "run.finished", "env:KEY"),
             Catch::Contains("no event is called 'run.finished'"));
  CHECK_THAT(refused("https://example.com/in", "run.*", "env:NO_SUCH_KEY"),
             Catch::Contains("NO_SUCH_KEY"));
  CHECK_THAT(refused("https://example.com/in", "run.*", "env:BAD"), Catch::Contains("whsec_"));
  CHECK_THAT(refused("https://example.com/in", "run.*", "env:BAD"), Catch::Contains(":7"));
}

}  // namespace yoke::testing
