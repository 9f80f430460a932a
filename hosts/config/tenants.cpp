#include "hosts/config/sections.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/vault_place.h"

namespace yoke {
namespace {

// What looks like the secret itself is not repeated in the error.
void check_secrets(TomlReader& reader, const toml::table& table, const std::string& path,
                   const std::string& owner, TenantConfig& tenant, const Config& config) {
  for (auto& [name, value] : tenant.secrets) {
    value = with_vault_name(value, owner, name);
    const toml::node& node = *table.get_as<toml::table>("secrets")->get(name);
    const std::string which = "'" + path + ".secrets." + name + "'";
    if (value == kSharedSecret) {
      if (config.secrets.contains(name)) continue;
      reader.fail(node, which + " is shared, but there is no such name under [secrets]");
    } else if (!is_reference(value)) {
      reader.fail(node, which + " must say where the value is, not hold it: write \"env:" + name +
                            "\", \"file:PATH\", \"vault\" (yoke secrets set " + name +
                            " --tenant " + owner + "), or \"shared\" for the one under [secrets]");
    }
  }
}

void read_tenant(TomlReader& reader, const toml::node& node, const std::string& name,
                 Config& config) {
  const std::string path = "tenants." + name;
  const toml::table* table = node.as_table();
  if (table == nullptr) return reader.fail(node, "'" + path + "' must be a table");
  if (name == kLocalTenant) {
    return reader.fail(node, "'" + path +
                                 "' is who works at this machine: its files are the project's, "
                                 "its secrets those of [secrets]");
  }
  if (!is_tenant_name(name)) {
    return reader.fail(node, "'" + path + "': a tenant's name is " + std::string(kTenantNameRule));
  }
  reader.check_keys(*table, path, {"files", "secrets"});
  TenantConfig tenant;
  tenant.files = reader.text(*table, path, "files");
  if (tenant.files.empty() && table->contains("files")) {
    reader.fail(*table->get("files"), "'" + path + ".files' must be the path of a folder");
  }
  tenant.secrets = reader.text_map(*table, path, "secrets");
  tenant.line = line_of(node);
  check_secrets(reader, *table, path, name, tenant, config);
  config.tenants[name] = std::move(tenant);
}

}  // namespace

void read_tenants(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* tenants = reader.table(root, "", "tenants");
  if (tenants == nullptr) return;
  for (const auto& [name, node] : *tenants) {
    read_tenant(reader, node, std::string(name.str()), config);
  }
}

}  // namespace yoke
