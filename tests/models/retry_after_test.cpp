#include "models/retry_after.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using std::chrono::milliseconds;

constexpr Micros kAnswered = 784'111'777'000'000;  // Sun, 06 Nov 1994 08:49:37 GMT

std::optional<milliseconds> asked(const HttpHeaders& headers, std::string_view body = {}) {
  return retry_after_of(headers, body, kAnswered);
}

TEST_CASE("Retry-After is seconds or a date, and milliseconds outrank both") {
  CHECK(asked({{"Retry-After", "3"}}) == milliseconds(3000));
  CHECK(asked({{"retry-after", "0.5"}}) == milliseconds(500));
  CHECK(asked({{"Retry-After", "3"}, {"retry-after-ms", "250"}}) == milliseconds(250));
  CHECK(asked({{"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"}}) == milliseconds(10'000));
  CHECK(asked({{"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"}}) == milliseconds(0));
  CHECK(asked({{"Retry-After", "1e300"}}) == milliseconds(86'400'000));
  for (const char* none : {"", "soon", "-1", "nan", "Sun, 06 Xov 1994 08:49:47 GMT"}) {
    CHECK_FALSE(asked({{"Retry-After", none}}));
  }
}

TEST_CASE("Gemini says it in the body, which may be a list") {
  const std::string body =
      R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[)"
      R"({"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},)"
      R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}})";
  CHECK(asked({}, body) == milliseconds(34'070));
  CHECK(asked({}, "[" + body + "]") == milliseconds(34'070));
  CHECK_FALSE(asked({}, R"({"error":{"details":[{"retryDelay":"soon"}]}})"));
  CHECK_FALSE(asked({}, R"({"retryDelay")"));
}

TEST_CASE("an exhausted limit is waited for until its reset, in each vendor's form") {
  const auto reset = [](const char* value) {
    return asked({{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", value}});
  };
  CHECK(reset("20ms") == milliseconds(20));
  CHECK(reset("6m0s") == milliseconds(360'000));
  CHECK(reset("2m59.56s") == milliseconds(179'560));
  CHECK(reset("17.5") == milliseconds(17'500));
  CHECK(reset("784111787") == milliseconds(86'400'000));  // no epoch of our days: seconds, bounded
  CHECK(asked({{"anthropic-ratelimit-tokens-remaining", "0"},
               {"anthropic-ratelimit-tokens-reset", "1994-11-06T08:50:07Z"}}) ==
        milliseconds(30'000));
  for (const char* none : {"", "later", "5 parsecs", "1m2"}) CHECK_FALSE(reset(none));
}

TEST_CASE("a reset given as a time since 1970 is told from seconds by its size") {
  constexpr Micros kToday = 1'790'000'000'000'000;
  const auto reset = [](const char* value) {
    return retry_after_of({{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", value}}, {},
                          kToday);
  };
  CHECK(reset("1790000012") == milliseconds(12'000));
  CHECK(reset("1790000012345") == milliseconds(12'345));
  CHECK(reset("1789999999") == milliseconds(0));
}

TEST_CASE("a limit that is not exhausted is no reason to wait, and of two the later reset counts") {
  CHECK_FALSE(asked({{"x-ratelimit-remaining-tokens", "5"}, {"x-ratelimit-reset-tokens", "60s"}}));
  CHECK_FALSE(asked({{"x-ratelimit-reset-tokens", "60s"}}));
  CHECK(asked({{"x-ratelimit-remaining-requests", "0"},
               {"x-ratelimit-reset-requests", "2s"},
               {"x-ratelimit-remaining-tokens", "0"},
               {"x-ratelimit-reset-tokens", "9s"}}) == milliseconds(9'000));
}

}  // namespace
}  // namespace yoke
