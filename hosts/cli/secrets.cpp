#include "hosts/cli/secrets.h"

#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>

#include "hosts/app/command.h"
#include "hosts/app/spend_report.h"
#include "hosts/cli/support.h"
#include "hosts/config/config.h"
#include "hosts/config/tenant_name.h"
#include "hosts/config/vault_place.h"
#include "hosts/terminal/hidden_line.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

// Where a name of yoke.toml has its value, and whether there is one.
struct SecretRow {
  std::string name;
  std::string tenant;
  std::string from;   // "env:NAME", "vault"; empty: only the vault knows of it
  std::string state;  // a time of setting, "there", "missing"
};

Result<void> check_secret(const SecretsVerb& verb) {
  if (!is_tenant_name(verb.tenant)) {
    return Error{Errc::invalid, "a tenant's name is " + std::string(kTenantNameRule)};
  }
  if (is_secret_name(verb.name)) return {};
  // Whoever gives the value instead of a name is not to find it in the terminal's history twice.
  return Error{Errc::invalid, "a secret's name is " + std::string(kSecretNameRule) +
                                  "; its value is asked for, or read from standard input"};
}

// One line break at the end is the shell's, not the value's.
std::string without_line_break(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<Secret> read_value(Terminal& terminal, const SecretsVerb& verb) {
  std::string text;
  if (terminal.in_is_terminal()) {
    const std::optional<std::string> line =
        read_hidden_line("value of " + verb.name + " (it is not shown): ");
    if (!line) return Error{Errc::cancelled, "nothing was set"};
    text = *line;
  } else {
    text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
    text = without_line_break(std::move(text));
  }
  if (text.empty()) return Error{Errc::invalid, "there is no value: nothing was set"};
  return Secret(std::move(text));
}

const std::map<std::string, std::string>* references_of(const Config& config,
                                                        const std::string& tenant) {
  if (tenant == kLocalTenant) return &config.secrets;
  const auto found = config.tenants.find(tenant);
  return found == config.tenants.end() ? nullptr : &found->second.secrets;
}

std::string section_of_tenant(const std::string& tenant) {
  return tenant == kLocalTenant ? "[secrets]" : "[tenants." + tenant + ".secrets]";
}

// What is in the vault does nothing until a name refers to it.
void note_reference(Terminal& terminal, const Config& config, const SecretsVerb& verb) {
  const auto* references = references_of(config, verb.tenant);
  const std::string wanted = vault_reference(verb.tenant, verb.name);
  for (const auto& [name, reference] :
       references == nullptr ? std::map<std::string, std::string>() : *references) {
    if (reference == wanted) return;
  }
  const bool other = references != nullptr && references->contains(verb.name);
  terminal.line("note: " + section_of_tenant(verb.tenant) + " in yoke.toml " +
                (other ? "takes " + verb.name + " from elsewhere (" +
                             printable(references->at(verb.name)) + ")"
                       : "does not name it yet") +
                "; write there: " + verb.name + " = \"vault\"");
}

std::string day_and_time(Micros at) {
  const std::string text = to_iso8601(at);
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

void add_rows(const Config& config, const std::string& tenant,
              const std::map<std::string, std::string>& references,
              const std::map<std::string, Micros>& in_vault, std::vector<SecretRow>& rows) {
  for (const auto& [name, reference] : references) {
    SecretRow row{name, tenant, reference, ""};
    const auto set = in_vault.find(reference);
    if (set != in_vault.end()) {
      row.state = day_and_time(set->second);
    } else if (reference == kSharedSecret) {
      row.state = config.secrets.contains(name) ? "there" : "missing";
    } else if (reference.starts_with(kVaultPrefix)) {
      row.state = "missing";
    } else {
      row.state = resolve_reference(config, reference) ? "there" : "missing";
    }
    if (reference == vault_reference(tenant, name)) row.from = "vault";
    rows.push_back(std::move(row));
  }
}

// Of a vault that was just made.
void note_key(Terminal& terminal, Vault& vault) {
  const Result<VaultSeen> seen = vault.look();
  if (!seen) return;
  terminal.line("made that vault; its key is in " + home_words(vault.place(), seen->home));
}

std::optional<VaultKeyHome> wanted_home(const SecretsVerb& verb) {
  if (verb.in_keyring) return VaultKeyHome::keyring;
  if (verb.in_file) return VaultKeyHome::file;
  if (verb.in_environment) return VaultKeyHome::given;
  return std::nullopt;
}

std::string after_rekey(const VaultPlace& place, const VaultRekeyed& done) {
  const std::string was = home_words(place, done.was);
  if (done.forgot && done.was != VaultKeyHome::given) return "the old one is no longer in " + was;
  if (!done.kept_because.empty()) {
    return "the old one could not be taken out of " + was + ": " + done.kept_because;
  }
  if (done.was != VaultKeyHome::given) {
    return "the old one is still in " + was + ", for copies of the vault that were made before";
  }
  if (done.is != VaultKeyHome::given) return "YOKE_VAULT_KEY can go, when no other vault needs it";
  return "now put YOKE_VAULT_KEY_NEXT into the place of YOKE_VAULT_KEY, and leave the first out";
}

}  // namespace

int secrets_set(const CommonOptions& common, const SecretsVerb& verb) {
  Terminal terminal(common.color);
  if (const Result<void> sound = check_secret(verb); !sound) return fail(terminal, sound.error());
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const Result<Secret> value = read_value(terminal, verb);
  if (!value) return fail(terminal, value.error());
  Vault vault(vault_place_of(*config));
  std::error_code unknown;
  const bool is_new = !std::filesystem::exists(vault.place().file, unknown);
  const Result<void> set =
      vault.set(VaultKind::secret, verb.tenant, verb.name, *value, SystemWallClock().now());
  if (!set) return fail(terminal, set.error());
  if (common.quiet) return kExitCompleted;
  terminal.line("set " + verb.name + " in the vault " + vault.place().file);
  if (is_new) note_key(terminal, vault);
  note_reference(terminal, *config, verb);
  return kExitCompleted;
}

int secrets_remove(const CommonOptions& common, const SecretsVerb& verb) {
  Terminal terminal(common.color);
  if (const Result<void> sound = check_secret(verb); !sound) return fail(terminal, sound.error());
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  Vault vault(vault_place_of(*config));
  const Result<bool> removed = vault.remove(VaultKind::secret, verb.tenant, verb.name);
  if (!removed) return fail(terminal, removed.error());
  if (!*removed) {
    return fail(terminal,
                Error{Errc::not_found, "the vault has no secret '" + verb.name + "' of tenant '" +
                                           verb.tenant + "'; see 'yoke secrets list'"});
  }
  if (!common.quiet) terminal.line("removed " + verb.name + " from the vault");
  return kExitCompleted;
}

int secrets_rekey(const CommonOptions& common, const SecretsVerb& verb) {
  Terminal terminal(common.color);
  if (verb.in_keyring + verb.in_file + verb.in_environment > 1) {
    return fail(terminal, Error{Errc::invalid, "say one of --keyring, --file and --env"});
  }
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  Vault vault(vault_place_of(*config));
  const Result<VaultRekeyed> done = vault.rekey(wanted_home(verb), verb.forget);
  if (!done) return fail(terminal, done.error());
  const VaultPlace& place = vault.place();
  if (common.json) {
    terminal.out(to_text(Json{{"vault", place.file},
                              {"key", home_words(place, done->is)},
                              {"was", home_words(place, done->was)},
                              {"forgot", done->forgot}}) +
                 "\n");
  }
  if (!common.quiet) {
    terminal.line("the vault " + place.file + " has a new key, in " + home_words(place, done->is));
    terminal.line(after_rekey(place, *done));
  }
  return done->kept_because.empty() ? kExitCompleted : kExitFailed;
}

int secrets_list(const CommonOptions& common) {
  Terminal terminal(common.color);
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  Vault vault(vault_place_of(*config));
  const Result<std::vector<VaultEntry>> kept = vault.list();
  std::map<std::string, Micros> in_vault;  // by reference
  std::vector<SecretRow> rows;
  for (const VaultEntry& entry : kept ? *kept : std::vector<VaultEntry>()) {
    if (entry.kind == VaultKind::sign_in) continue;
    in_vault[vault_reference(entry.tenant, entry.name)] = entry.set_at;
  }
  add_rows(*config, std::string(kLocalTenant), config->secrets, in_vault, rows);
  for (const auto& [name, tenant] : config->tenants) {
    add_rows(*config, name, tenant.secrets, in_vault, rows);
  }
  for (const VaultEntry& entry : kept ? *kept : std::vector<VaultEntry>()) {
    const std::string since = day_and_time(entry.set_at);
    if (entry.kind == VaultKind::sign_in) {
      rows.push_back({entry.name, entry.tenant, "sign-in", since});
      continue;
    }
    const auto* references = references_of(*config, entry.tenant);
    const std::string wanted = vault_reference(entry.tenant, entry.name);
    bool named = false;
    for (const SecretRow& row : rows) {
      named = named || (row.tenant == entry.tenant && row.name == entry.name);
    }
    for (const auto& [name, reference] : config->secrets) named = named || reference == wanted;
    if (references != nullptr) {
      for (const auto& [name, reference] : *references) named = named || reference == wanted;
    }
    if (!named) rows.push_back({entry.name, entry.tenant, "vault, unused", since});
  }
  std::vector<std::vector<std::string>> table = {{"name", "tenant", "from", "set (UTC)"}};
  for (const SecretRow& row : rows) {
    if (common.json) {
      terminal.out(
          to_text(Json{
              {"name", row.name}, {"tenant", row.tenant}, {"from", row.from}, {"set", row.state}}) +
          "\n");
    }
    table.push_back({row.name, row.tenant, row.from, row.state});
  }
  if (!kept) return fail(terminal, kept.error());
  if (common.json) return kExitCompleted;
  if (rows.empty()) {
    terminal.line("no secrets; put one into the vault with: yoke secrets set NAME");
    return kExitCompleted;
  }
  terminal.out(printable(aligned(table)));
  return kExitCompleted;
}

void add_secrets(CLI::App& root, CommonOptions& common, SecretsVerb& verb,
                 std::function<int()>& chosen) {
  CLI::App* secrets = root.add_subcommand("secrets", "Keys and passwords, kept by name");
  secrets->require_subcommand(1);
  secrets->footer("Example:\n  yoke secrets set WEATHER_KEY");
  const auto add = [&](const char* name, const char* about, const char* example,
                       std::function<int()> action) {
    CLI::App* app = secrets->add_subcommand(name, about);
    app->footer("Example:\n  " + std::string(example));
    app->callback([&chosen, action = std::move(action)] { chosen = action; });
    return app;
  };
  const auto with_name = [&](CLI::App* app) {
    app->add_option("name", verb.name, "What [secrets] calls it")->required();
    app->add_option("--tenant", verb.tenant, "Whose; 'local' unless said");
  };
  with_name(add("set", "Put a secret into the vault; its value is asked for, or piped in",
                "yoke secrets set WEATHER_KEY < key.txt",
                [&common, &verb] { return secrets_set(common, verb); }));
  add("list", "List secrets: where they come from, when they were set; never their values",
      "yoke secrets list", [&common] { return secrets_list(common); });
  with_name(add("remove", "Take a secret out of the vault", "yoke secrets remove WEATHER_KEY",
                [&common, &verb] { return secrets_remove(common, verb); }));
  CLI::App* rekey =
      add("rekey", "Give the vault a new key, where the old one is or elsewhere",
          "yoke secrets rekey --keyring", [&common, &verb] { return secrets_rekey(common, verb); });
  rekey->add_flag("--keyring", verb.in_keyring, "Into the desktop's keyring");
  rekey->add_flag("--file", verb.in_file, "Into the file of the key");
  rekey->add_flag("--env", verb.in_environment, "The one of YOKE_VAULT_KEY_NEXT or YOKE_VAULT_KEY");
  rekey->add_flag("--forget", verb.forget,
                  "Take the old key away: copies of the vault, and others with that key, never "
                  "open again");
}

}  // namespace yoke
