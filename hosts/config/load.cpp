#include <cstdlib>
#include <filesystem>

#include "hosts/config/config.h"
#include "hosts/config/read_file.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/vault_place.h"
#include "hosts/vault/vault.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

fs::path find_upwards(fs::path dir) {
  std::error_code ignored;
  while (true) {
    if (fs::is_regular_file(dir / "yoke.toml", ignored)) return dir / "yoke.toml";
    if (dir == dir.parent_path()) return {};
    dir = dir.parent_path();
  }
}

fs::path user_config() {
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  std::error_code ignored;
  fs::path file;
  if (xdg != nullptr && *xdg != '\0') {
    file = fs::path(xdg) / "yoke" / "yoke.toml";
  } else if (home != nullptr && *home != '\0') {
    file = fs::path(home) / ".config" / "yoke" / "yoke.toml";
  }
  return fs::is_regular_file(file, ignored) ? file : fs::path{};
}

// NAME=value lines; "#" comments; optional "export " and quotes.
void read_env(const fs::path& file, std::map<std::string, std::string>& env) {
  const Result<std::string> text = read_file(file.string());
  if (!text) return;
  for (const std::string& raw : split(*text, '\n')) {
    std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = trim(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    env[std::string(trim(line.substr(0, equals)))] = std::string(value);
  }
}

std::string absolute_store(const std::string& url, const fs::path& dir) {
  if (!url.starts_with("sqlite:")) return url;
  const fs::path path = url.substr(7);
  return "sqlite:" + (path.is_absolute() ? path : dir / path).lexically_normal().string();
}

}  // namespace

Result<Config> load_config(const ConfigPlace& place) {
  std::error_code gone;
  const fs::path here = fs::current_path(gone);
  if (gone) return Error{Errc::invalid, "the folder that this was started in is no longer there"};
  const fs::path start = (here / place.start_dir).lexically_normal();
  fs::path file = place.file.empty() ? find_upwards(start) : fs::absolute(place.file);
  const bool of_project = !file.empty();
  if (file.empty()) file = user_config();
  Config config;
  if (!file.empty()) {
    const Result<std::string> text = read_file(file.string());
    if (!text) return text.error();
    Result<Config> parsed = parse_config(*text, file.string());
    if (!parsed) return parsed.error();
    config = std::move(*parsed);
  }
  const fs::path dir = of_project ? file.parent_path() : start;
  config.project_dir = dir.lexically_normal().string();
  if (config.project_dir.size() > 1 && config.project_dir.back() == '/') {
    config.project_dir.pop_back();
  }
  read_env(dir / ".env", config.env);
  const std::string url = config.store_url.empty() ? "sqlite:.yoke/yoke.db" : config.store_url;
  config.own_store_url = absolute_store(url, dir);
  config.store_url =
      place.store_url.empty() ? config.own_store_url : absolute_store(place.store_url, here);
  return config;
}

std::string place_in(const Config& config, int line) {
  const fs::path file = config.file;
  const bool in_project = file.parent_path().lexically_normal() == fs::path(config.project_dir);
  const std::string shown = in_project ? file.filename().string() : config.file;
  return shown + ":" + std::to_string(line);
}

bool is_reference(std::string_view text) {
  return text.starts_with("env:") || text.starts_with("file:") || text.starts_with(kVaultPrefix);
}

Result<std::string> resolve_reference(const Config& config, const std::string& reference) {
  if (reference.starts_with("env:")) {
    const std::string name = reference.substr(4);
    if (const char* value = std::getenv(name.c_str())) return std::string(value);
    const auto found = config.env.find(name);
    if (found != config.env.end()) return found->second;
    return Error{Errc::not_found, "the environment variable " + name + " is not set (needed for '" +
                                      reference + "')"};
  }
  if (reference.starts_with("file:")) {
    const fs::path path = fs::path(config.project_dir) / reference.substr(5);
    Result<std::string> text = read_file(path.string());
    if (!text) return text.error();
    return std::string(trim(*text));
  }
  if (reference.starts_with(kVaultPrefix)) {
    Vault vault(vault_place_of(config));
    Result<Secret> value = secret_in_vault(vault, reference);
    if (!value) return value.error();
    return value->reveal();
  }
  return Error{Errc::invalid,
               "a secret is named by reference: write \"env:NAME\", \"file:PATH\" or "
               "\"vault:NAME\", not its value"};
}

}  // namespace yoke
