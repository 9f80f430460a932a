#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "hosts/vault/vault_keyring.h"

namespace yoke {

// Where the session's keyring is.
struct SecretServicePlace {
  std::string address = {};                // of the session bus; empty: there is none
  std::string library = {};                // that speaks to it; empty: the system's libsystemd
  std::chrono::milliseconds within{5000};  // for all that one question takes
};
// From DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR; either may be null. Starts no bus.
SecretServicePlace session_keyring_place(const char* bus_address, const char* runtime_folder);

// The keyring of the desktop, by the Secret Service API of freedesktop.org (draft 0.2), which GNOME
// Keyring, KWallet and KeePassXC speak. Keys are items of the default collection, and cross the bus
// encrypted.
//
// After it once did not answer it is not asked again for kRest, so that many questions together are
// as bounded as one.
class SecretService final : public VaultKeyring {
 public:
  static constexpr std::chrono::seconds kRest{60};

  explicit SecretService(SecretServicePlace place) : place_(std::move(place)) {}

  Result<void> check() override;
  Result<Secret> key(const std::string& id) override;
  Result<void> keep(const std::string& id, const Secret& key, const std::string& label) override;
  Result<void> forget(const std::string& id) override;

 private:
  template <class T, class Ask>
  Result<T> asked(Ask ask);

  const SecretServicePlace place_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> silent_since_;
};

}  // namespace yoke
