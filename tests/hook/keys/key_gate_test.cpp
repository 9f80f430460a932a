#include "hosts/hook/keys/key_gate.h"

#include <catch2/catch.hpp>

#include "runtime/http/peer_user.h"
#include "tests/support/fakes.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {
namespace {

struct FixedTokens final : TokenCheck {
  awaitable<Gatekeeper::Admission> check(Secret token) override {
    seen.push_back(token.reveal());
    Principal who;
    who.name = user;
    co_return who;
  }
  std::string user = "user:ann";
  std::vector<std::string> seen;
};

// A connection over a socket file.
struct FilePeer final : HttpCaller, HttpPeerUser {
  awaitable<void> gone() override { co_return; }
  bool is_same_user() override { return same_user; }
  bool same_user = true;
};

struct GateFixture {
  TestLoop loop;
  VirtualWall wall;
  SystemRandom random;
  std::unique_ptr<Store> store = opened();
  ApiKeys keys{*store, wall, random};
  FixedTokens tokens;
  FilePeer file_peer;
  std::unique_ptr<KeyGate> gate = made(nullptr);

  GateFixture() { REQUIRE(run(loop.io, keys.load()).has_value()); }

  std::unique_ptr<Store> opened() {
    StoreOptions options;
    options.node_id = "test";
    options.wall = &wall;
    return std::move(*open_store("memory:", loop.executor(), options));
  }
  std::unique_ptr<KeyGate> made(TokenCheck* check, std::optional<KeyRate> user_rate = {}) {
    KeyGate::Rules rules;
    rules.local_user = "ann";
    rules.user_rate = user_rate;
    return std::make_unique<KeyGate>(KeyGate::Services{keys, check, wall}, std::move(rules));
  }
  std::string key(Json order) { return run(loop.io, keys.create(std::move(order)))->text.reveal(); }
  Gatekeeper::Admission admit(HttpHeaders headers, const std::string& peer = "127.0.0.1") {
    HttpRequest request;
    request.url = "/v1/runs";
    request.peer.address = peer;
    if (peer.empty()) request.caller = &file_peer;
    request.headers = std::move(headers);
    return run(loop.io, gate->admit(request));
  }
  // The name of who is let in, else the code of the refusal.
  std::string asked(HttpHeaders headers, const std::string& peer = "127.0.0.1") {
    const Gatekeeper::Admission admission = admit(std::move(headers), peer);
    const auto* refusal = std::get_if<Refusal>(&admission);
    return refusal ? refusal->code : std::get<Principal>(admission).name;
  }
};

HttpHeaders bearer(const std::string& key) { return {{"Authorization", "Bearer " + key}}; }

}  // namespace

TEST_CASE("where there are no keys, who comes from this machine is its user") {
  GateFixture f;
  CHECK(f.asked({}) == "ann");
  CHECK(f.asked({}, "::1") == "ann");
  CHECK(f.asked({}, "") == "ann");
  CHECK(f.asked(bearer("sk-any-client-sends-something")) == "ann");
  CHECK(f.asked({}, "192.0.2.9") == "key.missing");
}

TEST_CASE("where there are no keys, what a proxy brings is not from this machine") {
  GateFixture f;
  CHECK(f.asked({{"X-Forwarded-For", "192.0.2.9"}}) == "key.missing");
  CHECK(f.asked({{"Forwarded", "for=192.0.2.9"}}) == "key.missing");
}

TEST_CASE("with the first key loopback asks for one, and the socket file does not") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"}});
  CHECK(f.asked({}) == "key.missing");
  CHECK(f.asked(bearer("sk-other")) == "key.unknown");
  CHECK(f.asked({}, "") == "ann");
  CHECK(f.asked(bearer(key)) == "key:ci");
  CHECK(f.asked({{"x-api-key", key}}, "192.0.2.9") == "key:ci");
}

TEST_CASE("over a socket file that others may open, they need a key as over the net") {
  GateFixture f;
  f.file_peer.same_user = false;
  CHECK(f.asked({}, "") == "key.missing");
  const std::string key = f.key({{"name", "ci"}});
  CHECK(f.asked({}, "") == "key.missing");
  CHECK(f.asked(bearer("sk-other"), "") == "key.unknown");
  CHECK(f.asked(bearer(key), "") == "key:ci");
}

TEST_CASE("what a proxy brings over a socket file needs a key, whoever runs the proxy") {
  GateFixture f;
  CHECK(f.asked({{"X-Forwarded-For", "192.0.2.9"}}, "") == "key.missing");
  const std::string key = f.key({{"name", "ci"}});
  CHECK(f.asked({{"Via", "1.1 front"}}, "") == "key.missing");
  CHECK(f.asked({{"Via", "1.1 front"}, {"x-api-key", key}}, "") == "key:ci");
}

TEST_CASE("loopback is not thrown open when the last key is revoked") {
  GateFixture f;
  f.key({{"name", "ci"}});
  REQUIRE(run(f.loop.io, f.keys.revoke("ci", "bob")).has_value());
  CHECK(f.asked({}) == "key.missing");
}

TEST_CASE("a key that is sent must be right, even where none is needed") {
  GateFixture f;
  SystemRandom random;
  const std::string other = make_key(random).text.reveal();
  CHECK(f.asked(bearer(other)) == "key.unknown");
  CHECK(f.asked(bearer(other), "") == "key.unknown");
  CHECK(f.asked(bearer("yk_short")) == "key.malformed");
}

TEST_CASE("a key of a known id with another secret is as unknown as one that never was") {
  GateFixture f;
  SystemRandom random;
  const std::string id = f.key({{"name", "ci"}}).substr(3, 10);
  NewKey other = make_key(random);
  KeyRecord record = *f.keys.find(id);
  record.id = other.id;  // the id of `other`, the hash of another key
  REQUIRE(run(f.loop.io, f.store->kv_set("yoke:keys", other.id, stored_json(record))).has_value());
  ApiKeys keys(*f.store, f.wall, f.random);
  REQUIRE(run(f.loop.io, keys.load()).has_value());
  KeyGate gate(KeyGate::Services{keys, nullptr, f.wall}, {});
  HttpRequest request;
  request.headers = bearer(other.text.reveal());
  const Gatekeeper::Admission wrong = run(f.loop.io, gate.admit(request));
  request.headers = bearer(make_key(random).text.reveal());
  const Gatekeeper::Admission never = run(f.loop.io, gate.admit(request));
  CHECK(std::get<Refusal>(wrong).detail == std::get<Refusal>(never).detail);
  CHECK(std::get<Refusal>(wrong).code == std::get<Refusal>(never).code);
}

TEST_CASE("a revoked key is refused by the very next request") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"}});
  CHECK(f.asked(bearer(key)) == "key:ci");
  REQUIRE(run(f.loop.io, f.keys.revoke("ci", "bob")).has_value());
  CHECK(f.asked(bearer(key)) == "key.revoked");
}

TEST_CASE("a key is refused from the moment on that it expires") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"}, {"expires", "1h"}});
  f.loop.advance(std::chrono::minutes(59));
  CHECK(f.asked(bearer(key)) == "key:ci");
  f.loop.advance(std::chrono::minutes(1));
  CHECK(f.asked(bearer(key)) == "key.expired");
}

TEST_CASE("who is let in has the tenant, groups, scopes and bounds of the key") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"},
                                 {"tenant", "acme"},
                                 {"scopes", {"run"}},
                                 {"groups", {"it"}},
                                 {"agents", {"pay-*"}}});
  const Gatekeeper::Admission admission = f.admit(bearer(key));
  const Principal& who = std::get<Principal>(admission);
  CHECK(who.tenant == "acme");
  CHECK(who.scopes.has(Scope::run));
  CHECK_FALSE(who.scopes.has(Scope::read));
  CHECK(who.groups == std::vector<std::string>{"it"});
  CHECK_FALSE(may_use_agent(who, "hello"));
}

TEST_CASE("a key over its rate is told to come back, and when") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"}, {"rate", "2/m"}});
  const Gatekeeper::Admission first = f.admit(bearer(key));
  CHECK(std::get<Principal>(first).rate->left == 1);
  CHECK(f.asked(bearer(key)) == "key:ci");
  const Gatekeeper::Admission third = f.admit(bearer(key));
  const Refusal& refusal = std::get<Refusal>(third);
  CHECK(refusal.status == 429);
  const HttpReply reply = problem(refusal);
  CHECK(reply.headers.get("Retry-After") == "30");
  CHECK(reply.headers.get("RateLimit") == "\"key\";r=0;t=60");
  CHECK(reply.headers.get("RateLimit-Policy") == "\"key\";q=2;w=60");
  f.loop.advance(std::chrono::seconds(30));
  CHECK(f.asked(bearer(key)) == "key:ci");
}

TEST_CASE("a wrong key does not use up the rate of the right one") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"}, {"rate", "1/m"}});
  std::string wrong = key;
  wrong[20] = wrong[20] == 'x' ? 'y' : 'x';
  for (int i = 0; i < 5; ++i) CHECK(f.asked(bearer(wrong)) == "key.malformed");
  CHECK(f.asked(bearer(key)) == "key:ci");
}

TEST_CASE("tokens are shown to who checks them, where one is set up") {
  GateFixture f;
  CHECK(f.asked(bearer("eyJh.eyJz.c2ln")) == "ann");  // no keys, no tokens: foreign
  f.gate = f.made(&f.tokens);
  CHECK(f.asked(bearer("eyJh.eyJz.c2ln")) == "user:ann");
  CHECK(f.tokens.seen.size() == 1);
  CHECK(f.asked({}) == "key.missing");  // set up is set up: loopback is not open any more
}

TEST_CASE("the use of a key is noted when it is let in, and only then") {
  GateFixture f;
  const std::string key = f.key({{"name", "ci"}});
  const std::string id = key.substr(3, 10);
  f.asked(bearer("yk_" + id + "_" + std::string(59, '0')));
  CHECK(f.keys.last_used(id) == 0);
  f.asked(bearer(key));
  CHECK(f.keys.last_used(id) == f.wall.now());
}

TEST_CASE("each user with a token has the rate of users, and a key its own") {
  GateFixture f;
  f.gate = f.made(&f.tokens, KeyRate{2, std::chrono::seconds(60)});
  const std::string key = f.key({{"name", "ci"}});
  const std::string token = "eyJh.eyJz.c2ln";
  CHECK(f.asked(bearer(token)) == "user:ann");
  CHECK(f.asked(bearer(token)) == "user:ann");
  const Gatekeeper::Admission third = f.admit(bearer(token));
  const auto* refusal = std::get_if<Refusal>(&third);
  REQUIRE(refusal != nullptr);
  CHECK(refusal->status == 429);
  CHECK(refusal->detail == "user:ann may make 2/m requests");
  CHECK(refusal->retry_after.has_value());
  f.tokens.user = "user:bob";
  const Gatekeeper::Admission other = f.admit(bearer(token));
  CHECK(std::get<Principal>(other).rate->left == 1);
  for (int i = 0; i < 3; ++i) CHECK(f.asked(bearer(key)) == "key:ci");
  f.loop.advance(std::chrono::seconds(30));
  f.tokens.user = "user:ann";
  CHECK(f.asked(bearer(token)) == "user:ann");
}

}  // namespace yoke::testing
