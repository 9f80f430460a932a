#pragma once

#include "hosts/config/config.h"
#include "models/config.h"
#include "tools/broker/host_paths.h"
#include "tools/broker/secrets.h"

// From yoke.toml's values to what the folders below take.
namespace yoke {

// Reads the scripts of scripted backends and resolves keys. A key that is not set is no error here:
// the backend says so when it is called.
Result<ModelsConfig> models_of(const Config& config);

// What the settings put into the project's folder that is not for scripts to touch.
HostFiles host_files_of(const Config& config);

// [secrets], looked up each time one is used.
class ConfigSecrets final : public SecretSource {
 public:
  explicit ConfigSecrets(const Config& config) : config_(config) {}  // borrowed
  Result<Secret> secret(std::string_view name) override;

 private:
  const Config& config_;
};

}  // namespace yoke
