#include "hosts/app/spend_report.h"
#include "hosts/app/tenant_folders.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/config/tenant_name.h"
#include "hosts/control/client.h"
#include "hosts/keys/key_orders.h"
#include "runtime/base/text.h"

// `yoke keys …`: where another process holds the store, it is asked to act, and sees it at once.
namespace yoke {
namespace {

Json order_of(const KeysOptions& options) {
  Json order{{"name", options.name}, {"by", user_name()}};
  const auto text = [&](const char* field, const std::string& value) {
    if (!value.empty()) order[field] = value;
  };
  const auto list = [&](const char* field, const std::vector<std::string>& values) {
    if (!values.empty()) order[field] = values;
  };
  text("tenant", options.tenant);
  text("expires", options.expires);
  text("rate", options.rate);
  text("budget", options.budget);
  list("scopes", options.scopes);
  list("groups", options.groups);
  list("agents", options.agents);
  list("models", options.models);
  return order;
}

std::string joined(const Json& list) {
  std::vector<std::string> words;
  for (const Json& each : list) words.push_back(each.get<std::string>());
  return join(words, ",");
}

std::string day_of(const Json& time, const char* none) {
  return time.is_string() ? time.get<std::string>().substr(0, 10) : none;
}

std::string minute_of(const Json& time) {
  if (!time.is_string()) return "never";
  const auto text = time.get<std::string>();  // "2026-11-21T10:00:00.000000Z"
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

std::string describe(const Json& key) {
  return "key '" + string_at(key, "name") + "' (id " + string_at(key, "id") + ") of tenant '" +
         string_at(key, "tenant") + "': " + joined(key.at("scopes")) + "; " +
         (key.at("expires_at").is_null() ? "never expires"
                                         : "expires " + minute_of(key.at("expires_at")) + " UTC");
}

int tell_made(Terminal& terminal, const CommonOptions& common, const Result<Json>& made) {
  if (!made) return fail(terminal, made.error());
  if (common.json) {
    terminal.out(to_text(*made) + "\n");
    return kExitCompleted;
  }
  terminal.out(string_at(*made, "key") + "\n");
  if (!common.quiet) {
    terminal.line(printable(describe(*made)));
    terminal.line("Keep it now: it is stored as a hash, and nobody can show it again.");
  }
  return kExitCompleted;
}

int tell_revoked(Terminal& terminal, const CommonOptions& common, const Result<Json>& revoked) {
  if (!revoked) return fail(terminal, revoked.error());
  if (common.json) terminal.out(to_text(*revoked) + "\n");
  terminal.line("revoked key '" + string_at(*revoked, "name") + "' (id " +
                string_at(*revoked, "id") + ")");
  return kExitCompleted;
}

awaitable<int> create_here(OpenStore& open, Terminal& terminal, CommonOptions common, Json order) {
  SystemRandom random;
  ApiKeys keys(*open.store, open.wall, random);
  const Result<Json> made = co_await make_key_as_ordered(keys, open.wall, std::move(order));
  co_return tell_made(terminal, common, made);
}

awaitable<int> revoke_here(OpenStore& open, Terminal& terminal, CommonOptions common,
                           std::string named) {
  SystemRandom random;
  ApiKeys keys(*open.store, open.wall, random);
  std::string by = user_name();
  const Result<Json> revoked =
      co_await revoke_key(keys, open.wall, std::move(named), std::move(by));
  co_return tell_revoked(terminal, common, revoked);
}

awaitable<int> list(OpenStore& open, Terminal& terminal, CommonOptions common,
                    KeysOptions options) {
  SystemRandom random;
  ApiKeys keys(*open.store, open.wall, random);
  const Result<void> loaded = co_await keys.load();
  if (!loaded) co_return fail(terminal, loaded.error());
  std::vector<std::vector<std::string>> rows;
  for (const KeyRecord* record : keys.list()) {
    if (!options.tenant.empty() && record->tenant != options.tenant) continue;
    if (record->revoked_at != 0 && !options.all) continue;
    const Json key = shown_json(*record, open.wall.now(), keys.last_used(record->id));
    if (common.json) {
      terminal.out(to_text(key) + "\n");
      continue;
    }
    std::vector<std::string> budgets;
    for (const KeyBudget& budget : record->budgets) budgets.push_back(to_text(budget));
    rows.push_back({record->name, record->id, record->tenant, string_at(key, "state"),
                    joined(key.at("scopes")), record->rate ? to_text(*record->rate) : "-",
                    budgets.empty() ? "-" : join(budgets, ","), minute_of(key.at("last_used")),
                    day_of(key.at("expires_at"), "never")});
  }
  if (common.json) co_return kExitCompleted;
  if (rows.empty()) {
    terminal.line("no keys; make one with: yoke keys create NAME");
    co_return kExitCompleted;
  }
  rows.insert(rows.begin(), {"name", "id", "tenant", "state", "scopes", "rate", "budget",
                             "last used (UTC)", "expires"});
  terminal.out(printable(aligned(rows)));
  co_return kExitCompleted;
}

// A slip of typing would make a tenant of its own.
void note_tenant(Terminal& terminal, const Config& config, const KeysOptions& options) {
  const std::string& tenant = options.tenant;
  if (tenant.empty() || tenant == kLocalTenant || config.tenants.contains(tenant)) return;
  terminal.line("note: there is no [tenants." + printable(tenant) +
                "] in yoke.toml: it has no secrets, and its files are in " +
                printable(files_folder_of(config, tenant)));
}

}  // namespace

int keys_create(const CommonOptions& common, const KeysOptions& options) {
  Terminal terminal(common.color);
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  Json order = order_of(options);
  const Result<KeyRecord> sound = record_of_order(order, SystemWallClock().now());
  if (!sound) return fail(terminal, sound.error());
  if (!common.quiet) note_tenant(terminal, *config, options);
  const std::optional<Result<Json>> made = make_key_over_socket(*config, order);
  if (made) return tell_made(terminal, common, *made);
  return with_store(common, false, [&](OpenStore& open, Terminal& out) {
    return create_here(open, out, common, std::move(order));
  });
}

int keys_revoke(const CommonOptions& common, const KeysOptions& options) {
  Terminal terminal(common.color);
  if (trim(options.name).empty()) {
    terminal.line("yoke: which key? give its name or id; see 'yoke keys list'");
    return kExitUsage;
  }
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const std::optional<Result<Json>> revoked = revoke_key_over_socket(*config, options.name);
  if (revoked) return tell_revoked(terminal, common, *revoked);
  return with_store(common, false, [&](OpenStore& open, Terminal& out) {
    return revoke_here(open, out, common, options.name);
  });
}

int keys_list(const CommonOptions& common, const KeysOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return list(open, terminal, common, options);
  });
}

}  // namespace yoke
