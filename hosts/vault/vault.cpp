#include "hosts/vault/vault.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "hosts/vault/vault_file.h"
#include "runtime/base/crash_point.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kVaultBytesMax = 24u << 20;
// Of the file of locks: byte 0 is held while the vault is written, others by name.
constexpr std::int64_t kWriteLock = 0;
constexpr std::size_t kEntriesMax = 10'000;

class ByteHold final : public Vault::Hold {
 public:
  explicit ByteHold(VaultFd fd) : fd_(std::move(fd)) {}

 private:
  VaultFd fd_;  // the lock goes with it
};

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.empty() || name.size() > 128) return false;
  for (const char c : name) {
    if (!letter(c) && !digit(c) && c != '_' && c != '.' && c != '-') return false;
  }
  return name.front() != '.' && name.front() != '-';
}

Vault::Key Vault::key_of(VaultKind kind, const std::string& tenant, const std::string& name) {
  return {{tenant, static_cast<int>(kind)}, name};
}

Error Vault::cannot(const std::string& what, const Error& why) const {
  return Error{why.code, "cannot " + what + " the vault " + place_.file + ": " + why.detail};
}

Result<Vault::Stamp> Vault::stamp() const {
  struct stat seen {};
  Stamp now;
  if (::stat(place_.file.c_str(), &seen) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return now;
    return Error{Errc::unavailable, "cannot reach the vault " + place_.file + ": " +
                                        std::generic_category().message(errno)};
  }
  now.exists = true;
  now.device = seen.st_dev;
  now.inode = seen.st_ino;
  now.bytes = seen.st_size;
  now.changed_ns = seen.st_ctim.tv_sec * 1'000'000'000LL + seen.st_ctim.tv_nsec;
  return now;
}

Result<void> Vault::read() {
  const Result<Stamp> now = stamp();
  if (!now) return now.error();
  if (has_read_ && *now == seen_) return {};
  Entries entries;
  if (!now->exists) seal_.reset();  // the next one is made with a key that is there now
  if (now->exists) {
    const Result<std::string> sealed = read_private_file(place_.file, kVaultBytesMax);
    if (!sealed) return cannot("read", sealed.error());
    const Result<SealedHead> head = sealed_head_of(*sealed);
    if (!head) return cannot("open", head.error());
    if (!seal_ || seal_->salt() != head->salt) {
      Result<SealKey> made = opening_key(place_, *head);
      if (!made) return cannot("open", made.error());
      seal_ = std::move(*made);
    }
    const Result<std::string> plain = open_text(*seal_, *sealed);
    if (!plain) {
      const std::string tried = " (the key tried is that of " + seal_->source() + ")";
      seal_.reset();
      return cannot("open", Error{plain.error().code, plain.error().detail + tried});
    }
    const Result<Json> json = parse_json(*plain);
    const Json& list = json ? member_at(*json, "entries") : member_at(Json(), "");
    if (!list.is_array()) return cannot("open", Error{Errc::invalid, "its content is no list"});
    for (const Json& each : list) {
      const VaultKind kind =
          string_at(each, "kind") == "sign_in" ? VaultKind::sign_in : VaultKind::secret;
      entries[key_of(kind, string_at(each, "tenant"), string_at(each, "name"))] =
          Value{Secret(string_at(each, "value")), integer_at(each, "set_at")};
    }
  }
  entries_ = std::move(entries);
  seen_ = *now;
  has_read_ = true;
  return {};
}

Result<void> Vault::write(const Entries& entries) {
  if (!seal_) {
    Result<SealKey> made = first_key(place_);
    if (!made) return cannot("write", made.error());
    seal_ = std::move(*made);
  }
  Json list = Json::array();
  for (const auto& [key, value] : entries) {
    const bool sign_in = key.first.second == static_cast<int>(VaultKind::sign_in);
    list.push_back(Json{{"tenant", key.first.first},
                        {"kind", sign_in ? "sign_in" : "secret"},
                        {"name", key.second},
                        {"value", value.text.reveal()},
                        {"set_at", value.set_at}});
  }
  const std::string sealed = seal_text(*seal_, to_text(Json{{"entries", std::move(list)}}));
  if (sealed.size() > kVaultBytesMax) {
    return cannot("write", Error{Errc::too_large, "it would be larger than it can be read"});
  }
  const Result<void> wrote = replace_private_file(place_.file, sealed);
  if (!wrote) return cannot("write", wrote.error());
  return {};
}

Result<VaultFd> Vault::hold_for_writing() const {
  Result<VaultFd> locks = open_lock_file(place_.file + ".lock");
  if (!locks) return cannot("write", locks.error());
  const Result<bool> locked = lock_byte(locks->get(), kWriteLock, true);
  if (!locked) return cannot("write", locked.error());
  return locks;
}

Result<void> Vault::change(const Key& key, std::optional<Value> value) {
  const Result<VaultFd> held = hold_for_writing();
  if (!held) return held.error();
  if (const Result<void> current = read(); !current) return current;
  Entries entries = entries_;
  if (value) {
    entries[key] = std::move(*value);
  } else {
    entries.erase(key);
  }
  if (entries.size() > kEntriesMax) {
    return cannot("write", Error{Errc::too_large, "it would have more than " +
                                                      std::to_string(kEntriesMax) + " entries"});
  }
  if (const Result<void> wrote = write(entries); !wrote) return wrote;
  has_read_ = false;  // it is read again, from the file that is there now
  return {};
}

Result<std::optional<Secret>> Vault::get(VaultKind kind, const std::string& tenant,
                                         const std::string& name) {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (const Result<void> current = read(); !current) return current.error();
  const auto found = entries_.find(key_of(kind, tenant, name));
  std::optional<Secret> value;
  if (found != entries_.end()) value = found->second.text;
  return value;
}

Result<void> Vault::set(VaultKind kind, const std::string& tenant, const std::string& name,
                        const Secret& value, Micros now) {
  if (value.reveal().size() > kVaultValueMax) {
    return Error{Errc::too_large, "the value of '" + name + "' is longer than " +
                                      std::to_string(kVaultValueMax) + " bytes"};
  }
  if (!is_valid_utf8(value.reveal())) {
    return Error{Errc::invalid,
                 "the value of '" + name + "' is no UTF-8 text; encode it first (base64)"};
  }
  const std::lock_guard<std::mutex> guard(mutex_);
  return change(key_of(kind, tenant, name), Value{value, now});
}

Result<bool> Vault::remove(VaultKind kind, const std::string& tenant, const std::string& name) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const Key key = key_of(kind, tenant, name);
  if (const Result<void> current = read(); !current) return current.error();
  if (!entries_.contains(key)) return false;
  if (const Result<void> gone = change(key, std::nullopt); !gone) return gone.error();
  return true;
}

Result<std::vector<VaultEntry>> Vault::list() {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (const Result<void> current = read(); !current) return current.error();
  std::vector<VaultEntry> all;
  for (const auto& [key, value] : entries_) {
    all.push_back(VaultEntry{static_cast<VaultKind>(key.first.second), key.first.first, key.second,
                             value.set_at});
  }
  return all;
}

Result<VaultSeen> Vault::look() {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (const Result<void> current = read(); !current) return current.error();
  VaultSeen seen;
  seen.exists = seen_.exists;
  seen.entries = entries_.size();
  seen.home = seen.exists ? home_of(place_, *seal_) : first_home(place_);
  return seen;
}

Result<VaultRekeyed> Vault::rekey(std::optional<VaultKeyHome> home, bool forget) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const Result<VaultFd> held = hold_for_writing();
  if (!held) return held.error();
  if (const Result<void> current = read(); !current) return current.error();
  if (!seen_.exists) {
    return cannot("rekey", Error{Errc::not_found, "it is not there yet (yoke secrets set NAME)"});
  }
  const SealKey old = *seal_;
  VaultRekeyed done;
  done.was = home_of(place_, old);
  done.is = home.value_or(done.was);
  Result<SealKey> made = another_key(place_, old, done.is);
  if (!made) return cannot("rekey", made.error());
  crash_point("vault.key.kept");
  // From here on both keys are kept, and whichever of both files is there can be opened.
  seal_ = std::move(*made);
  has_read_ = false;
  if (const Result<void> wrote = write(entries_); !wrote) {
    seal_.reset();
    return wrote.error();
  }
  crash_point("vault.key.used");
  if (!forget) return done;
  const Result<void> gone = forget_key(place_, old);
  done.forgot = gone.has_value();
  if (!gone) done.kept_because = gone.error().detail;
  return done;
}

Result<std::unique_ptr<Vault::Hold>> Vault::try_hold(const std::string& name) {
  Result<VaultFd> locks = open_lock_file(place_.file + ".lock");
  if (!locks) return cannot("lock", locks.error());
  const Hash hash = sha256(name);
  std::int64_t at = 1;
  for (std::size_t i = 0; i < 7; ++i) at = at << 8 | hash[i];
  const Result<bool> locked = lock_byte(locks->get(), at, false);
  if (!locked) return cannot("lock", locked.error());
  std::unique_ptr<Hold> hold;
  if (*locked) hold = std::make_unique<ByteHold>(std::move(*locks));
  return hold;
}

}  // namespace yoke
