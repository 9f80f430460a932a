#include "hosts/app/settings.h"

#include "hosts/app/local_settings.h"
#include "hosts/app/route_settings.h"
#include "hosts/config/socket_path.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/vault_place.h"
#include "models/presets.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/memory/sqlite_memory.h"
#include "runtime/ports/tool.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kFile = "file:";

Result<std::shared_ptr<const ScriptSource>> script_of(const Config& config,
                                                      const BackendConfig& backend) {
  Result<ScriptSource> source = read_script(config.project_dir, backend.script);
  if (!source) {
    return Error{source.error().code, source.error().message(), place_in(config, backend.line)};
  }
  return std::make_shared<const ScriptSource>(std::move(*source));
}

// Several keys: those that are there.
Result<void> set_keys(const Config& config, const BackendConfig& backend,
                      BackendSettings& settings) {
  settings.api_key_name = join(backend.api_keys, " or ");
  settings.api_key_asked_for = true;
  for (const std::string& reference : backend.api_keys) {
    const Result<std::string> key = resolve_reference(config, reference);
    if (key) {
      settings.api_keys.push_back(NamedKey{reference, Secret(*key)});
    } else if (!is_reference(reference)) {
      return Error{Errc::invalid, "api_keys: " + key.error().detail,
                   place_in(config, backend.line)};
    }
  }
  if (!settings.api_keys.empty()) settings.api_key = settings.api_keys.front().secret;
  return {};
}

// The configured key, else the variable where the vendor's key usually is.
Result<void> set_key(const Config& config, const BackendConfig& backend,
                     BackendSettings& settings) {
  if (!backend.api_keys.empty()) return set_keys(config, backend, settings);
  const Preset* preset = find_preset(backend.preset);
  std::string reference = backend.api_key;
  const bool usual = reference.empty() && preset != nullptr && !preset->key_env.empty();
  if (usual) reference = "env:" + std::string(preset->key_env);
  if (reference.empty()) return {};
  settings.api_key_name = reference;
  settings.api_key_asked_for = !backend.api_key.empty();
  Result<std::string> key = resolve_reference(config, reference);
  if (!key && usual && !preset->key_env_also.empty()) {
    key = resolve_reference(config, "env:" + std::string(preset->key_env_also));
  }
  if (key) {
    settings.api_key = Secret(*key);
  } else if (!is_reference(reference)) {
    return Error{Errc::invalid, "api_key: " + key.error().detail, place_in(config, backend.line)};
  }
  return {};
}

// A header's value stands for itself, or names a secret: then it is cut out of whatever is said.
void set_headers(const Config& config, const BackendConfig& backend, BackendSettings& settings) {
  for (const auto& [name, value] : backend.headers) {
    if (!is_reference(value)) {
      settings.headers.emplace_back(name, value);
      continue;
    }
    const Result<std::string> secret = resolve_reference(config, value);
    if (!secret) {
      settings.missing = "headers." + name + ": " + secret.error().detail;
      continue;
    }
    settings.headers.emplace_back(name, *secret);
    settings.header_secrets.emplace_back(*secret);
  }
}

Result<PriceMap> prices_of(const Json& value, const std::string& place) {
  PriceMap prices;
  Json all = value;
  for (const char* other : {"models", "date", "source"}) all.erase(other);
  if (!all.empty()) {
    const Result<Price> price = price_from_json(all, place);
    if (!price) return price.error();
    prices["*"] = *price;
  }
  const Json& models = member_at(value, "models");
  if (!models.is_object()) return prices;
  for (const auto& [glob, amounts] : models.items()) {
    const Result<Price> price = price_from_json(amounts, place + "." + glob);
    if (!price) return price.error();
    prices[glob] = *price;
  }
  return prices;
}

Result<BackendSettings> backend_of(const Config& config, const std::string& name,
                                   const BackendConfig& backend) {
  BackendSettings settings;
  settings.preset = backend.preset;
  settings.base_url = backend.base_url;
  settings.api = backend.api;
  const Result<void> key = set_key(config, backend, settings);
  if (!key) return key.error();
  set_headers(config, backend, settings);
  settings.extra_body = backend.body;
  if (backend.attempts) settings.retry.attempts_max = *backend.attempts;
  if (backend.idle_timeout) settings.idle_timeout = *backend.idle_timeout;
  settings.limits.requests_per_minute = backend.limits.requests_per_minute;
  settings.limits.tokens_per_minute = backend.limits.tokens_per_minute;
  settings.limits.concurrent = backend.limits.concurrent;
  if (!backend.script.empty()) {
    Result<std::shared_ptr<const ScriptSource>> script = script_of(config, backend);
    if (!script) return script.error();
    settings.script = std::move(*script);
  }
  if (!backend.prices.is_null()) {
    Result<PriceMap> prices = prices_of(backend.prices, "backends." + name + ".prices");
    if (!prices) return prices.error();
    settings.prices = std::move(*prices);
  }
  for (const auto& [glob, known] : backend.models) {
    const std::string path = "backends." + name + ".models." + glob;
    const Result<ModelFacts> facts = facts_from_json(known.facts, path);
    if (!facts) return Error{Errc::invalid, facts.error().detail, place_in(config, known.line)};
    settings.facts[glob] = *facts;
  }
  return settings;
}

void hide_store(HostFiles& files, Config config, const std::string& url) {
  if (!url.starts_with(kSqlite)) return;
  const std::string store = url.substr(kSqlite.size());
  for (const char* end : {"", "-wal", "-shm", "-journal", ".lock"}) {
    files.hidden.push_back(store + end);
    const Result<std::string> memory = memory_path_of(url);
    if (memory) files.hidden.push_back(*memory + end);
  }
  config.store_url = url;
  files.hidden.push_back(control_socket_of(config));
}

}  // namespace

Result<ModelsConfig> models_of(const Config& config) {
  ModelsConfig models;
  models.local = local_limits_of(config);
  for (const auto& [name, backend] : config.backends) {
    Result<BackendSettings> settings = backend_of(config, name, backend);
    if (!settings) return settings.error();
    Result<LocalSettings> local = local_settings_of(config, backend, *settings);
    if (!local) return local.error();
    settings->local = std::move(*local);
    models.backends[name] = std::move(*settings);
  }
  for (const auto& [name, route] : config.routes) {
    Result<RouteSettings> settings = route_settings_of(config, name, route);
    if (!settings) return settings.error();
    models.routes[name] = std::move(*settings);
  }
  return models;
}

HostFiles host_files_of(const Config& config) {
  HostFiles files;
  hide_store(files, config, config.own_store_url);
  hide_store(files, config, config.store_url);
  if (!config.file.empty()) files.hidden.push_back(config.file);
  const VaultPlace vault = vault_place_of(config);
  for (const std::string& path : {vault.file, vault.file + ".lock", vault.key_file}) {
    files.hidden.push_back(path);
  }
  const auto hide = [&](const std::string& reference) {
    if (reference.starts_with(kFile)) files.hidden.push_back(reference.substr(kFile.size()));
  };
  for (const auto& [name, reference] : config.secrets) hide(reference);
  for (const auto& [name, tenant] : config.tenants) {
    for (const auto& [secret, reference] : tenant.secrets) hide(reference);
  }
  files.scripts = config.tool_paths;
  files.scripts.insert(files.scripts.end(), config.third_party.begin(), config.third_party.end());
  for (const auto& [name, backend] : config.backends) {
    hide(backend.api_key);
    for (const std::string& reference : backend.api_keys) hide(reference);
    for (const auto& [variable, reference] : backend.local.env) hide(reference);
    if (!backend.script.empty()) files.scripts.push_back(backend.script);
  }
  for (const auto& [name, route] : config.routes) {
    for (const RouteCheckConfig& check : route.checks) {
      if (check.kind == "lua") files.scripts.push_back(check.words);
    }
  }
  return files;
}

PolicyLists policy_of(const Config& config) {
  PolicyLists lists;
  const auto take = [&](const std::vector<RuleConfig>& rules, std::vector<PolicyText>& out) {
    for (const RuleConfig& rule : rules) out.emplace_back(rule.text, place_in(config, rule.line));
  };
  take(config.policy.allow, lists.allow);
  take(config.policy.ask, lists.ask);
  take(config.policy.deny, lists.deny);
  return lists;
}

LabelSettings labels_of(const Config& config) {
  LabelSettings settings;
  settings.mode = label_mode_from_name(config.policy.labels).value_or(LabelMode::on);
  const auto take = [&](const std::vector<RuleConfig>& globs, std::vector<PolicyText>& out) {
    for (const RuleConfig& glob : globs) out.emplace_back(glob.text, place_in(config, glob.line));
  };
  take(config.policy.trusted, settings.trusted);
  take(config.policy.untrusted, settings.untrusted);
  settings.critical = config.policy.critical;
  return settings;
}

Result<Narrowing> narrowing_of(const Config& config) {
  std::vector<NarrowingText> tables;
  for (const NarrowingConfig& narrowing : config.narrowings) {
    NarrowingText& table = tables.emplace_back();
    table.tools = narrowing.tools;
    table.caps = narrowing.caps;
    table.place = place_in(config, narrowing.line);
    for (const auto& [key, line] : narrowing.lines) table.places[key] = place_in(config, line);
  }
  return Narrowing::from_tables(tables);
}

std::vector<BudgetRule> budgets_of(const Config& config) {
  static const std::map<std::string, BudgetScope> kScopes = {
      {"all", BudgetScope::all},         {"run", BudgetScope::run},
      {"agent", BudgetScope::agent},     {"tenant", BudgetScope::tenant},
      {"session", BudgetScope::session}, {"caller", BudgetScope::caller}};
  static const std::map<std::string, BudgetSpan> kSpans = {
      {"day", BudgetSpan::day}, {"month", BudgetSpan::month}, {"ever", BudgetSpan::ever}};
  std::vector<BudgetRule> rules;
  for (const BudgetConfig& budget : config.budgets) {
    BudgetRule rule;
    rule.scope = kScopes.at(budget.scope);
    rule.name = budget.name;
    rule.span = kSpans.at(budget.per);
    rule.place = place_in(config, budget.line);
    rule.cap = budget.usd.value_or(0);
    if (budget.usd) rules.push_back(rule);
    rule.unit = BudgetUnit::tokens;
    rule.cap = budget.tokens.value_or(0);
    if (budget.tokens) rules.push_back(rule);
  }
  return rules;
}

std::string prices_edition(const Config& config) {
  Json own = Json::object();
  for (const auto& [name, backend] : config.backends) {
    if (!backend.prices.is_null()) own[name] = backend.prices;
  }
  const std::string date(price_table().date);
  if (own.empty()) return date;
  return date + "+" + to_hex(sha256(to_text(own))).substr(0, 8);
}

Result<ScriptQuotas> quotas_of(const Config& config) {
  ScriptQuotas quotas;
  for (const auto& [key, quota] : config.sandbox.quotas) {
    const Result<void> set = set_quota(quotas, key, quota.value);
    if (set) continue;
    Error error = set.error();
    error.place = config.file + ":" + std::to_string(quota.line);
    return error;
  }
  return quotas;
}

Error placed(const Config& config, Error error) {
  if (!error.place.empty()) return error;
  int line = 0;
  std::size_t longest = 0;
  const auto look = [&](const std::string& name, int at) {
    const bool named =
        error.detail.starts_with(name) && name.size() < error.detail.size() &&
        std::string_view(".:[").find(error.detail[name.size()]) != std::string_view::npos;
    if (!named || name.size() < longest) return;
    longest = name.size();
    line = at;
  };
  for (const auto& [name, backend] : config.backends) look("backends." + name, backend.line);
  for (const auto& [name, route] : config.routes) {
    look("routes." + name, route.line);
    for (const auto& [key, at] : route.lines) look("routes." + name + "." + key, at);
  }
  if (line > 0) error.place = place_in(config, line);
  return error;
}

namespace {

Result<std::string> reference_in(const std::map<std::string, std::string>& references,
                                 std::string_view name, const std::string& section) {
  const auto found = references.find(std::string(name));
  if (found != references.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, reference] : references) names.push_back(known);
  return Error{Errc::not_found, "no secret '" + std::string(name) + "' under [" + section +
                                    "] in yoke.toml" + did_you_mean(name, names)};
}

}  // namespace

ConfigSecrets::ConfigSecrets(const Config& config)
    : config_(config), vault_(std::make_shared<Vault>(vault_place_of(config))) {}

Result<std::string> ConfigSecrets::reference_of(std::string_view name,
                                                const std::string& tenant) const {
  if (tenant == kLocalTenant) {
    if (is_reference(name)) return std::string(name);
    return reference_in(config_.secrets, name, "secrets");
  }
  static const std::map<std::string, std::string> kNone;
  const auto section = config_.tenants.find(tenant);
  const auto& own = section == config_.tenants.end() ? kNone : section->second.secrets;
  const auto given = own.find(std::string(name));
  if (given != own.end() && given->second == kSharedSecret) {
    return reference_in(config_.secrets, name, "secrets");
  }
  return reference_in(own, name, "tenants." + tenant + ".secrets");
}

awaitable<Result<void>> ConfigSecrets::fetch(std::vector<std::string> names, std::string tenant,
                                             Deadline deadline) {
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    Result<std::string> reference = reference_of(name, tenant);
    if (reference && reference->starts_with(kVaultPrefix)) kept.push_back(std::move(*reference));
  }
  if (kept.empty()) co_return Result<void>();
  if (!disk_) disk_ = std::make_unique<Pool>("yoke-secrets", 1);
  using Found = std::map<std::string, Result<Secret>>;
  auto job = [vault = vault_, kept = std::move(kept)] {
    Found found;
    for (const std::string& each : kept)
      found.insert_or_assign(each, secret_in_vault(*vault, each));
    return found;
  };
  auto reading = offload(*disk_, std::move(job));
  auto work = with_deadline(deadline, std::move(reading));
  Found found;
  bool late = false;
  try {
    found = co_await std::move(work);
  } catch (const DeadlineExceeded&) {
    late = true;
  }
  if (late) co_return Error{Errc::timed_out, "the vault was not open in time; see yoke doctor"};
  for (auto& [reference, value] : found) fetched_.insert_or_assign(reference, std::move(value));
  co_return Result<void>();
}

Result<Secret> ConfigSecrets::secret(std::string_view name, const ToolRequest& call) {
  const Result<std::string> reference = reference_of(name, call.tenant);
  if (!reference) return reference.error();
  return resolve(*reference);
}

Result<Secret> ConfigSecrets::resolve(const std::string& reference) {
  if (reference.starts_with(kVaultPrefix)) {
    const auto fetched = fetched_.find(reference);
    return fetched != fetched_.end() ? fetched->second : secret_in_vault(*vault_, reference);
  }
  Result<std::string> value = resolve_reference(config_, reference);
  if (!value) return value.error();
  return Secret(std::move(*value));
}

}  // namespace yoke
