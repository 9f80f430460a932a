#include "tools/broker/host_paths.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "runtime/base/ascii.h"
#include "tools/broker/paths.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

void add_relative(std::vector<std::string>& out, const fs::path& path, const fs::path& folder) {
  const std::string relative = path.lexically_relative(folder).string();
  const Result<std::string> normal = normal_path(relative);  // refuses "..": it lies elsewhere
  if (normal && *normal != ".") out.push_back(to_lower(*normal));
}

// `path` as it is written, and as it is once links are followed.
void add_both(std::vector<std::string>& out, const fs::path& path, const fs::path& project) {
  std::error_code failed;
  add_relative(out, path.lexically_normal(), project.lexically_normal());
  const fs::path real = fs::weakly_canonical(path, failed);
  if (failed) return;
  const fs::path real_project = fs::weakly_canonical(project, failed);
  if (!failed) add_relative(out, real, real_project);
}

bool lies_in_one(std::string_view path, const std::vector<std::string>& places) {
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& place) { return lies_below(path, place); });
}

}  // namespace

HostPaths::HostPaths(const std::string& project, const HostFiles& files) {
  std::error_code ignored;
  const fs::path folder = fs::absolute(project, ignored);
  for (const std::string& file : files.hidden) {
    add_both(hidden_, folder / file, folder);
    hidden_files_.push_back((folder / file).string());
  }
  for (const std::string& file : files.scripts) add_both(scripts_, folder / file, folder);
}

bool HostPaths::hides(std::string_view path) const {
  return is_host_owned(path) || lies_in_one(to_lower(path), hidden_);
}

bool HostPaths::hides(const struct stat& facts) const {
  return std::any_of(hidden_files_.begin(), hidden_files_.end(), [&](const std::string& file) {
    struct stat own {};
    return ::stat(file.c_str(), &own) == 0 && own.st_dev == facts.st_dev &&
           own.st_ino == facts.st_ino;
  });
}

bool HostPaths::guards_code(std::string_view path, std::string_view grant) const {
  const std::string place = to_lower(path);
  if (grant == "." && (is_script_folder(path) || place.ends_with(".lua"))) return true;
  const std::string reach = to_lower(grant);
  return std::any_of(scripts_.begin(), scripts_.end(), [&](const std::string& scripts) {
    return lies_below(place, scripts) && !lies_below(reach, scripts);
  });
}

}  // namespace yoke
