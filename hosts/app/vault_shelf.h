#pragma once

#include "hosts/vault/vault.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/offload.h"
#include "tools/oauth/token_shelf.h"

namespace yoke {

// Keeps sign-ins in the vault, on a thread of its own.
//
// Ownership: borrows the clock.
// Threads:   loop thread only.
class VaultShelf final : public TokenShelf {
 public:
  VaultShelf(VaultPlace place, WallClock& wall);

  awaitable<Result<std::optional<Secret>>> take(std::string tenant, std::string name) override;
  awaitable<Result<void>> put(std::string tenant, std::string name, Secret text) override;
  awaitable<Result<void>> remove(std::string tenant, std::string name) override;
  awaitable<Result<std::unique_ptr<Hold>>> hold(std::string tenant, std::string name,
                                                Deadline deadline) override;

 private:
  const std::shared_ptr<Vault> vault_;  // shared with jobs that outlive whoever wanted them
  WallClock& wall_;
  Pool disk_;
};

}  // namespace yoke
