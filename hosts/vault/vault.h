#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hosts/vault/sealed_text.h"
#include "hosts/vault/vault_file.h"
#include "hosts/vault/vault_keys.h"
#include "runtime/base/time.h"

namespace yoke {

// What a person gave (`yoke secrets set`), or a sign-in left.
enum class VaultKind : std::uint8_t { secret, sign_in };

struct VaultEntry {
  VaultKind kind = VaultKind::secret;
  std::string tenant = {};
  std::string name = {};
  Micros set_at = 0;
};

struct VaultSeen {
  bool exists = false;
  std::size_t entries = 0;
  VaultKeyHome home = VaultKeyHome::file;  // of its key; where it would be, of one to be made
};

struct VaultRekeyed {
  VaultKeyHome was = VaultKeyHome::file;
  VaultKeyHome is = VaultKeyHome::file;
  bool forgot = false;
  std::string kept_because = {};  // why the old key could not be forgotten
};

bool is_secret_name(std::string_view name);
inline constexpr std::string_view kSecretNameRule =
    "1 to 128 of A-Z, a-z, 0-9, '_', '.' and '-', the first a letter, a digit or '_'";

// Secrets in one sealed file. What is in it is of this key, and belongs to the tenant and name that
// it was put under; whoever changes the file without the key makes it unreadable, and that is said.
//
// Threads:   any; one at a time inside. Several processes may have the same file.
// Errors:    not_found, invalid, denied, unavailable; they name the file or the key's place and the
//            mend, never a value. After an error of set() or remove() the file is as it was.
// Limits:    values of at most kVaultValueMax bytes, 16 MiB in all. An older state of the whole
//            file that somebody puts back is not noticed.
class Vault {
 public:
  static constexpr std::size_t kVaultValueMax = 64 * 1024;

  explicit Vault(VaultPlace place) : place_(std::move(place)) {}

  Result<std::optional<Secret>> get(VaultKind kind, const std::string& tenant,
                                    const std::string& name);
  // Durable once this returns.
  Result<void> set(VaultKind kind, const std::string& tenant, const std::string& name,
                   const Secret& value, Micros now);
  Result<bool> remove(VaultKind kind, const std::string& tenant, const std::string& name);
  Result<std::vector<VaultEntry>> list();  // in order of tenant, kind and name

  // Opens it, when it is there.
  Result<VaultSeen> look();
  // Seals it with a new key that is kept there (where the old one was, when nowhere is said). The
  // new key is kept before the vault has it and the old one until then, and after it unless
  // `forget`: a crash at any moment leaves a vault that opens.
  Result<VaultRekeyed> rekey(std::optional<VaultKeyHome> home, bool forget);

  // A lock of that name that no other holder has, in this process or another; null: somebody has
  // it. Given back with the object.
  class Hold {
   public:
    virtual ~Hold() = default;
  };
  Result<std::unique_ptr<Hold>> try_hold(const std::string& name);

  const VaultPlace& place() const { return place_; }

 private:
  using Key = std::pair<std::pair<std::string, int>, std::string>;  // tenant, kind, name
  struct Value {
    Secret text;
    Micros set_at = 0;
  };
  using Entries = std::map<Key, Value>;
  struct Stamp {
    bool exists = false;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };

  static Key key_of(VaultKind kind, const std::string& tenant, const std::string& name);
  Error cannot(const std::string& what, const Error& why) const;
  Result<Stamp> stamp() const;
  Result<VaultFd> hold_for_writing() const;
  Result<void> read();
  Result<void> write(const Entries& entries);
  Result<void> change(const Key& key, std::optional<Value> value);

  const VaultPlace place_;
  std::mutex mutex_;
  Stamp seen_;  // of the file that entries_ were read from
  bool has_read_ = false;
  Entries entries_;
  std::optional<SealKey> seal_;
};

}  // namespace yoke
