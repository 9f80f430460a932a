#include "hosts/config/vault_place.h"

#include <cstdlib>
#include <filesystem>

#include "hosts/config/tenant_name.h"
#include "hosts/keyring/secret_service.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSqliteUrl = "sqlite:";
constexpr const char* kKeyVariable = "YOKE_VAULT_KEY";
constexpr const char* kNextKeyVariable = "YOKE_VAULT_KEY_NEXT";

std::string variable_of(const Config& config, const char* name) {
  if (const char* value = std::getenv(name)) return value;
  const auto found = config.env.find(name);
  return found == config.env.end() ? std::string() : found->second;
}

std::string own_key_file() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return std::string(data) + "/yoke/vault.key";
  const char* home = std::getenv("HOME");
  const std::string base = home != nullptr && *home != '\0' ? home : "/";
  return (fs::path(base) / ".local/share/yoke/vault.key").string();
}

}  // namespace

std::string vault_reference(const std::string& tenant, const std::string& name) {
  const bool local = tenant == kLocalTenant;
  return std::string(kVaultPrefix) + (local ? "" : tenant + "/") + name;
}

std::string with_vault_name(const std::string& reference, const std::string& tenant,
                            const std::string& name) {
  if (reference == "vault") return vault_reference(tenant, name);
  const bool bare = reference.starts_with(kVaultPrefix) && reference.find('/') == reference.npos;
  return bare ? vault_reference(tenant, reference.substr(kVaultPrefix.size())) : reference;
}

VaultPlace vault_place_of(const Config& config) {
  VaultPlace place;
  const bool in_file = config.own_store_url.starts_with(kSqliteUrl);
  const fs::path beside =
      in_file ? fs::path(config.own_store_url.substr(kSqliteUrl.size())).parent_path()
              : fs::path(config.project_dir) / ".yoke";
  place.file = (beside / "vault").string();
  const std::string named = variable_of(config, "YOKE_VAULT_KEY_FILE");
  place.key_file = named.empty() ? own_key_file() : (fs::path(config.project_dir) / named).string();
  place.key_file_is_named = !named.empty();
  place.key.text = Secret(variable_of(config, kKeyVariable));
  place.key.source = kKeyVariable;
  place.next_key.text = Secret(variable_of(config, kNextKeyVariable));
  place.next_key.source = kNextKeyVariable;
  place.keyring = std::make_shared<SecretService>(session_keyring_place(
      std::getenv("DBUS_SESSION_BUS_ADDRESS"), std::getenv("XDG_RUNTIME_DIR")));
  return place;
}

Result<Secret> secret_in_vault(Vault& vault, const std::string& reference) {
  const std::string rest = reference.substr(kVaultPrefix.size());
  const std::size_t slash = rest.find('/');
  const std::string tenant = slash == rest.npos ? std::string(kLocalTenant) : rest.substr(0, slash);
  const std::string name = slash == rest.npos ? rest : rest.substr(slash + 1);
  Result<std::optional<Secret>> found = vault.get(VaultKind::secret, tenant, name);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  const std::string of = tenant == kLocalTenant ? "" : " --tenant " + tenant;
  return Error{Errc::not_found, "the vault has no secret '" + printable(shorten(name, 128)) +
                                    "'; put it there with: yoke secrets set " +
                                    printable(shorten(name, 128)) + of};
}

}  // namespace yoke
