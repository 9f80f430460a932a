#include <catch2/catch.hpp>

#include "tests/oauth/oauth_bench.h"

namespace yoke {
namespace {

using testing::OAuthBench;

std::string fetch_text(OAuthBench& bench, const std::string& url, const std::string& host = {}) {
  HttpRequest request;
  request.url = url;
  if (!host.empty()) request.headers.set("Host", host);
  HttpOutcome outcome = run(bench.io, bench.http.send(std::move(request), bench.soon()));
  const auto* response = std::get_if<HttpResponse>(&outcome);
  return response == nullptr ? std::get<HttpFailure>(outcome).message
                             : std::to_string(response->status) + " " + response->body;
}

}  // namespace

TEST_CASE("a browser that comes back to loopback ends the wait, and whatever else comes does not") {
  OAuthBench bench;
  std::string told;
  const auto consent =
      loopback_consent(bench.io.get_executor(), [&](const std::string& url) { told = url; });
  const Result<std::string> uri = consent->redirect_uri("");
  REQUIRE(uri.has_value());
  Started<Result<std::string>> answer;
  answer.on(bench.io, consent->obtain("https://as.example/authorize?x=1", bench.soon()));
  CHECK(fetch_text(bench, *uri).starts_with("404"));
  CHECK(fetch_text(bench, *uri + "x?code=1").starts_with("404"));
  CHECK(fetch_text(bench, *uri + "?code=1", "evil.example").starts_with("404"));
  CHECK_FALSE(answer.ended());
  CHECK(told == "https://as.example/authorize?x=1");
  CHECK(fetch_text(bench, *uri + "?code=1&state=2").starts_with("200"));
  run_until(bench.io, [&] { return answer.ended(); });
  REQUIRE(answer.value().has_value());
  CHECK(*answer.value() == *uri + "?code=1&state=2");
  CHECK(uri->starts_with("http://127.0.0.1:"));
  // Nobody listens there any more.
  bench.http.close_idle();
  CHECK_FALSE(fetch_text(bench, *uri + "?code=3").starts_with("2"));
}

TEST_CASE("nobody who comes back in time is said so") {
  OAuthBench bench;
  const auto consent = loopback_consent(bench.io.get_executor(), [](const std::string&) {});
  REQUIRE(consent->redirect_uri("").has_value());
  const Deadline past = LoopClock::now();
  const Result<std::string> answer =
      run(bench.io, consent->obtain("https://as.example/authorize", past));
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Errc::timed_out);
}

TEST_CASE("the port that was registered before is listened at again where it is free") {
  OAuthBench bench;
  const auto tell = [](const std::string&) {};
  auto first = loopback_consent(bench.io.get_executor(), tell);
  const Result<std::string> uri = first->redirect_uri("");
  REQUIRE(uri.has_value());
  const auto beside = loopback_consent(bench.io.get_executor(), tell);
  const Result<std::string> other = beside->redirect_uri(*uri);
  REQUIRE(other.has_value());
  CHECK(*other != *uri);
  first.reset();
  bench.io.restart();
  bench.io.poll();
  const auto later = loopback_consent(bench.io.get_executor(), tell);
  const Result<std::string> again = later->redirect_uri(*uri);
  REQUIRE(again.has_value());
  CHECK(*again == *uri);
}

TEST_CASE("an address that was pasted signs in as one that came by itself") {
  OAuthBench bench;
  OAuthCredentials credentials(bench.for_service(), bench.services());
  std::string shown;
  const auto unattended = unattended_consent(bench.http);
  const auto read = [&]() -> awaitable<Result<std::string>> {
    std::string url = shown;
    Result<std::string> came = co_await unattended->obtain(std::move(url), kNoDeadline);
    if (came) *came = "  " + *came + "\n";
    co_return came;
  };
  const auto consent = pasted_consent([&](const std::string& url) { shown = url; }, read);
  REQUIRE(run(bench.io, credentials.sign_in("local", *consent, bench.soon())).has_value());
  CHECK(bench.ask(credentials) == "200");
  const auto wrong =
      pasted_consent([](const std::string&) {},
                     []() -> awaitable<Result<std::string>> {
                       co_return std::string("http://127.0.0.1:33418/callback?code=x");
                     });
  const Result<OAuthStanding> refused =
      run(bench.io, credentials.sign_in("local", *wrong, bench.soon()));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().detail.find("belongs to another sign-in") != std::string::npos);
}

}  // namespace yoke
