#pragma once

#include <map>
#include <memory>
#include <string>

#include "hosts/config/config.h"
#include "tools/broker/files.h"

namespace yoke {

// Where the files of a tenant's scripts are: the project's folder for `local`, what [tenants.NAME]
// says, else a folder of its own beside the store. Absolute.
std::string files_folder_of(const Config& config, const std::string& tenant);

// The folders of tenants, opened when they are first used; one of its own is made then. None lets
// a script see what is the host's or lies in another tenant's folder.
//
// Ownership: borrows the config.
// Threads:   loop thread only.
class TenantFolders {
 public:
  explicit TenantFolders(const Config& config) : config_(config) {}

  // Errors: unavailable, naming the folder and the line that names it.
  Result<std::shared_ptr<const ProjectFolder>> of(const std::string& tenant);

 private:
  HostFiles host_files_for(const std::string& root) const;

  const Config& config_;
  std::map<std::string, std::shared_ptr<const ProjectFolder>> open_;  // by tenant
};

}  // namespace yoke
