#include <catch2/catch.hpp>
#include <cstdlib>

#include "hosts/app/settings.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/vault_place.h"
#include "runtime/loop/deadline.h"
#include "runtime/ports/tool.h"
#include "tests/hosts/keyring/keyring_session.h"

// What waits for a keyring, and what does not.
namespace yoke::testing {
namespace {

// A host whose secrets are in a vault, and the vault's key in a keyring that hangs.
class HungVault {
 public:
  HungVault() {
    ::setenv("DBUS_SESSION_BUS_ADDRESS", session_.address().c_str(), 1);
    config_.project_dir = session_.file("");
    config_.own_store_url = "sqlite:" + session_.file("yoke.db");
    config_.secrets["KEY"] = "vault:KEY";
    Vault vault(vault_place_of(config_));
    const Result<void> set =
        vault.set(VaultKind::secret, std::string(kLocalTenant), "KEY", Secret("sesame"), 1);
    INFO((set ? std::string() : set.error().message()));
    REQUIRE(set.has_value());
    REQUIRE(vault.look()->home == VaultKeyHome::keyring);
    session_.freeze(true);
  }
  ~HungVault() { session_.freeze(false); }
  HungVault(const HungVault&) = delete;
  HungVault& operator=(const HungVault&) = delete;

  const Config& config() const { return config_; }

 private:
  const KeyringSession session_;
  Config config_;
};

struct Seen {
  bool fetched = false;
  bool answered_before = false;
  Result<void> outcome = {};
};

awaitable<void> fetch_key(ConfigSecrets& secrets, Deadline deadline, Seen& seen) {
  std::vector<std::string> names(1, "KEY");
  auto fetching = secrets.fetch(std::move(names), std::string(kLocalTenant), deadline);
  seen.outcome = co_await std::move(fetching);
  seen.fetched = true;
}

awaitable<void> answer_another(Seen& seen) {
  seen.answered_before = !seen.fetched;
  co_return;
}

void rethrow_failure(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

// Both at once, the one that waits for the vault first.
Seen serve_two(const Config& config, Deadline deadline) {
  Seen seen;
  ConfigSecrets secrets(config);
  asio::io_context loop{1};
  asio::co_spawn(loop, fetch_key(secrets, deadline, seen), rethrow_failure);
  asio::co_spawn(loop, answer_another(seen), rethrow_failure);
  loop.run();
  ToolRequest call;
  call.tenant = kLocalTenant;
  if (seen.outcome) {
    const Result<Secret> key = secrets.secret("KEY", call);
    if (!key) seen.outcome = key.error();
  }
  return seen;
}

}  // namespace

TEST_CASE("while a keyring hangs, whoever does not need the vault is answered") {
  YOKE_NEEDS_KEYRING();
  const HungVault vault;
  const Seen seen = serve_two(vault.config(), kNoDeadline);
  CHECK(seen.answered_before);
  REQUIRE_FALSE(seen.outcome.has_value());
  INFO(seen.outcome.error().message());
  CHECK(seen.outcome.error().message().find("the keyring does not answer") != std::string::npos);
}

TEST_CASE("whoever waits for a vault goes on at its deadline") {
  YOKE_NEEDS_KEYRING();
  const HungVault vault;
  const Seen seen = serve_two(vault.config(), LoopClock::now());
  CHECK(seen.answered_before);
  REQUIRE_FALSE(seen.outcome.has_value());
  CHECK(seen.outcome.error().code == Errc::timed_out);
}

}  // namespace yoke::testing
