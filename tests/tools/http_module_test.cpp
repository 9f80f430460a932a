#include "tools/broker/http_module.h"

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "runtime/base/ascii.h"
#include "tests/tools/fixture.h"
#include "tests/tools/web_peer.h"
#include "tools/broker/broker.h"

using yoke::Errc;
using yoke::Json;
using yoke::PeerReply;
using yoke::PeerRequest;
using yoke::Result;
using yoke::WebPeer;

namespace {

using Addresses = std::vector<boost::asio::ip::address>;

// A broker with http alone, whose names are looked up in a table.
struct HttpFixture {
  HttpFixture() : client(loop.get_executor(), options()), broker(modules()) {}

  yoke::HttpClientOptions options() {
    yoke::HttpClientOptions options;
    options.look_up = [this](const std::string& host) {
      const auto found = names.find(host);
      if (found == names.end()) throw yoke::Fault("no such host");
      return Addresses{boost::asio::ip::make_address(found->second)};
    };
    return options;
  }
  std::vector<std::unique_ptr<yoke::HostModule>> modules() {
    std::vector<std::unique_ptr<yoke::HostModule>> all;
    all.push_back(std::make_unique<yoke::HttpModule>(client, secrets));
    return all;
  }
  yoke::sandbox::HostReply call(const Json& permissions, const std::string& function,
                                const Json& args) {
    yoke::CallScope scope(policy, yoke::permissions_of(permissions), yoke::request_of(),
                          "lua:tools/x.lua", context);
    yoke::sandbox::HostCall wanted{"http", function, args};
    yoke::sandbox::HostReply reply = yoke::run(loop, broker.handle(std::move(wanted), scope));
    audit = scope.audit();
    label = scope.label();
    return reply;
  }
  std::string denial(const Json& net, const std::string& url) {
    const yoke::sandbox::HostReply reply = call({{"net", net}}, "get", {url});
    CHECK_FALSE(reply.ok);
    return reply.message;
  }

  boost::asio::io_context loop{1};
  std::map<std::string, std::string> names;
  yoke::FixedSecrets secrets;
  yoke::FixedPolicy policy;
  yoke::RecordedContext context;
  yoke::HttpClient client;
  yoke::Broker broker;
  Json audit;
  yoke::Label label;
};

bool http_holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Json net(const WebPeer& peer) { return Json::array({"127.0.0.1:" + std::to_string(peer.port())}); }

PeerReply echo(const PeerRequest& request) {
  const Json seen = {{"method", request.method},
                     {"target", request.target},
                     {"body", request.body},
                     {"type", request.header("Content-Type")},
                     {"key", request.header("X-Api-Key")},
                     {"token", request.header("X-Auth-Token")},
                     {"agent", request.header("User-Agent")}};
  return {200, "application/json", seen.dump()};
}

PeerReply redirect_to(const std::string& location, int status = 302) {
  return {status, "text/plain", "moved", location};
}

}  // namespace

TEST_CASE("a granted host is asked and its answer is handed to the script") {
  WebPeer peer(echo);
  HttpFixture http;
  const auto reply = http.call({{"net", net(peer)}}, "get",
                               {peer.origin() + "/a?x=1", {{"query", {{"q", "a b&c"}}}}});
  REQUIRE(reply.ok);
  CHECK(reply.value.at("status") == 200);
  CHECK(reply.value.at("headers").at("content-type") == "application/json");
  CHECK(reply.value.at("json").at("target") == "/a?x=1&q=a%20b%26c");
  CHECK(reply.value.at("json").at("agent") == "yoke");
  CHECK(http.label == yoke::Label{});
  REQUIRE(http.audit.size() == 1);
  CHECK(http.audit.at(0).at("status") == 200);
  CHECK(http.audit.at(0).at("args").at("path") == "/a");
}

TEST_CASE("a body is sent as JSON, as a form or as it is") {
  WebPeer peer(echo);
  HttpFixture http;
  const auto post = [&](const Json& options) {
    const auto reply = http.call({{"net", net(peer)}}, "post", {peer.origin() + "/", options});
    REQUIRE(reply.ok);
    return reply.value.at("json");
  };
  CHECK(post({{"json", {{"b", 1}, {"a", nullptr}}}}).at("body") == R"({"a":null,"b":1})");
  CHECK(post({{"json", 1}}).at("type") == "application/json");
  CHECK(post({{"form", {{"a", "1 2"}, {"b", true}}}}).at("body") == "a=1%202&b=true");
  CHECK(post({{"body", "raw"}}).at("body") == "raw");
  const auto both =
      http.call({{"net", net(peer)}}, "post", {peer.origin() + "/", {{"json", 1}, {"body", "x"}}});
  CHECK(http_holds(both.message, "give one of json, form and body"));
}

TEST_CASE("a host that was not granted is not asked") {
  bool asked = false;
  WebPeer peer([&](const PeerRequest&) {
    asked = true;
    return PeerReply{};
  });
  HttpFixture http;
  CHECK(http_holds(http.denial({"api.example"}, peer.origin() + "/"), "is not granted"));
  CHECK(http_holds(http.denial({"127.0.0.1:1"}, peer.origin() + "/"), "is not granted"));
  CHECK(http_holds(http.denial({"*"}, peer.origin() + "/"), "is not granted"));
  CHECK_FALSE(asked);
  CHECK(http.audit.at(0).at("verdict") == "deny");
}

TEST_CASE("a granted name that leads inside the network is refused") {
  WebPeer peer(echo);
  HttpFixture http;
  const std::string port = ":" + std::to_string(peer.port());
  for (const std::string address : {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254",
                                    "::1", "fd00::1", "::ffff:127.0.0.1", "0.0.0.0"}) {
    http.names["api.example"] = address;
    INFO(address);
    const std::string message =
        http.denial({"http://api.example"}, "http://api.example" + port + "/");
    CHECK(http_holds(message, "no public address"));
  }
}

TEST_CASE("a name granted as private may lead inside, but not to the host's metadata") {
  WebPeer peer(echo);
  HttpFixture http;
  const std::string url = "http://wiki.corp:" + std::to_string(peer.port()) + "/";
  http.names["wiki.corp"] = "127.0.0.1";
  CHECK(http.call({{"net", {"private:http://wiki.corp"}}}, "get", {url}).ok);
  http.names["wiki.corp"] = "169.254.169.254";
  http.client.close_idle();
  CHECK(http_holds(http.denial({"private:http://wiki.corp"}, url), "which no grant covers"));
}

TEST_CASE("a name that changes its address between calls is checked again") {
  WebPeer peer(echo);
  HttpFixture http;
  const std::string url = "http://wiki.corp:" + std::to_string(peer.port()) + "/";
  http.names["wiki.corp"] = "127.0.0.1";
  REQUIRE(http.call({{"net", {"private:http://wiki.corp"}}}, "get", {url}).ok);
  // The connection is still open: another tool's grant of the name does not reach over it.
  CHECK(http_holds(http.denial({"http://wiki.corp"}, url), "no public address"));
}

TEST_CASE("odd spellings of an address are refused") {
  WebPeer peer(echo);
  HttpFixture http;
  const std::string rest = "@127.0.0.1:" + std::to_string(peer.port()) + "/";
  CHECK(http_holds(http.denial(net(peer), "http://api.example" + rest), "user name"));
  CHECK_FALSE(http.call({{"net", net(peer)}}, "get", {"file:///etc/passwd"}).ok);
  CHECK_FALSE(http.call({{"net", net(peer)}}, "get", {"ftp://127.0.0.1/"}).ok);
  CHECK(http_holds(http.denial({"*"},
                               "https://b\xc3\xbc"
                               "cher.example/"),
                   "plain ASCII"));
  CHECK_FALSE(http.call({{"net", net(peer)}}, "get", {"http://127.1/"}).ok);
  CHECK_FALSE(http.call({{"net", net(peer)}}, "get", {"http://api%2eexample/"}).ok);
}

TEST_CASE("without an explicit grant a host is spoken to over TLS only") {
  HttpFixture http;
  http.names["api.example"] = "93.184.216.34";
  CHECK(http_holds(http.denial({"api.example"}, "http://api.example/"), "over https only"));
}

TEST_CASE("a redirect is followed where the grants reach, and decided anew") {
  WebPeer peer([&](const PeerRequest& request) {
    return request.target == "/old" ? redirect_to("/new") : echo(request);
  });
  HttpFixture http;
  const auto reply =
      http.call({{"net", net(peer)}}, "post", {peer.origin() + "/old", {{"body", "x"}}});
  REQUIRE(reply.ok);
  CHECK(reply.value.at("json").at("method") == "GET");
  CHECK(reply.value.at("json").at("target") == "/new");
  CHECK(reply.value.at("url") == peer.origin() + "/new");
  CHECK(http.audit.size() == 2);
  const auto still =
      http.call({{"net", net(peer)}}, "get", {peer.origin() + "/old", {{"redirects", 0}}});
  CHECK(still.value.at("status") == 302);
}

TEST_CASE("a redirect turns no DELETE, PUT or PATCH into a GET") {
  WebPeer peer([&](const PeerRequest& request) {
    return request.target == "/old" ? redirect_to("/new", 301) : echo(request);
  });
  HttpFixture http;
  for (const std::string method : {"delete", "put", "patch"}) {
    INFO(method);
    const auto reply =
        http.call({{"net", net(peer)}}, method, {peer.origin() + "/old", {{"body", "x"}}});
    REQUIRE(reply.ok);
    CHECK(reply.value.at("json").at("method") == yoke::to_upper(method));
    CHECK(reply.value.at("json").at("body") == "x");
  }
}

TEST_CASE("a header that a script set does not follow a redirect to another origin") {
  WebPeer other(echo);
  WebPeer peer([&](const PeerRequest& request) {
    return request.target == "/away" ? redirect_to(other.origin() + "/") : redirect_to("/away");
  });
  HttpFixture http;
  const Json both = {net(peer).at(0), net(other).at(0)};
  const Json options = {{"headers", {{"X-Auth-Token", "t"}, {"User-Agent", "mine"}}}};
  const auto reply = http.call({{"net", both}}, "get", {peer.origin() + "/", options});
  REQUIRE(reply.ok);
  CHECK(reply.value.at("json").at("token") == "");
  CHECK(reply.value.at("json").at("agent") == "mine");
}

TEST_CASE("a redirect to another host, another scheme or inside the network is refused") {
  std::string target;
  WebPeer peer([&](const PeerRequest&) { return redirect_to(target); });
  HttpFixture http;
  http.names["api.example"] = "10.0.0.1";
  http.names["evil.example"] = "93.184.216.34";
  const std::string url = peer.origin() + "/";
  const Json grants = {"127.0.0.1:" + std::to_string(peer.port()), "http://api.example"};
  for (const std::string location :
       {"http://evil.example/", "http://api.example/", "http://127.0.0.1:1/", "http://[::1]/",
        "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gopher://x/",
        "http://user@127.0.0.1/", "//evil.example/x"}) {
    target = location;
    INFO(location);
    CHECK_FALSE(http.call({{"net", grants}}, "get", {url}).ok);
  }
  target = "http://evil.example/";
  CHECK(http_holds(http.denial(grants, url), "'evil.example' is not granted"));
  CHECK(http_holds(http.denial(grants, url), "(a redirect led there)"));
  target = "/loop";
  CHECK(http_holds(http.denial(grants, url), "redirected more than 5 times"));
}

TEST_CASE("a reply over the bound is refused with the bound") {
  WebPeer peer([](const PeerRequest&) {
    return PeerReply{200, "text/plain", std::string((1 << 20) + 1, 'x')};
  });
  HttpFixture http;
  const auto reply = http.call({{"net", net(peer)}}, "get", {peer.origin() + "/"});
  CHECK_FALSE(reply.ok);
  CHECK(http_holds(reply.message, "at most 1048576 bytes"));
}

TEST_CASE("a reply that is no text is handed over in base64 too") {
  WebPeer peer([](const PeerRequest&) { return PeerReply{200, "image/png", "\x89PNG\xff"}; });
  HttpFixture http;
  const auto reply = http.call({{"net", net(peer)}}, "get", {peer.origin() + "/"});
  REQUIRE(reply.ok);
  CHECK(reply.value.at("body_base64") == yoke::base64_of("\x89PNG\xff"));
  CHECK(reply.value.at("json").is_null());
}

TEST_CASE("headers that steer the connection are not the script's to set") {
  WebPeer peer(echo);
  HttpFixture http;
  const auto with = [&](const std::string& name, const std::string& value) {
    return http.call({{"net", net(peer)}}, "get",
                     {peer.origin() + "/", {{"headers", {{name, value}}}}});
  };
  for (const char* name :
       {"Host", "content-length", "Transfer-Encoding", "Connection", "Proxy-Authorization", "TE"}) {
    CHECK(http_holds(with(name, "x").message, "is the host's to set"));
  }
  CHECK(http_holds(with("X-A", "a\r\nX-B: b").message, "cannot stand in a request"));
  CHECK(http_holds(with("X A", "a").message, "cannot stand in a request"));
  CHECK(with("X-Api-Key", "mine").value.at("json").at("key") == "mine");
}

TEST_CASE("policy sees the host of each request and may deny it") {
  WebPeer peer(echo);
  HttpFixture http;
  http.policy.verdicts["http.get"] = yoke::Verdict::deny;
  CHECK(http_holds(http.denial(net(peer), peer.origin() + "/secret?x=1"),
                   "denied by the policy rule"));
  const yoke::PolicyQuery& query = http.policy.asked.back();
  CHECK(query.args.at("host") == "127.0.0.1");
  CHECK(query.args.at("path") == "/secret");
  CHECK(query.effect == yoke::Effect::read);
}

TEST_CASE("wrong options and functions are told with the nearest right ones") {
  HttpFixture http;
  const Json permissions = {{"net", {"127.0.0.1"}}};
  const auto message = [&](const std::string& function, const Json& args) {
    return http.call(permissions, function, args).message;
  };
  CHECK(http_holds(message("gett", {"x"}), "did you mean 'get'"));
  CHECK(http_holds(message("get", {"http://127.0.0.1/", {{"qeury", 1}}}), "did you mean 'query'"));
  CHECK(http_holds(message("get", Json::array()), "the address is no string"));
  CHECK(http_holds(message("request", {{{"method", "PSOT"}}}), "did you mean 'POST'"));
  CHECK(http_holds(message("get", {"http://127.0.0.1/", {{"redirects", 99}}}),
                   "redirects is 0 to 10"));
}

TEST_CASE("a server that stays silent ends the request at its timeout") {
  HttpFixture http;
  boost::asio::ip::tcp::acceptor silent(http.loop, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const std::string where = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  const auto reply =
      http.call({{"net", {where}}}, "get", {"http://" + where + "/", {{"timeout", "50ms"}}});
  CHECK_FALSE(reply.ok);
}
