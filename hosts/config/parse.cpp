#include "hosts/config/auth_config.h"
#include "hosts/config/bundled.h"
#include "hosts/config/config.h"
#include "hosts/config/context_config.h"
#include "hosts/config/graph_config.h"
#include "hosts/config/guards_config.h"
#include "hosts/config/mcp_config.h"
#include "hosts/config/memory.h"
#include "hosts/config/plugins_config.h"
#include "hosts/config/record_config.h"
#include "hosts/config/run_hooks_config.h"
#include "hosts/config/sandbox.h"
#include "hosts/config/sections.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/toml_json.h"
#include "hosts/config/toml_reader.h"
#include "hosts/config/training_config.h"
#include "hosts/config/vault_place.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

std::vector<RuleConfig> read_rules(TomlReader& reader, const toml::table& policy, const char* key) {
  std::vector<RuleConfig> rules;
  const std::vector<std::string> texts = reader.texts(policy, "policy", key);
  const toml::array* list = policy.get_as<toml::array>(key);
  for (std::size_t i = 0; list != nullptr && i < texts.size() && i < list->size(); ++i) {
    rules.push_back(RuleConfig{texts[i], line_of(*list->get(i))});
  }
  return rules;
}

// Whether the keys and values are permissions is for tools/ to say; here they become plain data.
void read_narrowings(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* all = reader.table(root, "", "permissions");
  if (all == nullptr) return;
  for (const auto& [glob, node] : *all) {
    const std::string path = "permissions.\"" + std::string(glob.str()) + "\"";
    const toml::table* table = node.as_table();
    std::optional<Json> caps = table == nullptr ? std::nullopt : json_of(*table);
    if (!caps) {
      reader.fail(node, "'" + path + "' must be a table of permissions, such as net = [\"api." +
                            "example\"], for the tools whose names it matches");
      continue;
    }
    NarrowingConfig& narrowing = config.narrowings.emplace_back();
    narrowing.tools = std::string(glob.str());
    narrowing.caps = std::move(*caps);
    narrowing.line = line_of(*table);
    for (const auto& [key, value] : *table) {
      narrowing.lines[std::string(key.str())] = line_of(value);
    }
  }
}

// What looks like the secret itself is not repeated in the error.
void read_secrets(TomlReader& reader, const toml::table& root, Config& config) {
  config.secrets = reader.text_map(root, "", "secrets");
  for (auto& [name, value] : config.secrets) {
    const toml::node* node = root.get_as<toml::table>("secrets")->get(name);
    if (value == "vault" && !is_secret_name(name)) {
      reader.fail(*node, "'secrets." + name + "': a name in the vault is " +
                             std::string(kSecretNameRule) + "; write \"vault:NAME\"");
    }
    value = with_vault_name(value, std::string(kLocalTenant), name);
    if (is_reference(value)) continue;
    reader.fail(*node, "'secrets." + name +
                           "' must say where the value is, not hold it: write \"env:" + name +
                           "\", \"file:PATH\", or \"vault\" and yoke secrets set " + name);
  }
}

void read_labels(TomlReader& reader, const toml::table& policy, PolicyConfig& config) {
  const std::string labels = reader.text(policy, "policy", "labels");
  const bool known = labels == "on" || labels == "off" || labels == "strict";
  if (known) {
    config.labels = labels;
  } else if (policy.contains("labels")) {
    reader.fail(*policy.get("labels"), "'policy.labels' must be \"on\", \"off\" or \"strict\"");
  }
  const toml::table* critical = reader.table(policy, "policy", "critical");
  if (critical == nullptr) return;
  for (const auto& [glob, node] : *critical) {
    const std::string name(glob.str());
    config.critical[name] = reader.texts(*critical, "policy.critical", name.c_str());
  }
}

void read_policy(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* policy = reader.table(root, "", "policy");
  if (policy == nullptr) return;
  reader.check_keys(*policy, "policy",
                    {"allow", "ask", "deny", "labels", "trusted", "untrusted", "critical"});
  config.policy.allow = read_rules(reader, *policy, "allow");
  config.policy.ask = read_rules(reader, *policy, "ask");
  config.policy.deny = read_rules(reader, *policy, "deny");
  config.policy.trusted = read_rules(reader, *policy, "trusted");
  config.policy.untrusted = read_rules(reader, *policy, "untrusted");
  read_labels(reader, *policy, config.policy);
}

void read_questions(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* questions = reader.table(root, "", "questions");
  if (questions == nullptr) return;
  reader.check_keys(*questions, "questions", {"expire_after"});
  const auto after = reader.duration(*questions, "questions", "expire_after");
  if (after) config.questions.expire_after = *after;
}

void read_small_tables(TomlReader& reader, const toml::table& root, Config& config) {
  if (const toml::table* store = reader.table(root, "", "store")) {
    reader.check_keys(*store, "store", {"url"});
    config.store_url = reader.text(*store, "store", "url");
  }
  read_secrets(reader, root, config);
  if (const toml::table* tools = reader.table(root, "", "tools")) {
    reader.check_keys(*tools, "tools", {"paths", "third_party"});
    if (tools->contains("paths")) config.tool_paths = reader.texts(*tools, "tools", "paths");
    if (tools->contains("third_party")) {
      config.third_party = reader.texts(*tools, "tools", "third_party");
    }
  }
}

}  // namespace

Result<Config> parse_config(const std::string& text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{Errc::invalid, std::string(error.description()),
                 file + ":" + std::to_string(error.source().begin.line)};
  }
  const toml::table& root = parsed.table();
  Config config;
  config.file = file;
  TomlReader reader(file);
  reader.check_keys(root, "",
                    {"store",    "secrets",   "backends", "routes",    "tools",     "permissions",
                     "mcp",      "plugins",   "policy",   "budgets",   "serve",     "hooks",
                     "webhooks", "schedules", "bundled",  "sandbox",   "telemetry", "local",
                     "tenants",  "context",   "skills",   "memory",    "guards",    "questions",
                     "auth",     "packages",  "record",   "retention", "graph"});
  read_small_tables(reader, root, config);
  read_backends(reader, root, config);
  read_local(reader, root, config);
  read_routes(reader, root, config);
  read_policy(reader, root, config);
  read_questions(reader, root, config);
  read_narrowings(reader, root, config);
  read_budgets(reader, root, config);
  read_guards_config(reader, root);
  read_run_hooks(reader, root);
  read_context_config(reader, root);  // what it says is read again for each run
  read_serve(reader, root, config);
  read_hooks(reader, root, config);
  read_tenants(reader, root, config);
  read_auth_config(reader, root);
  read_telemetry(reader, root, config);
  read_plugins_config(reader, root);
  read_mcp_config(reader, root);
  read_packages_config(reader, root);
  read_graph_config(reader, root);
  read_record_config(reader, root);
  read_retention_config(reader, root);
  read_training_config(reader, root);
  if (reader.failed()) return reader.error();
  if (const Result<void> read = read_bundled(root, config); !read) return read.error();
  read_memory(reader, root, config);
  if (reader.failed()) return reader.error();
  if (const Result<void> read = read_sandbox(root, config); !read) return read.error();
  return config;
}

}  // namespace yoke
