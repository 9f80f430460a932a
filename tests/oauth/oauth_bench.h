#pragma once

#include <map>
#include <string>

#include "runtime/base/id.h"
#include "runtime/http/client.h"
#include "tests/oauth/strict_server.h"
#include "tests/support/test_loop.h"
#include "tools/broker/secrets.h"
#include "tools/oauth/oauth_credentials.h"

namespace yoke::testing {

class ShelfInMemory final : public TokenShelf {
 public:
  awaitable<Result<std::optional<Secret>>> take(std::string tenant, std::string name) override {
    const auto found = kept.find(tenant + " " + name);
    std::optional<Secret> text;
    if (found != kept.end()) text = Secret(found->second);
    co_return text;
  }
  awaitable<Result<void>> put(std::string tenant, std::string name, Secret text) override {
    if (is_full) co_return Error{Errc::unavailable, "the shelf is full"};
    kept[tenant + " " + name] = text.reveal();
    puts += 1;
    co_return Result<void>();
  }
  awaitable<Result<void>> remove(std::string tenant, std::string name) override {
    kept.erase(tenant + " " + name);
    co_return Result<void>();
  }
  awaitable<Result<std::unique_ptr<Hold>>> hold(std::string, std::string, Deadline) override {
    holds += 1;
    co_return std::make_unique<Hold>();
  }

  std::map<std::string, std::string> kept;
  int puts = 0;
  int holds = 0;
  bool is_full = false;
};

class SecretsInMemory final : public SecretSource {
 public:
  Result<Secret> secret(std::string_view name, const ToolRequest& call) override;
  std::map<std::string, std::string> values;  // "tenant name"
};

class WallByHand final : public WallClock {
 public:
  Micros now() override { return at; }
  Micros at = 1'800'000'000LL * 1'000'000;
};

// A client, the world that it works with, and a strict server.
class OAuthBench {
 public:
  explicit OAuthBench(StrictSettings settings = {}) : server(io.get_executor(), settings) {}

  OAuthServices services(Consent* consent = nullptr) {
    return OAuthServices{http, shelf, secrets, wall, random, consent};
  }
  OAuthSettings for_service() const {
    OAuthSettings settings;
    settings.name = "mcp/lab";
    settings.section = "[mcp.lab.auth]";
    settings.login = "yoke mcp login lab";
    settings.service_url = server.service();
    return settings;
  }
  Deadline soon() const { return LoopClock::now() + std::chrono::seconds(20); }

  // Asks the service once with these credentials; the status, or the error's text.
  std::string ask(Credentials& credentials, std::string tenant = "local");
  Result<OAuthStanding> sign_in(OAuthCredentials& credentials, std::string tenant = "local");

  asio::io_context io{1};
  HttpClient http{io.get_executor()};
  ShelfInMemory shelf;
  SecretsInMemory secrets;
  WallByHand wall;
  SystemRandom random;
  StrictServer server;
};

awaitable<std::string> ask_once(HttpClient& http, Credentials& credentials, std::string url,
                                std::string tenant, Deadline deadline);

}  // namespace yoke::testing
