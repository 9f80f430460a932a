#include "hosts/app/local_settings.h"

#include <array>
#include <cstdlib>
#include <filesystem>

namespace yoke {
namespace {

namespace fs = std::filesystem;

// What comes through from this process's environment: where programs and caches are, and how to
// speak. Keys have other names.
constexpr std::array kPassed{
    "PATH",   "HOME",      "USER",           "LOGNAME",        "LANG",
    "LC_ALL", "TZ",        "LC_CTYPE",       "TMPDIR",         "LD_LIBRARY_PATH",
    "SHELL",  "CUDA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"};
constexpr std::array kGpuVariables{"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"};
constexpr std::string_view kSqlite = "sqlite:";

// Says which reference leads nowhere; empty: none.
std::string set_environment(const Config& config, const BackendConfig& backend,
                            LaunchSettings& launch) {
  std::string missing;
  for (const char* const name : kPassed) {
    const char* const value = std::getenv(name);
    if (value != nullptr) launch.env[name] = value;
  }
  if (!backend.local.gpus.empty()) {
    for (const char* const name : kGpuVariables) launch.env[name] = backend.local.gpus;
  }
  for (const auto& [name, value] : backend.local.env) {
    if (!is_reference(value)) {
      launch.env[name] = value;
      continue;
    }
    const Result<std::string> secret = resolve_reference(config, value);
    if (!secret) {
      missing = "env." + name + ": " + secret.error().detail;
      continue;
    }
    launch.env[name] = *secret;
    launch.secrets.emplace_back(*secret);
  }
  return missing;
}

}  // namespace

Result<LocalSettings> local_settings_of(const Config& config, const BackendConfig& backend,
                                        BackendSettings& settings) {
  LocalSettings local;
  local.slots = backend.local.slots;
  local.memory_bytes = backend.local.memory_bytes;
  local.idle_unload = backend.local.idle_unload;
  if (backend.local.launch.empty()) return local;
  LaunchSettings launch;
  launch.command = backend.local.launch;
  launch.health = backend.local.health;
  if (backend.local.load_timeout) launch.load_timeout = *backend.local.load_timeout;
  const fs::path dir = fs::path(config.project_dir) / backend.local.cwd;
  launch.dir = dir.lexically_normal().string();
  launch.secrets = settings.header_secrets;
  if (!settings.api_key.empty()) launch.secrets.push_back(settings.api_key);
  const std::string missing = set_environment(config, backend, launch);
  if (!missing.empty()) settings.missing = missing;
  local.launch = std::move(launch);
  return local;
}

LocalLimits local_limits_of(const Config& config) {
  LocalLimits limits;
  limits.memory_bytes = config.local_memory_bytes;
  if (config.own_store_url.starts_with(kSqlite)) {
    const fs::path store = config.own_store_url.substr(kSqlite.size());
    limits.log_dir = (store.parent_path() / "logs").string();
  }
  return limits;
}

}  // namespace yoke
