#include "hosts/hook/keys/oidc/oidc_check.h"

#include <catch2/catch.hpp>

#include "runtime/http/server.h"
#include "tests/hook/keys/oidc/token_maker.h"
#include "tests/support/fakes.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {
namespace {

using Kind = TokenMaker::Kind;

// An OpenID provider on loopback.
struct Issuer {
  explicit Issuer(asio::any_io_executor executor)
      : server(executor, [this](HttpRequest request) { return answer(std::move(request)); }) {
    address = "http://127.0.0.1:" + std::to_string(*server.listen("127.0.0.1", 0));
    document = Json{{"issuer", address}, {"jwks_uri", address + "/keys"}};
  }

  awaitable<HttpReply> answer(HttpRequest request) {
    ++asked;
    if (held) co_await held->wait();
    HttpReply reply;
    reply.status = status;
    const bool keys = request.url == "/keys";
    reply.body = keys ? to_text(jwks) : to_text(document);
    co_return reply;
  }

  HttpServer server;
  std::string address;
  Json document;
  Json jwks;
  int status = 200;
  Signal* held = nullptr;  // it answers once this is notified
  int asked = 0;           // two for each time that the keys are fetched
};

struct Fixture {
  TestLoop loop;
  VirtualWall wall;
  Issuer issuer{loop.executor()};
  HttpClient client{loop.executor()};
  TokenMaker ec{Kind::ec, "one"};
  std::unique_ptr<KeySource> source = made();
  std::unique_ptr<OidcCheck> check;

  Fixture() {
    issuer.jwks = ec.jwks();
    ClaimRules rules;
    rules.issuer = issuer.address;
    rules.audiences = {"yoke"};
    rules.scopes["*"].add(Scope::run);
    check = std::make_unique<OidcCheck>(*source, wall, rules);
  }
  ~Fixture() { run(loop.io, issuer.server.stop(LoopClock::now())); }

  std::unique_ptr<KeySource> made() {
    KeySource::Options options;
    options.issuer = issuer.address;
    return std::make_unique<KeySource>(client, options);
  }
  Json claims() {
    const std::int64_t now = wall.now() / 1'000'000;
    return Json{{"iss", issuer.address}, {"aud", "yoke"}, {"sub", "ann"}, {"exp", now + 100'000}};
  }
  Gatekeeper::Admission admitted(const std::string& token) {
    return run(loop.io, check->check(Secret(token)));
  }
  // The name of who is let in, else what they are told.
  std::string asked(const std::string& token) {
    const Gatekeeper::Admission admission = admitted(token);
    const auto* refusal = std::get_if<Refusal>(&admission);
    return refusal ? refusal->detail : std::get<Principal>(admission).name;
  }
};

}  // namespace

TEST_CASE("the holder of a good token is let in, and the keys are fetched once for many") {
  Fixture f;
  const std::string token = f.ec.token(f.claims(), "ES256");
  CHECK(f.asked(token) == "user:ann");
  CHECK(f.asked(token) == "user:ann");
  CHECK(f.issuer.asked == 2);
}

TEST_CASE("requests that come at once share one fetch of the keys") {
  Fixture f;
  const std::string token = f.ec.token(f.claims(), "ES256");
  std::vector<std::unique_ptr<Started<Gatekeeper::Admission>>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::make_unique<Started<Gatekeeper::Admission>>());
    all.back()->on(f.loop.io, f.check->check(Secret(token)));
  }
  run_until(f.loop.io, [&] {
    return std::all_of(all.begin(), all.end(), [](const auto& one) { return one->ended(); });
  });
  for (const auto& one : all) CHECK(std::holds_alternative<Principal>(one->value()));
  CHECK(f.issuer.asked == 2);
}

TEST_CASE("a new key of the issuer is found when a token names it") {
  Fixture f;
  CHECK(f.asked(f.ec.token(f.claims(), "ES256")) == "user:ann");
  const TokenMaker next(Kind::rsa, "two");
  f.issuer.jwks = Json{{"keys", {f.ec.jwk(), next.jwk()}}};
  f.loop.advance(std::chrono::seconds(31));
  CHECK(f.asked(next.token(f.claims(), "RS256")) == "user:ann");
  CHECK(f.issuer.asked == 4);
}

TEST_CASE("made-up names of keys do not make it ask the issuer again and again") {
  Fixture f;
  CHECK(f.asked(f.ec.token(f.claims(), "ES256")) == "user:ann");
  for (int i = 0; i < 50; ++i) {
    const Json head{{"kid", "made-up-" + std::to_string(i)}};
    CHECK(f.asked(f.ec.token(f.claims(), "ES256", head)) ==
          "the token is signed with a key that its issuer does not list");
  }
  CHECK(f.issuer.asked == 2);
  f.loop.advance(std::chrono::seconds(31));
  for (int i = 0; i < 50; ++i) f.asked(f.ec.token(f.claims(), "ES256", Json{{"kid", "x"}}));
  CHECK(f.issuer.asked == 4);
}

TEST_CASE("a key that the issuer has withdrawn is no good once the keys are fetched anew") {
  Fixture f;
  const std::string token = f.ec.token(f.claims(), "ES256");
  CHECK(f.asked(token) == "user:ann");
  f.issuer.jwks = TokenMaker(Kind::ec, "two").jwks();
  f.loop.advance(std::chrono::minutes(59));
  CHECK(f.asked(token) == "user:ann");
  f.loop.advance(std::chrono::minutes(2));
  CHECK(f.asked(token) == "the token is signed with a key that its issuer does not list");
}

TEST_CASE("while the issuer is away its keys go on for a day, and no longer") {
  Fixture f;
  const std::string token = f.ec.token(f.claims(), "ES256");
  CHECK(f.asked(token) == "user:ann");
  f.issuer.status = 500;
  f.loop.advance(std::chrono::hours(2));
  CHECK(f.asked(token) == "user:ann");
  f.loop.advance(std::chrono::hours(22));
  const Gatekeeper::Admission admission = f.admitted(token);
  const Refusal& refusal = std::get<Refusal>(admission);
  CHECK(refusal.status == 503);
  CHECK(refusal.retry_after);
  CHECK(refusal.detail.find("answered with status 500") != std::string::npos);
}

TEST_CASE("an issuer that is away is not asked for every request") {
  Fixture f;
  f.issuer.status = 500;
  const std::string token = f.ec.token(f.claims(), "ES256");
  for (int i = 0; i < 10; ++i) CHECK(std::get<Refusal>(f.admitted(token)).status == 503);
  CHECK(f.issuer.asked == 1);
  f.issuer.status = 200;
  f.loop.advance(std::chrono::seconds(31));
  CHECK(f.asked(token) == "user:ann");
}

TEST_CASE("while an issuer hangs, whoever has a key that is at hand is let in at once") {
  Fixture f;
  const std::string token = f.ec.token(f.claims(), "ES256");
  CHECK(f.asked(token) == "user:ann");
  f.loop.advance(std::chrono::seconds(31));
  Signal answer;
  f.issuer.held = &answer;
  Started<Gatekeeper::Admission> stranger;
  stranger.on(f.loop.io, f.check->check(Secret(f.ec.token(f.claims(), "ES256", {{"kid", "x"}}))));
  run_until(f.loop.io, [&] { return f.issuer.asked == 3; });
  CHECK(f.asked(token) == "user:ann");  // the issuer has not answered yet
  CHECK_FALSE(stranger.ended());
  f.issuer.held = nullptr;
  answer.notify();
  run_until(f.loop.io, [&] { return stranger.ended(); });
  CHECK(std::holds_alternative<Refusal>(stranger.value()));
}

TEST_CASE("a discovery document of another issuer, or that leads astray, is not believed") {
  for (const auto& [field, value] : {std::pair{"issuer", "https://other.example"},
                                     {"jwks_uri", "http://192.0.2.1/keys"},
                                     {"jwks_uri", "file:///etc/passwd"},
                                     {"jwks_uri", ""}}) {
    Fixture f;
    f.issuer.document[field] = value;
    const std::string token = f.ec.token(f.claims(), "ES256");
    CHECK(std::get<Refusal>(f.admitted(token)).status == 503);
    CHECK(f.issuer.asked == 1);
  }
}

TEST_CASE("a token that is not signed in a way that is taken costs the issuer nothing") {
  Fixture f;
  CHECK(f.asked(f.ec.hmac_token(f.claims())) == "the token is not signed in a way that is taken");
  CHECK(f.asked("ey.ey.ey").starts_with("the token is malformed"));
  CHECK(f.issuer.asked == 0);
}

TEST_CASE("keys are fetched over https or on this machine, and from nowhere else") {
  CHECK(KeySource::check_address("https://id.example").has_value());
  CHECK(KeySource::check_address("http://127.0.0.1:9000/realm").has_value());
  CHECK(KeySource::check_address("http://localhost:9000").has_value());
  CHECK_FALSE(KeySource::check_address("http://id.example").has_value());
  CHECK_FALSE(KeySource::check_address("http://localhost.evil.example").has_value());
  CHECK_FALSE(KeySource::check_address("ftp://id.example").has_value());
  CHECK_FALSE(KeySource::check_address("").has_value());
}

}  // namespace yoke::testing
