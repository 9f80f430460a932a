#include "hosts/app/tenant_folders.h"

#include <filesystem>
#include <system_error>

#include "hosts/app/settings.h"
#include "hosts/config/tenant_name.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSqlite = "sqlite:";

// The folder that holds every tenant's own.
fs::path tenants_folder(const Config& config) {
  const bool in_file = config.store_url.starts_with(kSqlite);
  const fs::path beside = in_file ? fs::path(config.store_url.substr(kSqlite.size())).parent_path()
                                  : fs::path(config.project_dir) / ".yoke";
  return beside / "tenants";
}

Error cannot_open(const Config& config, const std::string& tenant, const std::string& why) {
  const auto said = config.tenants.find(tenant);
  const std::string place =
      said == config.tenants.end() ? std::string() : place_in(config, said->second.line);
  return Error{Errc::unavailable,
               "the files of tenant '" + tenant + "' (" + files_folder_of(config, tenant) +
                   ") cannot be reached: " + why,
               place};
}

// For its owner alone, as the store is.
Result<void> make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!failed) fs::permissions(folder, fs::perms::owner_all, failed);
  if (failed) return Error{Errc::unavailable, failed.message()};
  return {};
}

}  // namespace

std::string files_folder_of(const Config& config, const std::string& tenant) {
  if (tenant == kLocalTenant) return config.project_dir;
  const auto said = config.tenants.find(tenant);
  const bool own = said == config.tenants.end() || said->second.files.empty();
  const fs::path folder = own ? tenants_folder(config) / tenant / "files"
                              : fs::path(config.project_dir) / said->second.files;
  std::string text = folder.lexically_normal().string();
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

HostFiles TenantFolders::host_files_for(const std::string& root) const {
  HostFiles files = host_files_of(config_);
  files.hidden.push_back(tenants_folder(config_).string());
  for (const auto& [tenant, said] : config_.tenants) {
    std::string theirs = files_folder_of(config_, tenant);
    if (theirs != root) files.hidden.push_back(std::move(theirs));
  }
  for (std::vector<std::string>* list : {&files.hidden, &files.scripts}) {
    for (std::string& path : *list) path = (fs::path(config_.project_dir) / path).string();
  }
  return files;
}

Result<std::shared_ptr<const ProjectFolder>> TenantFolders::of(const std::string& tenant) {
  if (const auto known = open_.find(tenant); known != open_.end()) return known->second;
  if (!is_tenant_name(tenant)) {
    return Error{Errc::unavailable, "a tenant's name is " + std::string(kTenantNameRule)};
  }
  const std::string root = files_folder_of(config_, tenant);
  const auto said = config_.tenants.find(tenant);
  const bool own =
      tenant != kLocalTenant && (said == config_.tenants.end() || said->second.files.empty());
  if (own) {
    const Result<void> made = make_folder(root);
    if (!made) return cannot_open(config_, tenant, made.error().detail);
  }
  Result<std::shared_ptr<const ProjectFolder>> folder =
      ProjectFolder::open(root, HostPaths(root, host_files_for(root)));
  if (!folder && tenant == kLocalTenant) return folder.error();
  if (!folder) return cannot_open(config_, tenant, folder.error().detail);
  open_[tenant] = *folder;
  return folder;
}

}  // namespace yoke
