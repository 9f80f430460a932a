#include <catch2/catch.hpp>

#include "tests/oauth/oauth_bench.h"
#include "tools/oauth/oauth_record.h"

namespace yoke {
namespace {

using testing::ask_once;
using testing::OAuthBench;
using testing::StrictSettings;

bool says(const std::string& text, const std::string& part) {
  if (text.find(part) == text.npos) UNSCOPED_INFO("it says: " << text);
  return text.find(part) != std::string::npos;
}

// A bench where whoever is refused signs in at once, asked by nobody.
struct Unattended {
  explicit Unattended(StrictSettings settings = {})
      : bench(settings),
        consent(unattended_consent(bench.http)),
        credentials(bench.for_service(), bench.services(consent.get())) {}
  OAuthBench bench;
  std::unique_ptr<Consent> consent;
  OAuthCredentials credentials;
};

}  // namespace

TEST_CASE("a service that refuses is signed in to, and what is got is used and kept") {
  Unattended on;
  CHECK(on.bench.ask(on.credentials) == "200");
  CHECK(on.bench.ask(on.credentials) == "200");
  CHECK(on.bench.server.problems == std::vector<std::string>{});
  CHECK(on.bench.server.count("register none") == 1);
  CHECK(on.bench.server.count("authorize") == 1);
  // Another process finds it.
  OAuthCredentials others(on.bench.for_service(), on.bench.services());
  CHECK(on.bench.ask(others) == "200");
  CHECK(on.bench.server.count("authorize") == 1);
}

TEST_CASE("without anybody to ask, a refusal says which command signs in") {
  OAuthBench bench;
  OAuthCredentials credentials(bench.for_service(), bench.services());
  CHECK(says(bench.ask(credentials), "sign in with: yoke mcp login lab"));
  CHECK(says(bench.ask(credentials, "acme"), "yoke mcp login lab --tenant acme"));
  CHECK(bench.server.count("authorize") == 0);
  REQUIRE(bench.sign_in(credentials).has_value());
  CHECK(bench.ask(credentials) == "200");
  CHECK(bench.ask(credentials, "acme") != "200");
}

TEST_CASE("each way of a server's metadata is found") {
  for (const bool openid : {false, true}) {
    for (const char* path : {"", "/tenant1"}) {
      for (const bool says_metadata : {false, true}) {
        StrictSettings settings;
        settings.openid = openid;
        settings.issuer_path = path;
        settings.says_metadata = says_metadata;
        Unattended on(settings);
        CHECK(on.bench.ask(on.credentials) == "200");
        CHECK(on.bench.server.problems == std::vector<std::string>{});
      }
    }
  }
}

TEST_CASE("a token is renewed when it is old, once for all that wait") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.wall.at += 3590LL * 1'000'000;
  std::vector<std::unique_ptr<Started<std::string>>> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back(std::make_unique<Started<std::string>>());
    calls.back()->on(on.bench.io, ask_once(on.bench.http, on.credentials, on.bench.server.service(),
                                           "local", on.bench.soon()));
  }
  for (const auto& call : calls) {
    run_until(on.bench.io, [&] { return call->ended(); });
    CHECK(call->value() == "200");
  }
  CHECK(on.bench.server.count("token refresh_token") == 1);
  CHECK(on.bench.server.count("authorize") == 1);
  CHECK(on.bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("a refused token is renewed once for all that were refused with it") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.wall.at += 120LL * 1'000'000;
  on.bench.server.live.clear();
  std::vector<std::unique_ptr<Started<std::string>>> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back(std::make_unique<Started<std::string>>());
    calls.back()->on(on.bench.io, ask_once(on.bench.http, on.credentials, on.bench.server.service(),
                                           "local", on.bench.soon()));
  }
  for (const auto& call : calls) {
    run_until(on.bench.io, [&] { return call->ended(); });
    CHECK(call->value() == "200");
  }
  CHECK(on.bench.server.count("token refresh_token") == 1);
  CHECK(on.bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("what another process has renewed is taken, not renewed again") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  OAuthCredentials others(on.bench.for_service(), on.bench.services());
  REQUIRE(on.bench.ask(others) == "200");
  on.bench.wall.at += 3590LL * 1'000'000;
  CHECK(on.bench.ask(others) == "200");
  CHECK(on.bench.ask(on.credentials) == "200");
  CHECK(on.bench.server.count("token refresh_token") == 1);
  CHECK(on.bench.shelf.holds == 2);
  CHECK(on.bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("a renewed token that cannot be kept is not used") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.wall.at += 3590LL * 1'000'000;
  on.bench.shelf.is_full = true;
  const int served = on.bench.server.served;
  CHECK(says(on.bench.ask(on.credentials), "the shelf is full"));
  CHECK(on.bench.server.served == served);
}

TEST_CASE("a server that is down for a while costs no sign-in") {
  OAuthBench bench;
  OAuthCredentials credentials(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  bench.wall.at += 3590LL * 1'000'000;
  bench.server.down = true;
  CHECK(says(bench.ask(credentials), "temporarily_unavailable"));
  bench.server.down = false;
  CHECK(bench.ask(credentials) == "200");
  CHECK(bench.server.count("authorize") == 1);
}

TEST_CASE("a refresh token that is no good any more ends the sign-in, and says so") {
  StrictSettings settings;
  settings.refresh_tokens = true;
  OAuthBench bench(settings);
  OAuthCredentials credentials(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  // Somebody else used it: the server ends all of it.
  const std::string kept = bench.shelf.kept["local mcp/lab"];
  bench.wall.at += 3590LL * 1'000'000;
  REQUIRE(bench.ask(credentials) == "200");
  bench.shelf.kept["local mcp/lab"] = kept;
  OAuthCredentials others(bench.for_service(), bench.services());
  const std::string said = bench.ask(others);
  CHECK(says(said, "invalid_grant"));
  CHECK(says(said, "sign in with: yoke mcp login lab"));
  CHECK_FALSE(says(said, "refresh-"));
}

TEST_CASE("scopes that are never given are not asked for without end") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.server.settings.challenge_scope = "a";
  on.bench.server.settings.needs_scope = "never";
  on.bench.server.settings.withheld_scope = "never";
  CHECK(on.bench.ask(on.credentials) == "403");
  CHECK(on.bench.server.count("authorize") <= 3);
  CHECK(on.bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("a token that is refused although it is new ends the trying") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.server.kills_tokens = true;
  CHECK(on.bench.ask(on.credentials) == "401");
  CHECK(on.bench.server.count("authorize") <= 5);
  CHECK(on.bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("scopes are widened when a service wants more, with those that were there") {
  StrictSettings settings;
  settings.challenge_scope = "basic";
  Unattended on(settings);
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.server.settings.needs_scope = "write";
  CHECK(on.bench.ask(on.credentials) == "200");
  CHECK(on.bench.server.log.back() == "token authorization_code");
  CHECK(on.bench.server.count("authorize scope=basic write") == 1);
}

TEST_CASE("without anybody to ask, the scopes that were wanted are asked for at the next sign-in") {
  StrictSettings settings;
  settings.challenge_scope = "basic";
  OAuthBench bench(settings);
  OAuthCredentials credentials(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  bench.server.settings.needs_scope = "write";
  const std::string said = bench.ask(credentials);
  CHECK(says(said, "(write)"));
  CHECK(says(said, "yoke mcp login lab"));
  OAuthCredentials in_login(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(in_login).has_value());
  CHECK(bench.ask(in_login) == "200");
}

TEST_CASE("offline access is asked for where the server has it, and only there") {
  StrictSettings settings;
  settings.scopes_listed = {"basic"};
  settings.scopes_supported = {"basic", "offline_access"};
  Unattended with(settings);
  CHECK(with.bench.ask(with.credentials) == "200");
  CHECK(with.bench.server.count("authorize scope=basic offline_access") == 1);
  settings.scopes_supported = {"basic"};
  Unattended without(settings);
  CHECK(without.bench.ask(without.credentials) == "200");
  CHECK(without.bench.server.log[2] == "authorize scope=basic");
}

TEST_CASE("an answer from another issuer than the one that was asked is refused") {
  for (const char* iss : {"wrong", "slash", "none"}) {
    StrictSettings settings;
    settings.iss = iss;
    Unattended on(settings);
    CHECK(says(on.bench.ask(on.credentials), "the sign-in was not completed"));
    CHECK(on.bench.server.count("token") == 0);
  }
  StrictSettings settings;
  settings.iss = "wrong";
  settings.says_iss = false;
  Unattended unsaid(settings);
  CHECK(says(unsaid.bench.ask(unsaid.credentials), "not from http://127.0.0.1:"));
  settings.iss = "none";
  Unattended silent(settings);
  CHECK(silent.bench.ask(silent.credentials) == "200");
}

TEST_CASE("metadata of another issuer, or tokens for another service, are not used") {
  StrictSettings settings;
  settings.metadata_issuer = "https://attacker.example";
  Unattended mixed(settings);
  CHECK(says(mixed.bench.ask(mixed.credentials), "its metadata is that of 'https://attacker"));
  CHECK(mixed.bench.server.count("register") == 0);
  settings = StrictSettings();
  settings.resource = "https://evil.example/mcp";
  Unattended other(settings);
  CHECK(says(other.bench.ask(other.credentials), "is not this service"));
  CHECK(other.bench.server.count("register") == 0);
}

TEST_CASE("a server without PKCE signs nobody in") {
  StrictSettings settings;
  settings.says_pkce = false;
  Unattended on(settings);
  CHECK(says(on.bench.ask(on.credentials), "PKCE"));
  CHECK(on.bench.server.count("authorize") == 0);
}

TEST_CASE("a service that moves to another issuer is registered with anew") {
  Unattended on;
  REQUIRE(on.bench.ask(on.credentials) == "200");
  on.bench.server.live.clear();
  on.bench.server.settings.issuer_path = "/other";
  on.bench.server.settings.refresh_tokens = false;
  // The refresh token of the former issuer is of no use.
  on.bench.server.forgets_clients = true;
  CHECK(on.bench.ask(on.credentials) != "200");
  on.bench.server.forgets_clients = false;
  CHECK(on.bench.ask(on.credentials) == "200");
  CHECK(on.bench.server.count("register") >= 2);
  CHECK(on.bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("a client proves itself as the server wants it") {
  for (const char* method : {"none", "client_secret_basic", "client_secret_post"}) {
    StrictSettings settings;
    settings.token_methods = {method};
    Unattended on(settings);
    CHECK(on.bench.ask(on.credentials) == "200");
    CHECK(on.bench.server.problems == std::vector<std::string>{});
    on.bench.wall.at += 3590LL * 1'000'000;
    CHECK(on.bench.ask(on.credentials) == "200");
    CHECK(on.bench.server.count("token refresh_token") == 1);
  }
}

TEST_CASE("a client is what the operator registered by hand, before anything else") {
  StrictSettings settings;
  settings.token_methods = {"client_secret_basic"};
  settings.clients["ours: &"] = "s+c r/t";
  settings.takes_documents = true;
  OAuthBench bench(settings);
  OAuthSettings by_hand = bench.for_service();
  by_hand.client_id = "ours: &";
  by_hand.client_secret = "LAB";
  by_hand.client_document = "https://yoke.example/client.json";
  OAuthCredentials credentials(by_hand, bench.services());
  const Result<OAuthStanding> without = bench.sign_in(credentials);
  REQUIRE_FALSE(without.has_value());
  CHECK(without.error().detail == "no secret 'LAB' of local");
  bench.secrets.values["local LAB"] = "s+c r/t";
  REQUIRE(bench.sign_in(credentials).has_value());
  CHECK(bench.ask(credentials) == "200");
  CHECK(bench.server.count("register") == 0);
  CHECK(bench.server.problems == std::vector<std::string>{});
  // It is kept where it was, and nowhere else.
  CHECK_FALSE(says(bench.shelf.kept["local mcp/lab"], "s+c"));
}

TEST_CASE("what one issuer gave the operator is not shown to another that the service names") {
  StrictSettings settings;
  settings.token_methods = {"client_secret_basic"};
  settings.clients["ours"] = "s3cret";
  OAuthBench bench(settings);
  OAuthSettings by_hand = bench.for_service();
  by_hand.client_id = "ours";
  by_hand.client_secret = "LAB";
  bench.secrets.values["local LAB"] = "s3cret";
  OAuthCredentials credentials(by_hand, bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  const auto shown = bench.server.count("token authorization_code");
  bench.server.settings.issuer_path = "/other";
  const Result<OAuthStanding> again = bench.sign_in(credentials);
  REQUIRE_FALSE(again.has_value());
  CHECK(says(again.error().detail, "/other now; where that is right, write issuer = "));
  CHECK(bench.server.count("token authorization_code") == shown);
}

TEST_CASE("a token address that a document names is not this machine's") {
  StrictSettings settings;
  settings.clients = {{"robot", "secret"}};
  OAuthBench bench(settings);
  OAuthSettings robot = bench.for_service();
  robot.service_url = "https://service.example.com/api";
  robot.origins = {bench.server.base()};
  robot.grant = OAuthSettings::Grant::client_credentials;
  robot.token_url = bench.server.base() + "/token";
  robot.token_url_is_found = true;
  robot.client_id = "robot";
  robot.client_secret = "ROBOT";
  bench.secrets.values["local ROBOT"] = "secret";
  OAuthCredentials credentials(robot, bench.services());
  CHECK(bench.ask(credentials) != "200");
  CHECK(bench.server.count("token client_credentials") == 0);
}

TEST_CASE("a client is the address of its document where the server takes that") {
  StrictSettings settings;
  settings.takes_documents = true;
  OAuthBench bench(settings);
  OAuthSettings by_document = bench.for_service();
  by_document.client_document = "https://yoke.example/client.json";
  OAuthCredentials credentials(by_document, bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  CHECK(bench.ask(credentials) == "200");
  CHECK(bench.server.count("register") == 0);
  CHECK(bench.server.problems == std::vector<std::string>{});
}

TEST_CASE("a server that registers nobody says what the operator is to write") {
  StrictSettings settings;
  settings.registers = false;
  OAuthBench bench(settings);
  OAuthCredentials credentials(bench.for_service(), bench.services());
  const Result<OAuthStanding> done = bench.sign_in(credentials);
  REQUIRE_FALSE(done.has_value());
  CHECK(says(done.error().detail, "write its client_id into [mcp.lab.auth]"));
}

TEST_CASE("client credentials are fetched without anybody, for each tenant by itself") {
  StrictSettings settings;
  settings.token_methods = {"client_secret_post"};
  settings.clients = {{"robot", "of-local"}};
  OAuthBench bench(settings);
  OAuthSettings robot = bench.for_service();
  robot.service_url = "";
  robot.origins = {bench.server.base()};
  robot.grant = OAuthSettings::Grant::client_credentials;
  robot.token_url = bench.server.base() + "/token";
  robot.client_id = "robot";
  robot.client_secret = "ROBOT";
  robot.proof = ClientProof::post;
  robot.scopes = {"read"};
  bench.secrets.values["local ROBOT"] = "of-local";
  OAuthCredentials credentials(robot, bench.services());
  CHECK(bench.ask(credentials) == "200");
  CHECK(says(bench.ask(credentials, "acme"), "no secret 'ROBOT' of acme"));
  bench.server.live.clear();
  CHECK(bench.ask(credentials) == "200");
  bench.wall.at += 3590LL * 1'000'000;
  CHECK(bench.ask(credentials) == "200");
  CHECK(bench.server.count("token client_credentials") == 3);
  bench.secrets.values["local ROBOT"] = "another";
  bench.wall.at += 3590LL * 1'000'000;
  CHECK(says(bench.ask(credentials), "invalid_client"));
}

TEST_CASE("what was got for other settings is not used for these") {
  OAuthBench bench;
  OAuthCredentials credentials(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  OAuthSettings changed = bench.for_service();
  changed.client_id = "another";
  OAuthCredentials others(changed, bench.services());
  CHECK(says(bench.ask(others), "sign in with"));
}

TEST_CASE("a token goes to no other origin than its own, and not in plain text over a net") {
  OAuthBench bench;
  OAuthSettings settings = bench.for_service();
  OAuthCredentials credentials(settings, bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  const std::string elsewhere = run(
      bench.io, ask_once(bench.http, credentials, "http://127.0.0.1:9/mcp", "local", bench.soon()));
  CHECK(says(elsewhere, "is not sent to http://127.0.0.1:9"));
  settings.service_url = "http://lab.example/mcp";
  OAuthCredentials plain(settings, bench.services());
  const std::string said =
      run(bench.io, ask_once(bench.http, plain, settings.service_url, "local", bench.soon()));
  CHECK(says(said, "use its https:// address"));
}

TEST_CASE("signing out revokes what is kept and forgets it") {
  OAuthBench bench;
  OAuthCredentials credentials(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  const Result<bool> out = run(bench.io, credentials.sign_out("local", bench.soon()));
  REQUIRE(out.has_value());
  CHECK(*out);
  CHECK(bench.server.count("revoke") == 2);
  CHECK(bench.server.live.empty());
  CHECK(bench.shelf.kept.empty());
  CHECK(says(bench.ask(credentials), "nobody has signed in"));
  const Result<bool> again = run(bench.io, credentials.sign_out("local", bench.soon()));
  REQUIRE(again.has_value());
  CHECK_FALSE(*again);
}

TEST_CASE("a sign-in has a standing that shows no secret") {
  OAuthBench bench;
  OAuthCredentials credentials(bench.for_service(), bench.services());
  REQUIRE(bench.sign_in(credentials).has_value());
  const Result<std::optional<OAuthStanding>> standing =
      run(bench.io, credentials.standing("local"));
  REQUIRE(standing.has_value());
  REQUIRE((*standing).has_value());
  CHECK((*standing)->issuer == bench.server.issuer());
  CHECK((*standing)->resource == bench.server.service());
  CHECK((*standing)->renews);
  CHECK((*standing)->expires_at == bench.wall.at + 3600LL * 1'000'000);
}

}  // namespace yoke
