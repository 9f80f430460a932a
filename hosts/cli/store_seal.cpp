#include "hosts/app/command.h"
#include "hosts/app/record_care.h"
#include "hosts/app/record_keys.h"
#include "hosts/app/spend_report.h"
#include "hosts/cli/runs_export.h"
#include "hosts/cli/store.h"
#include "hosts/cli/support.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/vault_place.h"
#include "hosts/control/client.h"
#include "hosts/vault/vault_file.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "runtime/record/root_check.h"

// `yoke store seal|roots|root|keygen`: roots over the heads of runs, and the key that signs them.
namespace yoke {
namespace {

constexpr int kRootsShown = 1'000'000;

std::string root_line(const AuditRoot& root) {
  return "root " + std::to_string(root.n) + " of " + printable(root.tenant) + ": " +
         to_hex(root.root) + ", " + counted(root.runs, "run") +
         (root.key.empty() ? ", not signed" : ", signed by " + key_text(root.key));
}

int tell_sealed(Terminal& terminal, const Result<std::vector<AuditRoot>>& made, bool json) {
  if (!made) return fail(terminal, made.error());
  for (const AuditRoot& root : *made) {
    terminal.out((json ? to_text(to_json(root)) : root_line(root)) + "\n");
  }
  if (made->empty() && !json) terminal.line("nothing has changed since the newest root");
  return kExitCompleted;
}

// As the process that holds the store tells them.
Result<std::vector<AuditRoot>> roots_in(const Result<Json>& told) {
  if (!told) return told.error();
  std::vector<AuditRoot> roots;
  for (const Json& each : member_at(*told, "roots")) {
    Result<AuditRoot> root = audit_root_from(each);
    if (!root) return root.error();
    roots.push_back(std::move(*root));
  }
  return roots;
}

awaitable<int> seal_here(OpenStore& open, Terminal& terminal, bool json) {
  auto sealing = seal_as_configured(open.config, *open.store);
  const Result<std::vector<AuditRoot>> made = co_await std::move(sealing);
  co_return tell_sealed(terminal, made, json);
}

awaitable<int> list_roots(OpenStore& open, Terminal& terminal, StoreVerb verb, bool json) {
  const Result<StoreKeeper*> keeper = keeper_of(*open.store);
  if (!keeper) co_return fail(terminal, keeper.error());
  const std::vector<AuditRoot> roots = co_await (*keeper)->roots(verb.tenant, 0, kRootsShown);
  std::vector<std::vector<std::string>> table = {{"root", "made (UTC)", "runs", "hash", "signed"}};
  for (const AuditRoot& root : roots) {
    if (json) terminal.out(to_text(to_json(root)) + "\n");
    table.push_back({std::to_string(root.n), to_iso8601(root.at).substr(0, 19),
                     std::to_string(root.runs), to_hex(root.root).substr(0, 16),
                     root.key.empty() ? "no" : key_text(root.key)});
  }
  if (json) co_return kExitCompleted;
  if (roots.empty()) {
    terminal.line("no roots of tenant '" + printable(verb.tenant) +
                  "'; make one with: yoke store seal");
  } else {
    terminal.out(aligned(table));
  }
  co_return kExitCompleted;
}

awaitable<int> export_root(OpenStore& open, Terminal& terminal, StoreVerb verb) {
  const Result<StoreKeeper*> keeper = keeper_of(*open.store);
  if (!keeper) co_return fail(terminal, keeper.error());
  const Result<RootFile> file = co_await newest_root(**keeper, verb.tenant, verb.with_runs);
  if (!file) co_return fail(terminal, file.error());
  const std::string text = root_file_text(*file);
  const Result<void> written = put_out(terminal, verb.file, text);
  if (!written) co_return fail(terminal, written.error());
  if (verb.file.empty()) co_return kExitCompleted;
  terminal.line("exported " + root_line(file->root) +
                "; keep the file where whoever writes the store cannot");
  co_return kExitCompleted;
}

Result<std::string> keep_key(const Config& config, const StoreVerb& verb, const SigningKey& key) {
  if (!verb.vault.empty()) {
    Vault vault(vault_place_of(config));
    const std::string tenant(kLocalTenant);
    const auto there = vault.get(VaultKind::secret, tenant, verb.vault);
    if (!there) return there.error();
    if (*there) {
      return Error{Errc::conflict, "the vault has a secret '" + verb.vault +
                                       "' already; remove it first, or take another name"};
    }
    SystemWallClock wall;
    const Result<void> set =
        vault.set(VaultKind::secret, tenant, verb.vault, key.pem(), wall.now());
    if (!set) return set.error();
    return "vault:" + verb.vault;
  }
  const Result<void> made = make_private_file(verb.file, key.pem().reveal());
  if (!made) return made.error();
  return "file:" + verb.file;
}

}  // namespace

int store_seal(const CommonOptions& common) {
  const Order order{"POST", "/v1/record/seal", Json::object(), "", kRecordPatience};
  const std::optional<Result<Json>> there = ask_over_socket(common, order);
  if (there) {
    Terminal terminal(common.color);
    return tell_sealed(terminal, roots_in(*there), common.json);
  }
  return with_store(common, false, [&](OpenStore& open, Terminal& terminal) {
    return seal_here(open, terminal, common.json);
  });
}

int store_roots(const CommonOptions& common, const StoreVerb& verb) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return list_roots(open, terminal, verb, common.json);
  });
}

int store_root(const CommonOptions& common, const StoreVerb& verb) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return export_root(open, terminal, verb);
  });
}

int store_keygen(const CommonOptions& common, const StoreVerb& verb) {
  Terminal terminal(common.color);
  if (verb.file.empty() == verb.vault.empty()) {
    return fail(terminal,
                Error{Errc::invalid, "say where the key is to be: a FILE, or --vault NAME"});
  }
  if (!verb.vault.empty() && !is_secret_name(verb.vault)) {
    return fail(terminal, Error{Errc::invalid,
                                "--vault: a secret's name is " + std::string(kSecretNameRule)});
  }
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const SigningKey key = SigningKey::generate();
  const Result<std::string> kept = keep_key(*config, verb, key);
  if (!kept) return fail(terminal, kept.error());
  const std::string text = key_text(key.key());
  if (common.json) {
    terminal.out(to_text(Json{{"key", *kept}, {"public_key", text}}) + "\n");
  } else {
    terminal.out(text + "\n");
    terminal.line("the private half is in " + *kept + "; write it into yoke.toml as\n  [record]\n" +
                  "  key = \"" + *kept + "\"\nand give the public half, above, to whoever checks");
  }
  return kExitCompleted;
}

void add_store(CLI::App& root, CommonOptions& common, StoreVerb& verb,
               std::function<int()>& chosen) {
  CLI::App* store = root.add_subcommand("store", "Seal, keep and move the record of all runs");
  store->require_subcommand(1);
  store->footer("Example:\n  yoke store seal");
  const auto add = [&](const char* name, const char* about, const char* example,
                       std::function<int()> action) {
    CLI::App* app = store->add_subcommand(name, about);
    app->footer("Example:\n  " + std::string(example));
    app->callback([&chosen, action = std::move(action)] { chosen = action; });
    return app;
  };
  const auto of_tenant = [&](CLI::App* app) {
    app->add_option("--tenant", verb.tenant, "Whose runs; 'local' unless said");
    return app;
  };
  add("seal", "Make a root over all runs that changed since the last", "yoke store seal",
      [&common] { return store_seal(common); });
  of_tenant(add("roots", "List the roots that were made", "yoke store roots",
                [&common, &verb] { return store_roots(common, verb); }));
  add_store_move(*store, common, verb, chosen);
  CLI::App* newest =
      of_tenant(add("root", "Export the newest root, to check the store against later",
                    "yoke store root --to root.json --with-runs",
                    [&common, &verb] { return store_root(common, verb); }));
  newest->add_option("--to", verb.file, "Into this file; standard output when left out")
      ->type_name("FILE");
  newest->add_flag("--with-runs", verb.with_runs, "How far each run had come, so that it is named");
  CLI::App* keygen = add("keygen", "Make a key that signs roots; prints its public half",
                         "yoke store keygen .yoke/record.key",
                         [&common, &verb] { return store_keygen(common, verb); });
  keygen->add_option("file", verb.file, "Where the private half is put; it must not be there yet");
  keygen->add_option("--vault", verb.vault, "Into the vault under this name instead")
      ->type_name("NAME");
}

}  // namespace yoke
