#include <catch2/catch.hpp>

#include "runtime/http/client.h"
#include "tests/tools/lua_fixture.h"
#include "tests/tools/web_peer.h"
#include "tools/broker/http_module.h"

using yoke::Json;
using yoke::PeerReply;
using yoke::PeerRequest;
using yoke::ToolOutcome;
using yoke::WebPeer;

namespace {

constexpr auto kSecret = "sk-l1ve/Tr0ub4dor&3";

// Whole tools over the real client, with one secret.
struct SecretFixture {
  SecretFixture()
      : client(loop.get_executor()),
        broker(modules()),
        runner({broker, policy, wall, place, &place}),
        services{runner, [](const yoke::ToolSpec&, yoke::ScriptOrigin) {
                   yoke::GrantDecision decision;
                   decision.granted = true;
                   return decision;
                 }} {
    secrets.values["KEY"] = kSecret;
  }
  std::vector<std::unique_ptr<yoke::HostModule>> modules() {
    std::vector<std::unique_ptr<yoke::HostModule>> all;
    all.push_back(std::make_unique<yoke::HttpModule>(client, secrets));
    return all;
  }

  // Runs `body` in a tool that may use KEY with the peer, in the place given.
  ToolOutcome run(const WebPeer& peer, const std::string& place, const std::string& body) {
    const std::string host = "'127.0.0.1:" + std::to_string(peer.port()) + "'";
    auto source = std::make_shared<yoke::ScriptSource>();
    source->name = "tools/s.lua";
    source->text = "local url = '" + peer.origin() +
                   "/x'\nreturn tool { name = 's', permissions "
                   "= { net = { " +
                   host + ", 'localhost' }, secrets = { KEY = { host = " + host + ", " + place +
                   " } } },\nrun = function(input, ctx) " + body + " end }";
    yoke::LoadedTools loaded = yoke::load_lua_source(services, std::move(source));
    for (const yoke::Error& error : loaded.errors) UNSCOPED_INFO(error.message());
    REQUIRE(loaded.tools.size() == 1);
    yoke::ToolRequest request = yoke::request_of();
    request.args = Json::object();
    return yoke::run(loop, loaded.tools[0]->call(std::move(request), context));
  }

  boost::asio::io_context loop{1};
  yoke::FixedSecrets secrets;
  yoke::FixedPolicy policy;
  yoke::FixedWallClock wall;
  yoke::RecordedContext context;
  yoke::HttpClient client;
  yoke::Broker broker;
  yoke::InProcess place;
  yoke::ScriptRunner runner;
  yoke::LuaToolServices services;
};

// All that leaves the call, as one text.
std::string everything(const ToolOutcome& out, const yoke::RecordedContext& context) {
  std::string text = out.value.dump() + out.message + out.audit.dump() + out.meter.dump();
  for (const std::string& line : context.lines) text += line;
  return text;
}

constexpr auto kReturnAll =
    "local r = http.get(url) log.info(r.body) return { r.body, r.headers, r.json, r.url }";

}  // namespace

TEST_CASE("a secret reaches its host in its header and nobody else") {
  std::string seen;
  WebPeer peer([&](const PeerRequest& request) {
    seen = request.header("X-Api-Key");
    return PeerReply{200, "text/plain", "fine"};
  });
  SecretFixture fixture;
  const ToolOutcome out = fixture.run(peer, "header = 'X-Api-Key'", kReturnAll);
  REQUIRE(out.outcome == yoke::Outcome::ok);
  CHECK(seen == kSecret);
  CHECK(everything(out, fixture.context).find(kSecret) == std::string::npos);
}

TEST_CASE("a secret may stand in the query or behind a prefix") {
  std::string target;
  std::string header;
  WebPeer peer([&](const PeerRequest& request) {
    target = request.target;
    header = request.header("Authorization");
    return PeerReply{200, "text/plain", request.target};
  });
  SecretFixture fixture;
  const ToolOutcome query = fixture.run(peer, "query = 'key'", kReturnAll);
  CHECK(target == "/x?key=sk-l1ve%2FTr0ub4dor%263");
  CHECK(query.value.at(0) == "/x?key=[secret KEY]");
  CHECK(everything(query, fixture.context).find("Tr0ub4dor") == std::string::npos);
  fixture.run(peer, "header = 'Authorization', prefix = 'Bearer '", kReturnAll);
  CHECK(header == std::string("Bearer ") + kSecret);
}

TEST_CASE("a secret that its host sends back is cut out in every form") {
  const std::string value = kSecret;
  WebPeer peer([&](const PeerRequest&) {
    const Json body = {
        {value, {value, yoke::base64_of("user:" + value), "sk-l1ve%2FTr0ub4dor%263"}}};
    return PeerReply{200, "application/json", body.dump()};
  });
  SecretFixture fixture;
  const ToolOutcome out = fixture.run(peer, "header = 'X-Api-Key'", kReturnAll);
  REQUIRE(out.outcome == yoke::Outcome::ok);
  const std::string all = everything(out, fixture.context);
  CHECK(all.find("Tr0ub4dor") == std::string::npos);
  CHECK(all.find(yoke::base64_of("user:" + value).substr(8, 16)) == std::string::npos);
  CHECK(out.value.at(2).contains("[secret KEY]"));
}

TEST_CASE("a secret does not travel to another host by redirect") {
  std::string seen = "not asked";
  WebPeer other([&](const PeerRequest& request) {
    seen = request.header("X-Api-Key") + request.target;
    return PeerReply{200, "text/plain", "fine"};
  });
  WebPeer peer([&](const PeerRequest&) {
    return PeerReply{302, "text/plain", "",
                     "http://localhost:" + std::to_string(other.port()) + "/y"};
  });
  SecretFixture fixture;
  const ToolOutcome out = fixture.run(peer, "header = 'X-Api-Key'", kReturnAll);
  REQUIRE(out.outcome == yoke::Outcome::ok);
  CHECK(seen == "/y");
}

TEST_CASE("a script that fills in the place of a secret is refused") {
  WebPeer peer([](const PeerRequest&) { return PeerReply{}; });
  SecretFixture fixture;
  const ToolOutcome out = fixture.run(peer, "header = 'X-Api-Key'",
                                      "http.get(url, { headers = { ['x-api-key'] = 'mine' } })");
  CHECK(out.message.find("the script must leave it out") != std::string::npos);
}

TEST_CASE("a secret that is not set is named in the error") {
  WebPeer peer([](const PeerRequest&) { return PeerReply{}; });
  SecretFixture fixture;
  fixture.secrets.values.clear();
  const ToolOutcome out = fixture.run(peer, "header = 'X-Api-Key'", kReturnAll);
  CHECK(out.outcome == yoke::Outcome::error);
  CHECK(out.message.find("the secret KEY is not set") != std::string::npos);
}

TEST_CASE("an error of the script does not carry the secret out") {
  WebPeer peer([](const PeerRequest& request) {
    return PeerReply{500, "text/plain", request.header("X-Api-Key")};
  });
  SecretFixture fixture;
  const ToolOutcome out =
      fixture.run(peer, "header = 'X-Api-Key'", "error('refused: ' .. http.get(url).body)");
  CHECK(out.message.find("refused: [secret KEY]") != std::string::npos);
  CHECK(everything(out, fixture.context).find(kSecret) == std::string::npos);
}
