#include "hosts/app/vault_shelf.h"

#include <algorithm>

#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kHoldAgain{50};

class VaultHold final : public TokenShelf::Hold {
 public:
  explicit VaultHold(std::unique_ptr<Vault::Hold> hold) : hold_(std::move(hold)) {}

 private:
  std::unique_ptr<Vault::Hold> hold_;
};

}  // namespace

VaultShelf::VaultShelf(VaultPlace place, WallClock& wall)
    : vault_(std::make_shared<Vault>(std::move(place))), wall_(wall), disk_("yoke-vault", 1) {}

awaitable<Result<std::optional<Secret>>> VaultShelf::take(std::string tenant, std::string name) {
  auto job = [vault = vault_, tenant = std::move(tenant), name = std::move(name)] {
    return vault->get(VaultKind::sign_in, tenant, name);
  };
  auto work = offload(disk_, std::move(job));
  Result<std::optional<Secret>> found = co_await std::move(work);
  co_return found;
}

awaitable<Result<void>> VaultShelf::put(std::string tenant, std::string name, Secret text) {
  auto job = [vault = vault_, tenant = std::move(tenant), name = std::move(name),
              text = std::move(text), now = wall_.now()] {
    return vault->set(VaultKind::sign_in, tenant, name, text, now);
  };
  auto work = offload(disk_, std::move(job));
  const Result<void> done = co_await std::move(work);
  if (!done) co_return done.error();
  co_return Result<void>();
}

awaitable<Result<void>> VaultShelf::remove(std::string tenant, std::string name) {
  auto job = [vault = vault_, tenant = std::move(tenant), name = std::move(name)] {
    return vault->remove(VaultKind::sign_in, tenant, name);
  };
  auto work = offload(disk_, std::move(job));
  const Result<bool> done = co_await std::move(work);
  if (!done) co_return done.error();
  co_return Result<void>();
}

awaitable<Result<std::unique_ptr<TokenShelf::Hold>>> VaultShelf::hold(std::string tenant,
                                                                      std::string name,
                                                                      Deadline deadline) {
  const std::string key = tenant + "/" + name;
  while (true) {
    Result<std::unique_ptr<Vault::Hold>> held = vault_->try_hold(key);
    if (!held) co_return held.error();
    if (*held) {
      std::unique_ptr<Hold> hold = std::make_unique<VaultHold>(std::move(*held));
      co_return hold;
    }
    if (LoopClock::now() >= deadline) {
      co_return Error{Errc::timed_out,
                      "another process has been renewing the sign-in '" + name + "' for too long"};
    }
    const Deadline again = std::min(deadline, LoopClock::now() + Deadline::duration(kHoldAgain));
    co_await sleep_until(again);
  }
}

}  // namespace yoke
