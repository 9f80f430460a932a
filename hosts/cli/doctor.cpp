#include <unistd.h>

#include <filesystem>

#include "hosts/app/agent_names.h"
#include "hosts/app/app.h"
#include "hosts/app/command.h"
#include "hosts/app/context_files.h"
#include "hosts/app/find_models.h"
#include "hosts/app/package_means.h"
#include "hosts/app/project.h"
#include "hosts/app/settings.h"
#include "hosts/app/version.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/doctor_servers.h"
#include "hosts/cli/linked.h"
#include "hosts/cli/support.h"
#include "hosts/config/vault_place.h"
#include "hosts/hook/keys/exposure.h"
#include "hosts/hook/serve_names.h"
#include "hosts/hook/triggers.h"
#include "hosts/keys/api_keys.h"
#include "models/local/local_servers.h"
#include "models/presets.h"
#include "models/prices.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "runtime/store/sqlite_version.h"
#include "sandbox/jail/layers.h"
#include "tools/workers/worker_pool.h"

// `yoke version` and `yoke doctor`.
namespace yoke {
namespace {

constexpr std::size_t kFoundShown = 4;  // models of a server
constexpr Micros kExpiresSoon = Micros{7} * 24 * 3600 * 1'000'000;

// One finding a line: "ok", "note" (works, but know this) or "bad" (something will fail).
class Findings {
 public:
  Findings(Terminal& terminal, bool json) : terminal_(terminal), json_(json) {}

  void add(const char* mark, const std::string& topic, const std::string& what) {
    if (std::string_view(mark) == "bad") failed_ = true;
    if (json_) {
      terminal_.out(to_text(Json{{"finding", mark}, {"topic", topic}, {"what", what}}) + "\n");
      return;
    }
    std::string line =
        std::string(mark) + std::string(6 - std::string_view(mark).size(), ' ') + topic;
    line.append(line.size() < 18 ? 18 - line.size() : 1, ' ');
    terminal_.out(line + printable(what) + "\n");
  }
  bool failed() const { return failed_; }

 private:
  Terminal& terminal_;
  bool json_;
  bool failed_ = false;
};

// Whether `yoke serve` would let anybody in, and nobody else.
void check_exposure(Findings& findings, const Config& config, bool has_keys) {
  Exposure exposure;
  exposure.has_keys = has_keys;
  exposure.has_oidc = config.serve.oidc.has_value();
  exposure.hosts = config.serve.hosts;
  for (const ListenAt& place : config.serve.listen) exposure.addresses.push_back(place.address);
  const Result<void> may = may_serve(exposure);
  if (!may) findings.add("bad", "serve", may.error().message());
}

bool has_no_scope(const Scopes& scopes) {
  for (int scope = 0; scope < kScopes; ++scope) {
    if (scopes.has(static_cast<Scope>(scope))) return false;
  }
  return true;
}

void check_key(Findings& findings, const KeyRecord& key, Micros now) {
  const std::string topic = "key " + key.name;
  const std::string again = "'yoke keys create' makes another, 'yoke keys revoke " + key.name + "'";
  if (has_no_scope(key.scopes)) {
    findings.add("note", topic, "has no scopes and may do nothing: " + again + " ends it");
  }
  if (key.expires_at == 0) return;
  const std::string at = to_iso8601(key.expires_at).substr(0, 16) + "Z";
  if (key.expires_at <= now) {
    findings.add("note", topic, "expired at " + at + ": " + again + " tidies it away");
  } else if (key.expires_at - now < kExpiresSoon) {
    findings.add("note", topic, "expires at " + at + ": " + again + " ends it then");
  }
}

void check_api_keys(Findings& findings, const Config& config, const ApiKeys& keys, Micros now) {
  std::size_t live = 0;
  for (const KeyRecord* key : keys.list()) {
    if (key->revoked_at != 0) continue;
    live += key->is_live(now) ? 1 : 0;
    check_key(findings, *key, now);
  }
  check_exposure(findings, config, keys.any());
  if (live > 0) findings.add("ok", "keys", std::to_string(live) + " of the hook's are live");
  if (live > 0 || !keys.any() || config.serve.oidc) return;
  findings.add("bad", "keys",
               "each has expired or is revoked, and `yoke serve` lets nobody in without one: make "
               "one with 'yoke keys create NAME'");
}

awaitable<int> check_kept_keys(Findings& findings, OpenStore& open) {
  SystemRandom random;
  ApiKeys keys(*open.store, open.wall, random);
  const Result<void> loaded = co_await keys.load();
  if (!loaded) findings.add("bad", "keys", loaded.error().message());
  if (loaded) check_api_keys(findings, open.config, keys, open.wall.now());
  co_return kExitCompleted;
}

// Looks into it beside whoever writes it.
void check_store_file(Findings& findings, Terminal& terminal, const CommonOptions& common) {
  asio::io_context io{1};
  const Result<std::unique_ptr<OpenStore>> open = open_store_of(common, io.get_executor(), true);
  if (!open) return findings.add("bad", "store", open.error().message());
  findings.add("ok", "store", (*open)->config.store_url.substr(7));
  run_to_end(io, terminal, check_kept_keys(findings, **open));
}

// Where it is and where its key is; of one that is not there yet, where they would be.
void check_vault(Findings& findings, Vault& vault) {
  const VaultPlace& place = vault.place();
  const Result<VaultSeen> seen = vault.look();
  if (!seen) return findings.add("bad", "vault", seen.error().message());
  const std::string home = home_words(place, seen->home);
  if (seen->exists) {
    return findings.add(
        "ok", "vault",
        place.file + ": " + std::to_string(seen->entries) + " kept; its key is in " + home);
  }
  findings.add("ok", "vault",
               "none yet; 'yoke secrets set NAME' makes " + place.file + ", its key in " + home);
}

void check_secrets(Findings& findings, const Config& config) {
  Vault vault(vault_place_of(config));
  check_vault(findings, vault);
  for (const auto& [name, reference] : config.secrets) {
    if (reference.starts_with(kVaultPrefix)) {
      const Result<Secret> kept = secret_in_vault(vault, reference);
      if (!kept) findings.add("bad", "secret " + name, kept.error().message());
      continue;
    }
    const Result<std::string> value = resolve_reference(config, reference);
    if (!value) findings.add("bad", "secret " + name, value.error().message());
  }
}

void check_store(Findings& findings, Terminal& terminal, const CommonOptions& common,
                 const Config& config) {
  if (!config.store_url.starts_with("sqlite:")) {
    findings.add("note", "store", config.store_url + " keeps nothing after the process ends");
    return check_exposure(findings, config, false);
  }
  const std::filesystem::path file = config.store_url.substr(7);
  std::error_code unknown;
  if (std::filesystem::exists(file, unknown) || unknown) {
    return check_store_file(findings, terminal, common);
  }
  check_exposure(findings, config, false);
  std::filesystem::path folder = file.parent_path();
  while (!std::filesystem::exists(folder, unknown) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    return findings.add(
        "bad", "store",
        "cannot make " + file.string() + ": " + folder.string() + " is not writable");
  }
  findings.add("ok", "store", file.string() + " (made by the first run)");
}

void check_sqlite(Findings& findings) {
  // Before 3.51.3 two connections that write and checkpoint at once can lose commits; Yoke has one.
  const bool fixed = sqlite_version_number() >= 3051003;
  findings.add("ok", "sqlite",
               sqlite_version() +
                   (fixed ? "" : ": has the WAL reset bug; safe here, only one connection writes"));
}

void check_isolation(Findings& findings, App& app) {
  findings.add("ok", "sandbox", "language surface and quotas are active");
  const Result<sandbox::Layers> layers = app.workers().layers();
  if (!layers) return findings.add("bad", "workers", layers.error().message());
  const sandbox::LayerNames names = names_of(*layers);
  findings.add("ok", "workers", "every script runs behind: " + join(names.active, ", "));
  if (!names.missing.empty()) {
    findings.add("note", "workers", "this system does not have: " + join(names.missing, ", "));
  }
  if (layers->seccomp) return;
  const bool all_the_same = app.config().sandbox.strangers_without_seccomp;
  findings.add(all_the_same ? "bad" : "note", "strangers",
               all_the_same ? "their scripts run although system calls are not filtered: "
                              "[sandbox] strangers_without_seccomp is on"
                            : "their scripts are refused: system calls are not filtered here");
}

// Of several keys, which are there.
void check_keys(Findings& findings, const Config& config, const std::string& name,
                const BackendConfig& backend) {
  std::vector<std::string> set;
  std::vector<std::string> unset;
  for (const std::string& reference : backend.api_keys) {
    (resolve_reference(config, reference) ? set : unset).push_back(reference);
  }
  std::string what = "preset " + backend.preset;
  what += set.empty() ? ", no key" : ", keys from " + join(set, ", ");
  if (!unset.empty()) what += "; not set: " + join(unset, ", ");
  findings.add(unset.empty() ? "ok" : "note", "backend " + name, what);
}

void check_backends(Findings& findings, const Config& config) {
  if (config.backends.empty()) {
    findings.add("note", "models",
                 "no [backends] in yoke.toml; what is found below works without them, and "
                 "'yoke init' writes a first one");
  }
  for (const auto& [name, backend] : config.backends) {
    const Preset* preset = find_preset(backend.preset);
    std::string what = "preset " + backend.preset;
    if (!backend.api_keys.empty()) {
      check_keys(findings, config, name, backend);
    } else if ((preset != nullptr && preset->key_needed) || !backend.api_key.empty()) {
      std::string reference =
          backend.api_key.empty() ? "env:" + std::string(preset->key_env) : backend.api_key;
      bool set = resolve_reference(config, reference).has_value();
      const bool also = !set && backend.api_key.empty() && !preset->key_env_also.empty();
      const std::string other = also ? "env:" + std::string(preset->key_env_also) : reference;
      if (also && resolve_reference(config, other).has_value()) {
        set = true;
        reference = other;
      }
      what += set ? ", key from " + reference : ", no key: " + reference + " is not set";
      findings.add(set ? "ok" : "note", "backend " + name, what);
    } else {
      findings.add("ok", "backend " + name, what);
    }
    if (backend.prices.is_null() && !find_price(backend.preset, "", {})) {
      const std::string refused =
          config.budgets.empty() ? "a limit of usd refuses" : "[budgets] refuses";
      findings.add("note", "backend " + name,
                   "no prices: its costs show as unknown and " + refused +
                       " its models; write them as [backends." + name + ".prices]");
    }
  }
  for (const std::string& section : config.inactive) {
    findings.add("note", "[" + section + "]", "is read, but this version does not act on it yet");
  }
}

// That backends have what they name, and servers that are to be started can be.
void check_launches(Findings& findings, const Config& config) {
  const Result<ModelsConfig> models = models_of(config);
  if (!models) return;  // opening the project tells
  for (const auto& [name, settings] : models->backends) {
    if (!settings.missing.empty()) {
      findings.add("note", "backend " + name, "cannot be used: " + settings.missing);
    }
    if (!settings.local.launch) continue;
    const Result<std::string> program = launch_program(*settings.local.launch);
    const std::string topic = "server " + name;
    if (program) {
      findings.add("ok", topic, "is started from " + *program + " when it is needed");
    } else {
      findings.add("bad", topic, program.error().detail);
    }
  }
}

// What can be used although yoke.toml does not name it.
void check_found(Findings& findings, const Config& config) {
  const Environment environment = environment_of(config);
  const auto add = [&](const std::string& preset, const std::string& what,
                       const std::string& example) {
    const bool configured = config.backends.contains(preset);
    findings.add("ok", "found " + preset,
                 what + (configured ? "; yoke.toml has a backend of this name"
                                    : "; use it as --model " + preset + "/" + example));
  };
  for (const FoundKey& key : found_keys(environment)) {
    const std::string at = key.address.empty() ? "" : ", at " + shown_url(key.address);
    add(key.preset, "its key is in " + key.variable + at, "MODEL");
  }
  for (const FoundServer& server : find_servers(usual_places(environment), kFindWithin)) {
    std::vector<std::string> names;
    for (const ListedModel& model : server.models) names.push_back(model.name);
    const std::string first = names.empty() ? "MODEL" : names.front();
    if (names.size() > kFoundShown) names.resize(kFoundShown);
    const std::string has = names.empty() ? "has no model yet" : "has " + join(names, ", ");
    add(server.preset, "answers at " + shown_url(server.root) + " and " + has, first);
  }
  for (const std::string& problem : address_problems(environment)) {
    findings.add("bad", "environment", problem);
  }
}

void check_documents(Findings& findings, const Config& config) {
  const std::string program = package_means_of(config).pdf.program;
  if (!program.empty()) return findings.add("ok", "documents", "PDF files are read by " + program);
  findings.add("note", "documents",
               "PDF files of agents' knowledge are not read: install poppler-utils");
}

void check_project(Findings& findings, App& app) {
  Project& project = app.project();
  for (const Error& error : project.problems()) findings.add("bad", "tools", error.message());
  for (const Error& error : skills_of(app.config()).problems) {
    findings.add("bad", "skills", error.message());
  }
  for (const std::string& note : project.notes()) findings.add("note", "tools", note);
  for (const Error& error : app.setting_problems()) findings.add("bad", "rules", error.message());
  for (const ToolSpec* spec : project.tools().list()) {
    const auto* tool = dynamic_cast<const LuaTool*>(project.tools().find(spec->name));
    if (tool == nullptr) continue;
    for (const Withheld& power : tool->narrowed().withheld) {
      findings.add("note", "tool " + spec->name,
                   power.place + " withholds what it asks for: " + power.words);
    }
  }
  findings.add("ok", "tools", std::to_string(project.tools().names().size()) + " loaded");
  for (const AgentListing& agent : project.agents()) {
    const bool fine = agent.problem.empty();
    findings.add(fine ? "ok" : "bad", "agent " + agent.name, fine ? agent.file : agent.problem);
  }
}

// What `yoke serve` would refuse to start with, and what it would do by itself.
void check_triggers(Findings& findings, App& app) {
  const Config& config = app.config();
  for (const Error& error : serve_name_problems(app)) {
    findings.add("bad", "serve", error.message());
  }
  for (const Error& error : budgets_of_strangers(config, app.project())) {
    findings.add("note", "budgets", error.message());
  }
  if (const Result<void> good = Triggers::check(app); !good) {
    return findings.add("bad", "serve", good.error().message());
  }
  const auto count = [&](std::size_t entries, const char* section, const char* what) {
    if (entries == 0) return;
    findings.add("ok", section, std::to_string(entries) + what);
  };
  count(config.hooks.size(), "hooks", " taken at /hooks/NAME by `yoke serve`");
  count(config.webhooks.size(), "webhooks", " told by `yoke serve`");
  count(config.schedules.size(), "schedules", " started by `yoke serve`");
}

constexpr const char* kOwnLicence = "Apache-2.0";

}  // namespace

int version(const CommonOptions& common) {
  Terminal terminal(common.color);
  if (common.json) {
    Json libraries = Json::array();
    for (const LinkedLibrary& each : linked_libraries()) {
      libraries.push_back(
          Json{{"name", each.name}, {"version", each.version}, {"licence", each.licence}});
    }
    Json out{{"version", YOKE_VERSION},           {"build", YOKE_BUILD_TYPE},
             {"compiler", YOKE_COMPILER},         {"licence", kOwnLicence},
             {"libraries", std::move(libraries)}, {"sqlite", sqlite_version()}};
    if (*kBuiltFrom != '\0') out["commit"] = kBuiltFrom;
    terminal.out(to_text(out) + "\n");
    return kExitCompleted;
  }
  const std::string commit = *kBuiltFrom == '\0' ? "" : std::string(", ") + kBuiltFrom;
  terminal.out("yoke " YOKE_VERSION " (" YOKE_BUILD_TYPE ", " YOKE_COMPILER ", SQLite " +
               sqlite_version() + commit + ")\n");
  std::string licences = std::string("licence: ") + kOwnLicence + "\n";
  for (const LinkedLibrary& each : linked_libraries()) {
    licences += "  " + each.name + (each.version.empty() ? "" : " " + each.version) + ": " +
                each.licence + "\n";
  }
  if (!common.quiet) terminal.out(licences);
  return kExitCompleted;
}

int doctor(const CommonOptions& common) {
  Terminal terminal(common.color);
  Findings findings(terminal, common.json);
  findings.add("ok", "yoke", YOKE_VERSION " " YOKE_BUILD_TYPE);
  ConfigPlace place;
  place.file = common.config;
  place.store_url = common.store;
  const Result<Config> config = load_config(place);
  if (!config) {
    findings.add("bad", "yoke.toml", config.error().message());
    return kExitFailed;
  }
  findings.add("ok", "yoke.toml",
               config->file.empty() ? "none found; the defaults are used" : config->file);
  check_store(findings, terminal, common, *config);
  check_sqlite(findings);
  check_backends(findings, *config);
  check_launches(findings, *config);
  check_found(findings, *config);
  check_secrets(findings, *config);
  CommonOptions apart = common;
  apart.store = "memory:";  // looks at everything but the store, which may be in use
  asio::io_context io{1};
  const Result<std::unique_ptr<App>> app = App::open(io, apart, "");
  if (app) {
    check_isolation(findings, **app);
    check_documents(findings, *config);
    check_project(findings, **app);
    const TellFinding tell = [&](const char* mark, const std::string& topic,
                                 const std::string& what) { findings.add(mark, topic, what); };
    run_to_end(io, terminal, check_servers(**app, tell));
    check_triggers(findings, **app);
  } else {
    findings.add("bad", "project", app.error().message());
  }
  return findings.failed() ? kExitFailed : kExitCompleted;
}

}  // namespace yoke
