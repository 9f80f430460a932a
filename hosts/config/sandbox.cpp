#include "hosts/config/sandbox.h"

namespace yoke {
namespace {

constexpr std::string_view kWithoutSeccomp = "strangers_without_seccomp";

Error wrong(const Config& config, const toml::node& node, const std::string& why) {
  return Error{Errc::invalid, why, config.file + ":" + std::to_string(node.source().begin.line)};
}

Result<void> read_quotas(const toml::table& table, const std::string& prefix, Config& config) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (name == kWithoutSeccomp || name == "run") continue;
    const auto value = node.value_exact<std::int64_t>();
    if (!value) return wrong(config, node, "sandbox." + name + " must be a whole number");
    config.sandbox.quotas[name] =
        SandboxConfig::Quota{*value, static_cast<int>(node.source().begin.line)};
  }
  return {};
}

}  // namespace

Result<void> read_sandbox(const toml::table& root, Config& config) {
  const toml::node* node = root.get("sandbox");
  if (node == nullptr) return {};
  const toml::table* table = node->as_table();
  if (table == nullptr) return wrong(config, *node, "'sandbox' must be a table");
  if (const toml::node* loud = table->get(kWithoutSeccomp)) {
    const auto value = loud->value_exact<bool>();
    if (!value) {
      return wrong(config, *loud, "sandbox.strangers_without_seccomp must be true or false");
    }
    config.sandbox.strangers_without_seccomp = *value;
  }
  if (const toml::node* run = table->get("run")) {
    if (!run->is_table()) return wrong(config, *run, "'sandbox.run' must be a table");
    const Result<void> read = read_quotas(*run->as_table(), "run.", config);
    if (!read) return read;
  }
  return read_quotas(*table, "", config);
}

}  // namespace yoke
