#pragma once

#include <string>
#include <string_view>

#include "hosts/config/config.h"
#include "hosts/vault/vault.h"

namespace yoke {

// "vault:NAME" is the local tenant's, "vault:TENANT/NAME" another's. Under [secrets] and
// [tenants.NAME.secrets] "vault" stands for the entry's own name there.
inline constexpr std::string_view kVaultPrefix = "vault:";
std::string vault_reference(const std::string& tenant, const std::string& name);
// A reference as it is kept in Config, from how it is written for this tenant and name.
std::string with_vault_name(const std::string& reference, const std::string& tenant,
                            const std::string& name);

// Beside the store; its key is what YOKE_VAULT_KEY says (in the environment or .env), else in the
// file that YOKE_VAULT_KEY_FILE names, else in the keyring of the session, else in a file in the
// XDG data folder.
VaultPlace vault_place_of(const Config& config);

// Errors: not_found, with the command that puts it there; those of the vault.
Result<Secret> secret_in_vault(Vault& vault, const std::string& reference);

}  // namespace yoke
