#pragma once

#include "hosts/config/config.h"
#include "hosts/vault/vault.h"
#include "models/config.h"
#include "runtime/engine/budgets.h"
#include "runtime/loop/offload.h"
#include "tools/broker/host_paths.h"
#include "tools/broker/secrets.h"
#include "tools/label_rules.h"
#include "tools/narrowing.h"
#include "tools/policy_rules.h"
#include "tools/script_quotas.h"

// From yoke.toml's values to what the folders below take.
namespace yoke {

// Reads the scripts of scripted backends and resolves keys. A key that is not set is no error here:
// the backend says so when it is called.
Result<ModelsConfig> models_of(const Config& config);

// What the settings put anywhere that is not for scripts to touch. Paths are relative to the
// project's folder, or absolute.
HostFiles host_files_of(const Config& config);

// The rules and narrowings of yoke.toml, each with its place.
PolicyLists policy_of(const Config& config);
LabelSettings labels_of(const Config& config);
Result<Narrowing> narrowing_of(const Config& config);

// [budgets], for the engine.
std::vector<BudgetRule> budgets_of(const Config& config);

// By which prices costs are reckoned: the date of the table that ships with the program, and what
// tells one set of the project's own prices from another.
std::string prices_edition(const Config& config);

// What scripts may use. Errors: invalid, with file:line.
Result<ScriptQuotas> quotas_of(const Config& config);

// The error with the line of the backend or route that it names, where it has no place yet.
Error placed(const Config& config, Error error);

// [secrets] for the tenant local, [tenants.NAME.secrets] for others; looked up each time one is
// used. The operator's own settings may name a secret by its reference, too ("env:NAME"): it is
// the local tenant's then.
class ConfigSecrets final : public SecretSource {
 public:
  explicit ConfigSecrets(const Config& config);  // borrowed
  // The vault is opened and read on a thread of its own.
  awaitable<Result<void>> fetch(std::vector<std::string> names, std::string tenant,
                                Deadline deadline) override;
  // As the last fetch() found it in the vault; read there now, where there was none.
  Result<Secret> secret(std::string_view name, const ToolRequest& call) override;

 private:
  Result<Secret> resolve(const std::string& reference);
  Result<std::string> reference_of(std::string_view name, const std::string& tenant) const;

  const Config& config_;
  const std::shared_ptr<Vault> vault_;  // shared with jobs; kept, so that its key is had once
  std::map<std::string, Result<Secret>> fetched_;  // by reference
  std::unique_ptr<Pool> disk_;                     // made when it is needed
};

}  // namespace yoke
