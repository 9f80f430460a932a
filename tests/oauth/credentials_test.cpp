#include <catch2/catch.hpp>

#include "runtime/http/url.h"
#include "tests/oauth/oauth_bench.h"
#include "tools/oauth/credentials_book.h"

namespace yoke {
namespace {

using testing::OAuthBench;

Result<AuthorizedRequest> with_key(OAuthBench& bench, ApiKeyPlace place, HttpRequest request,
                                   const std::string& tenant = "local") {
  ApiKeySettings settings;
  settings.secret = "WEATHER_KEY";
  settings.place = std::move(place);
  settings.origins = {"https://api.example:443", "http://127.0.0.1:80"};
  const auto credentials = api_key_credentials(settings, bench.secrets);
  return run(bench.io, credentials->authorize(std::move(request), tenant, kNoDeadline));
}

HttpRequest to_example(const std::string& rest = "/now") {
  HttpRequest request;
  request.url = "https://api.example" + rest;
  return request;
}

}  // namespace

TEST_CASE("a key stands where the service wants it") {
  OAuthBench bench;
  bench.secrets.values["local WEATHER_KEY"] = "k&y ?";
  ApiKeyPlace place;
  place.name = "X-Api-Key";
  Result<AuthorizedRequest> made = with_key(bench, place, to_example());
  REQUIRE(made.has_value());
  CHECK(made->request.headers.get("x-api-key") == "k&y ?");
  REQUIRE(made->secrets.size() == 1);
  CHECK(made->secrets[0].reveal() == "k&y ?");

  place = ApiKeyPlace{ApiKeyPlace::In::header, "Authorization", "Bearer "};
  made = with_key(bench, place, to_example());
  REQUIRE(made.has_value());
  CHECK(made->request.headers.get("Authorization") == "Bearer k&y ?");

  place = ApiKeyPlace{ApiKeyPlace::In::query, "api key", ""};
  made = with_key(bench, place, to_example());
  REQUIRE(made.has_value());
  CHECK(made->request.url == "https://api.example/now?api%20key=k%26y%20%3F");
  made = with_key(bench, place, to_example("/now?a=1#part"));
  REQUIRE(made.has_value());
  CHECK(made->request.url == "https://api.example/now?a=1&api%20key=k%26y%20%3F#part");
  CHECK(url_without_key(made->request.url, place) ==
        "https://api.example/now?a=1&api%20key=…#part");

  place = ApiKeyPlace{ApiKeyPlace::In::cookie, "session", ""};
  HttpRequest request = to_example();
  request.headers.set("Cookie", "a=b");
  made = with_key(bench, place, request);
  REQUIRE(made.has_value());
  CHECK(made->request.headers.get("Cookie") == "a=b; session=k%26y%20%3F");
}

TEST_CASE("a key goes to its own origins alone, encrypted or to this machine") {
  OAuthBench bench;
  bench.secrets.values["local WEATHER_KEY"] = "key";
  HttpRequest request;
  request.url = "https://evil.example/now";
  Result<AuthorizedRequest> made = with_key(bench, {}, request);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == Errc::denied);
  request.url = "http://api.example:443/now";
  CHECK_FALSE(with_key(bench, {}, request).has_value());
  request.url = "http://127.0.0.1/now";
  CHECK(with_key(bench, {}, request).has_value());
}

TEST_CASE("a key is the tenant's own, and one that breaks a request is refused") {
  OAuthBench bench;
  bench.secrets.values["local WEATHER_KEY"] = "key";
  const Result<AuthorizedRequest> none = with_key(bench, {}, to_example(), "acme");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().detail == "no secret 'WEATHER_KEY' of acme");
  bench.secrets.values["acme WEATHER_KEY"] = "a\r\nX-Evil: 1";
  const Result<AuthorizedRequest> broken = with_key(bench, {}, to_example(), "acme");
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().detail.find("X-Evil") == std::string::npos);
  CHECK(broken.error().detail.find("WEATHER_KEY") != std::string::npos);
}

TEST_CASE("a refusal that nothing can be done about is the answer, and goes to the sinks") {
  OAuthBench bench;
  const auto none = no_credentials();
  HttpRequest request;
  request.method = "POST";
  request.url = bench.server.service();
  HttpSinks sinks;
  int status = 0;
  std::string body;
  sinks.on_head = [&](const HttpResponseHead& head) {
    status = head.status;
    return true;
  };
  sinks.on_data = [&](std::string_view bytes) {
    body += bytes;
    return true;
  };
  const Result<AuthorizedOutcome> done =
      run(bench.io, send_authorized(bench.http, *none, request, "local", bench.soon(), sinks));
  REQUIRE(done.has_value());
  CHECK(status == 401);
  CHECK(body.find("invalid_token") != std::string::npos);
}

}  // namespace yoke
