#include "hosts/vault/vault.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "runtime/base/json.h"
#include "tests/support/temp_project.h"

namespace yoke {
namespace {

using testing::TempFolder;

constexpr const char* kHexKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr Micros kThen = 1'800'000'000LL * 1'000'000;

VaultPlace place_in_folder(const TempFolder& folder, const std::string& key = {}) {
  VaultPlace place;
  place.file = folder.file("store/vault");
  place.key_file = folder.file("data/vault.key");
  if (!key.empty()) place.key = VaultKeyText{Secret(key), "YOKE_VAULT_KEY"};
  return place;
}

std::string value_in(Vault& vault, const std::string& name, const std::string& tenant = "local") {
  const auto found = vault.get(VaultKind::secret, tenant, name);
  if (!found) return found.error().detail;
  return *found ? (*found)->reveal() : "none";
}

bool put(Vault& vault, const std::string& name, const std::string& value,
         const std::string& tenant = "local") {
  return vault.set(VaultKind::secret, tenant, name, Secret(value), kThen).has_value();
}

int mode_of(const std::string& path) {
  struct stat seen {};
  return ::stat(path.c_str(), &seen) == 0 ? static_cast<int>(seen.st_mode & 07777) : -1;
}

// A keyring that refuses as it is told.
class FakeKeyring final : public VaultKeyring {
 public:
  std::map<std::string, std::string> keys = {};
  std::optional<Errc> refusal = {};
  int asked = 0;

  Result<void> check() override { return said(); }
  Result<Secret> key(const std::string& id) override {
    if (const Result<void> may = said(); !may) return may.error();
    const auto found = keys.find(id);
    if (found == keys.end()) return Error{Errc::not_found, "no such key"};
    return Secret(found->second);
  }
  Result<void> keep(const std::string& id, const Secret& key, const std::string&) override {
    if (const Result<void> may = said(); !may) return may;
    keys[id] = key.reveal();
    return {};
  }
  Result<void> forget(const std::string& id) override {
    if (const Result<void> may = said(); !may) return may;
    keys.erase(id);
    return {};
  }

 private:
  Result<void> said() {
    ++asked;
    if (refusal) return Error{*refusal, "the keyring is as the test says"};
    return {};
  }
};

VaultPlace place_with(const TempFolder& folder, std::shared_ptr<FakeKeyring> keyring) {
  VaultPlace place = place_in_folder(folder);
  place.keyring = std::move(keyring);
  return place;
}

}  // namespace

TEST_CASE(
    "what is put into a vault is there for another process, under its tenant and name alone") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder));
  CHECK(value_in(vault, "KEY") == "none");
  REQUIRE(put(vault, "KEY", "value"));
  REQUIRE(put(vault, "KEY", "of acme", "acme"));
  Vault other(place_in_folder(folder));
  CHECK(value_in(other, "KEY") == "value");
  CHECK(value_in(other, "KEY", "acme") == "of acme");
  CHECK(value_in(other, "key") == "none");
  CHECK_FALSE(other.get(VaultKind::sign_in, "local", "KEY")->has_value());
  // The first sees what the other does.
  REQUIRE(put(other, "KEY", "new"));
  CHECK(value_in(vault, "KEY") == "new");
  REQUIRE(*other.remove(VaultKind::secret, "local", "KEY"));
  CHECK_FALSE(*other.remove(VaultKind::secret, "local", "KEY"));
  CHECK(value_in(vault, "KEY") == "none");
  CHECK(value_in(vault, "KEY", "acme") == "of acme");
}

TEST_CASE("a vault and its key are for their owner alone, and show neither names nor values") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder));
  REQUIRE(put(vault, "WEATHER_KEY", "sesame-open"));
  CHECK(mode_of(folder.file("store/vault")) == 0600);
  CHECK(mode_of(folder.file("data/vault.key")) == 0600);
  CHECK(mode_of(folder.file("store")) == 0700);
  const std::string text = folder.read("store/vault");
  CHECK(text.find("sesame") == std::string::npos);
  CHECK(text.find("WEATHER") == std::string::npos);
  const auto listed = vault.list();
  REQUIRE(listed.has_value());
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().name == "WEATHER_KEY");
  CHECK(listed->front().set_at == kThen);
}

TEST_CASE("a key that others may read is not used, and neither is such a vault") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder));
  REQUIRE(put(vault, "KEY", "value"));
  ::chmod(folder.file("data/vault.key").c_str(), 0644);
  Vault other(place_in_folder(folder));
  CHECK(value_in(other, "KEY").find("chmod 600 " + folder.file("data/vault.key")) !=
        std::string::npos);
  ::chmod(folder.file("data/vault.key").c_str(), 0600);
  ::chmod(folder.file("store/vault").c_str(), 0640);
  CHECK(value_in(other, "KEY").find("chmod 600") != std::string::npos);
}

TEST_CASE("another key is told apart from a changed file") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder, kHexKey));
  REQUIRE(put(vault, "KEY", "value"));
  std::string other_key = kHexKey;
  other_key.back() = '0';
  Vault wrong(place_in_folder(folder, other_key));
  CHECK(value_in(wrong, "KEY").find("sealed with another key") != std::string::npos);
  CHECK(value_in(wrong, "KEY").find("YOKE_VAULT_KEY") != std::string::npos);
  CHECK_FALSE(put(wrong, "KEY", "mine"));
  Vault none(place_in_folder(folder));
  CHECK(value_in(none, "KEY").find("its key is not here") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.file("data/vault.key")));

  const std::string text = folder.read("store/vault");
  for (const char* field : {"sealed", "nonce", "cipher", "key"}) {
    Json json = Json::parse(text);
    auto value = json[field].get<std::string>();
    value[0] = value[0] == 'x' ? 'y' : 'x';
    json[field] = value;
    folder.write("store/vault", to_text(json));
    ::chmod(folder.file("store/vault").c_str(), 0600);
    Vault reader(place_in_folder(folder, kHexKey));
    CHECK(value_in(reader, "KEY").find("was changed since it was written") != std::string::npos);
  }
  for (const std::string& cut : {text.substr(0, text.size() / 2), std::string()}) {
    folder.write("store/vault", cut);
    ::chmod(folder.file("store/vault").c_str(), 0600);
    Vault reader(place_in_folder(folder, kHexKey));
    CHECK(value_in(reader, "KEY").find("is no vault") != std::string::npos);
    // And what is not understood is not written over.
    CHECK_FALSE(put(reader, "KEY", "value"));
  }
  folder.write("store/vault", R"({"yoke_vault":2,"salt":""})");
  ::chmod(folder.file("store/vault").c_str(), 0600);
  Vault reader(place_in_folder(folder, kHexKey));
  CHECK(value_in(reader, "KEY").find("a later version of Yoke") != std::string::npos);
}

TEST_CASE("a passphrase opens a vault, and a short one is refused") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder, "correct horse battery"));
  REQUIRE(put(vault, "KEY", "value"));
  Vault again(place_in_folder(folder, "correct horse battery"));
  CHECK(value_in(again, "KEY") == "value");
  Vault wrong(place_in_folder(folder, "correct horse batterz"));
  CHECK(value_in(wrong, "KEY").find("another key") != std::string::npos);
  Vault short_one(place_in_folder(folder, "sesame"));
  const std::string said = value_in(short_one, "KEY");
  CHECK(said.find("too short") != std::string::npos);
  CHECK(said.find("sesame") == std::string::npos);
}

TEST_CASE("a keyring that keeps no key leaves the new vault's to the file") {
  for (const Errc refusal : {Errc::denied, Errc::unavailable, Errc::timed_out, Errc::unsupported}) {
    const TempFolder folder;
    const auto keyring = std::make_shared<FakeKeyring>();
    keyring->refusal = refusal;
    Vault vault(place_with(folder, keyring));
    REQUIRE(put(vault, "KEY", "value"));
    CHECK(vault.look()->home == VaultKeyHome::file);
    CHECK(keyring->asked == 1);
    keyring->refusal.reset();
    Vault other(place_with(folder, keyring));
    CHECK(value_in(other, "KEY") == "value");
    REQUIRE(put(other, "KEY", "again"));
    CHECK(keyring->asked == 1);
    CHECK(keyring->keys.empty());
  }
}

TEST_CASE("a key in the keyring is asked for once, whatever is read and written") {
  const TempFolder folder;
  const auto keyring = std::make_shared<FakeKeyring>();
  Vault vault(place_with(folder, keyring));
  REQUIRE(put(vault, "KEY", "value"));
  REQUIRE(put(vault, "SECOND", "value"));
  Vault other(place_with(folder, keyring));
  CHECK(value_in(other, "KEY") == "value");
  CHECK(value_in(other, "SECOND") == "value");
  CHECK(keyring->asked == 2);
  CHECK(keyring->keys.size() == 1);
  // An operator's own key comes first for a new vault, not for one that has its key.
  VaultPlace given = place_with(folder, keyring);
  given.key = place_in_folder(folder, kHexKey).key;
  Vault third(given);
  CHECK(value_in(third, "KEY") == "value");
  given.file = folder.file("another");
  Vault fourth(given);
  REQUIRE(put(fourth, "KEY", "value"));
  CHECK(fourth.look()->home == VaultKeyHome::given);
}

TEST_CASE("a change of the key that cannot be made leaves the vault as it was") {
  const TempFolder folder;
  const auto keyring = std::make_shared<FakeKeyring>();
  Vault vault(place_with(folder, keyring));
  REQUIRE(put(vault, "KEY", "value"));
  keyring->refusal = Errc::denied;
  const std::string before = folder.read("store/vault");
  const auto refused = vault.rekey(VaultKeyHome::keyring, true);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::denied);
  CHECK(folder.read("store/vault") == before);
  // The old key cannot be forgotten now, and that is told.
  const auto moved = vault.rekey(VaultKeyHome::file, true);
  REQUIRE(moved.has_value());
  CHECK_FALSE(moved->forgot);
  CHECK(moved->kept_because == "the keyring is as the test says");
  Vault other(place_with(folder, keyring));
  CHECK(value_in(other, "KEY") == "value");
}

TEST_CASE("others that have the vault open go on under its new key") {
  const TempFolder folder;
  const auto keyring = std::make_shared<FakeKeyring>();
  Vault vault(place_with(folder, keyring));
  Vault other(place_with(folder, keyring));
  REQUIRE(put(vault, "KEY", "value"));
  CHECK(value_in(other, "KEY") == "value");
  REQUIRE(vault.rekey(VaultKeyHome::file, true).has_value());
  CHECK(keyring->keys.empty());
  CHECK(value_in(other, "KEY") == "value");
  REQUIRE(put(other, "SECOND", "value"));
  CHECK(value_in(vault, "SECOND") == "value");
}

TEST_CASE("a file of keys has one a line, or one passphrase") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder));
  REQUIRE(put(vault, "KEY", "value"));
  const std::string key = folder.read("data/vault.key");
  const auto reads_with = [&](const std::string& text) {
    folder.write("data/vault.key", text);
    ::chmod(folder.file("data/vault.key").c_str(), 0600);
    Vault reader(place_in_folder(folder));
    return value_in(reader, "KEY");
  };
  const std::string other = std::string(kHexKey) + "\n";
  CHECK(reads_with(other + key) == "value");
  CHECK(reads_with(other + "a passphrase of mine\n\n" + key) == "value");
  CHECK(reads_with(other).find("sealed with another key") != std::string::npos);
  CHECK(reads_with("a passphrase of\n" + key).find("another key") != std::string::npos);
  CHECK(reads_with("\n").find("too short") != std::string::npos);
}

TEST_CASE("writers at the same time lose nothing") {
  const TempFolder folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      Vault vault(place_in_folder(folder));
      bool all = true;
      for (int j = 0; j < 5; ++j) {
        all = put(vault, "K" + std::to_string(i) + "." + std::to_string(j), "v") && all;
      }
      ::_exit(all ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  Vault vault(place_in_folder(folder));
  CHECK(vault.list()->size() == 30);
}

TEST_CASE("a hold is one holder's, until it lets go") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder));
  Vault other(place_in_folder(folder));
  auto hold = vault.try_hold("mcp/lab");
  REQUIRE(hold.has_value());
  REQUIRE(*hold);
  CHECK_FALSE(static_cast<bool>(*other.try_hold("mcp/lab")));
  CHECK(static_cast<bool>(*other.try_hold("mcp/another")));
  // Writing does not wait for it.
  CHECK(put(other, "KEY", "value"));
  *hold = nullptr;
  CHECK(static_cast<bool>(*other.try_hold("mcp/lab")));
}

TEST_CASE("values are texts of a bounded length") {
  const TempFolder folder;
  Vault vault(place_in_folder(folder));
  CHECK_FALSE(put(vault, "KEY", std::string(Vault::kVaultValueMax + 1, 'x')));
  CHECK_FALSE(put(vault, "KEY", "\xff\xfe"));
  CHECK(put(vault, "KEY", std::string(Vault::kVaultValueMax, 'x')));
  CHECK(put(vault, "LINES", "-----BEGIN\nåøæ\n-----END\n"));
  CHECK(value_in(vault, "LINES") == "-----BEGIN\nåøæ\n-----END\n");
}

TEST_CASE("names of secrets are plain words") {
  for (const char* good : {"KEY", "a", "_x", "api.key-2", "9"}) CHECK(is_secret_name(good));
  for (const char* bad : {"", ".x", "-x", "a b", "a/b", "a=b", "ä", "a\n"}) {
    CHECK_FALSE(is_secret_name(bad));
  }
  CHECK_FALSE(is_secret_name(std::string(129, 'a')));
}

}  // namespace yoke
