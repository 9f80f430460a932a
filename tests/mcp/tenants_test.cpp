#include <catch2/catch.hpp>
#include <map>
#include <mutex>

#include "runtime/http/client.h"
#include "tests/support/mock_socket.h"
#include "tests/support/test_loop.h"
#include "tools/mcp/server.h"

// A legacy server that decides by its session who asks.
namespace yoke::mcp {
namespace {

using namespace std::chrono_literals;

// Shows the tenant's name for its token.
class NamedTokens final : public Credentials {
 public:
  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string tenant,
                                                 Deadline) override {
    AuthorizedRequest made;
    made.request = std::move(request);
    made.request.headers.set("Authorization", tenant);
    co_return made;
  }
  awaitable<Result<bool>> refused(AuthorizationRefusal, Deadline) override { co_return false; }
};

// Knows who opened each of its sessions, and answers a call with that name.
class SessionHttp {
 public:
  explicit SessionHttp(bool keeps)
      : keeps_(keeps),
        server_([this](const testing::MockRequest& request, testing::MockConnection& connection) {
          return answer(request, connection);
        }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/mcp"; }
  std::size_t opened() {
    const std::scoped_lock held(mutex_);
    return opened_;
  }
  std::size_t open() {
    const std::scoped_lock held(mutex_);
    return owners_.size();
  }

 private:
  static std::string header(const testing::MockRequest& request, const std::string& name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? "" : found->second;
  }
  static bool send(testing::MockConnection& connection, int status, const std::string& body,
                   const std::string& more = {}) {
    return connection.send("HTTP/1.1 " + std::to_string(status) +
                           " X\r\nContent-Type: application/json\r\n" + more +
                           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  bool answer(const testing::MockRequest& request, testing::MockConnection& connection) {
    const std::scoped_lock held(mutex_);
    const std::string session = header(request, "mcp-session-id");
    if (request.method == "DELETE") owners_.erase(session);
    if (request.method != "POST") return send(connection, 405, "");
    const Json message = parse_json(request.body).value();
    const std::string method = message.at("method").get<std::string>();
    if (!message.contains("id")) return send(connection, 202, "");
    if (method == "server/discover") return send(connection, 400, "{}");
    Json result = Json::object();
    std::string more;
    if (method == "initialize") {
      const std::string made = "s" + std::to_string(opened_++);
      if (keeps_) owners_[made] = header(request, "authorization");
      if (keeps_) more = "Mcp-Session-Id: " + made + "\r\n";
      result = {{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}};
    } else {
      if (keeps_ && !owners_.contains(session)) return send(connection, 404, "");
      result["owner"] = keeps_ ? owners_[session] : "nobody";
      result["asks"] = header(request, "authorization");
    }
    const Json said = {{"jsonrpc", "2.0"}, {"id", message.at("id")}, {"result", result}};
    return send(connection, 200, yoke::to_text(said), more);
  }

  std::mutex mutex_;
  const bool keeps_;
  std::size_t opened_ = 0;
  std::map<std::string, std::string> owners_;
  testing::MockServer server_;  // last: its threads use the others
};

struct Tenants {
  explicit Tenants(bool keeps = true) : peer(keeps) {
    ServerSettings settings;
    settings.name = "x";
    settings.url = peer.url();
    settings.tenant = "local";
    McpServer::Services services;
    services.executor = io.get_executor();
    services.http = &http;
    services.credentials = &tokens;
    server = std::make_unique<McpServer>(std::move(services), settings, std::nullopt);
  }

  // Who made a call, by the session and by the request.
  std::string call(const std::string& tenant) {
    ServerAsk ask;
    ask.method = "resources/read";
    ask.tenant = tenant;
    ask.time = std::make_shared<CallTime>();
    ask.time->until = LoopClock::now() + 60s;
    const ServerReply reply = run(io, server->ask(std::move(ask)));
    if (reply.kind != ServerReply::Kind::result) return describe(reply);
    return string_at(reply.result, "owner") + "/" + string_at(reply.result, "asks");
  }

  SessionHttp peer;
  asio::io_context io{1};
  HttpClient http{io.get_executor()};
  NamedTokens tokens;
  std::unique_ptr<McpServer> server;
};

TEST_CASE("each tenant's calls go over a session that its own credentials have opened") {
  Tenants tenants;
  CHECK(tenants.call("local") == "local/local");
  CHECK(tenants.call("acme") == "acme/acme");
  CHECK(tenants.call("bolt") == "bolt/bolt");
  CHECK(tenants.call("acme") == "acme/acme");
  CHECK(tenants.call("") == "local/local");
  CHECK(tenants.peer.opened() == 3);
  run(tenants.io, tenants.server->stop(LoopClock::now() + 10s));
  CHECK(tenants.peer.open() == 0);
}

TEST_CASE("a server that keeps no sessions is met once for all tenants") {
  Tenants tenants(false);
  CHECK(tenants.call("acme") == "nobody/acme");
  CHECK(tenants.call("bolt") == "nobody/bolt");
  CHECK(tenants.peer.opened() == 1);
}

TEST_CASE("the session that was unused for longest is closed where too many tenants have one") {
  Tenants tenants;
  const std::size_t most = McpServer::kTenantsMax;
  for (std::size_t one = 0; one <= most; ++one) {
    const std::string name = "t" + std::to_string(one);
    REQUIRE(tenants.call(name) == name + "/" + name);
  }
  CHECK(tenants.peer.opened() == most + 2);
  CHECK(tenants.call("t" + std::to_string(most)) ==
        "t" + std::to_string(most) + "/t" + std::to_string(most));
  CHECK(tenants.peer.opened() == most + 2);
  CHECK(tenants.call("t0") == "t0/t0");
  CHECK(tenants.peer.opened() == most + 3);
}

}  // namespace
}  // namespace yoke::mcp
