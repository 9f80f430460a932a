#pragma once

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

// The sections of yoke.toml that have a file of their own. What is wrong is left with the reader.
namespace yoke {

void read_backends(TomlReader& reader, const toml::table& root, Config& config);
// A backend's `prices`; null when it has none.
Json read_prices(TomlReader& reader, const toml::table& table, const std::string& path);
// [local]; and the keys of a backend that are about a server on this machine.
void read_local(TomlReader& reader, const toml::table& root, Config& config);
LocalConfig read_local_backend(TomlReader& reader, const toml::table& table,
                               const std::string& path);
const std::vector<std::string>& local_backend_keys();
void read_routes(TomlReader& reader, const toml::table& root, Config& config);
void read_serve(TomlReader& reader, const toml::table& root, Config& config);
// [hooks], [webhooks] and [schedules].
void read_hooks(TomlReader& reader, const toml::table& root, Config& config);
// [serve.oidc] and [[serve.answers]].
void read_serve_access(TomlReader& reader, const toml::table& serve, ServeConfig& config);
void read_tenants(TomlReader& reader, const toml::table& root, Config& config);
// [serve.models]
void read_serve_models(TomlReader& reader, const toml::table& serve, ServeConfig& config);
void read_telemetry(TomlReader& reader, const toml::table& root, Config& config);
void read_budgets(TomlReader& reader, const toml::table& root, Config& config);

}  // namespace yoke
