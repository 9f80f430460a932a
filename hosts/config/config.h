#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/config/hooks_config.h"
#include "hosts/config/serve_config.h"
#include "hosts/config/telemetry_config.h"
#include "runtime/base/json.h"
#include "runtime/base/money.h"
#include "runtime/base/result.h"

namespace yoke {

// What a backend says of its server on this machine.
struct LocalConfig {
  std::vector<std::string> launch;         // its command line
  std::map<std::string, std::string> env;  // a value may be a reference
  std::string gpus;                        // "0,1"; empty: as the server likes
  std::string cwd;                         // empty: the project's folder
  std::string health;                      // path; empty: the preset's
  std::optional<int> slots;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::chrono::milliseconds> idle_unload;
  std::optional<std::chrono::milliseconds> load_timeout;
};

// [backends.NAME.models."GLOB"]: what the operator knows of models.
struct FactsConfig {
  Json facts = Json::object();  // checked where they are used
  int line = 0;
};

// [backends.NAME.limits]; 0: any number.
struct LimitsConfig {
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;
  std::int64_t concurrent = 0;
};

struct BackendConfig {
  std::string preset;
  std::string base_url;
  std::string api;                         // "chat", "responses" or empty
  std::string api_key;                     // a reference: "env:NAME" or "file:PATH"
  std::vector<std::string> api_keys = {};  // several of them, used in turn
  std::string script;                      // preset "scripted"
  LocalConfig local;
  std::map<std::string, std::string> headers;  // a value may be a reference, too
  // {"input": usd per million tokens, "cached", "cache_write", "output", "date", "source",
  // "models": {GLOB: {"input" …}}}
  Json prices = nullptr;
  std::map<std::string, FactsConfig> models;  // by a glob over their names
  Json body = Json::object();                 // the vendor's own request fields
  std::optional<int> attempts;
  std::optional<std::chrono::milliseconds> idle_timeout;
  LimitsConfig limits = {};
  int line = 0;  // in yoke.toml
};

// A check of `escalate`.
struct RouteCheckConfig {
  std::string kind;   // "schema", "tools", "text", "pattern", "field" or "lua"
  std::string words;  // the text, pattern, field or file
  double least = 0;   // of a field
  int line = 0;
};

struct RouteCacheConfig {
  std::optional<std::chrono::milliseconds> age = {};
  std::optional<std::int64_t> entries = {};
  std::optional<std::int64_t> bytes = {};
  bool sampled = false;
};

// Empty and none: as the strategy, or every route, has it.
struct RouteConfig {
  std::string strategy = "fallback";
  std::vector<std::string> targets = {};
  std::vector<double> weights = {};
  std::vector<RouteCheckConfig> checks = {};
  std::optional<double> share = {};
  std::string commit = {};  // "first_token", "probe" or "whole"
  std::optional<std::int64_t> probe_chars = {};
  std::optional<std::chrono::milliseconds> probe_after = {};
  std::string after = {};  // "restart", "error" or "continue"
  std::optional<std::chrono::milliseconds> wait = {};
  std::optional<std::chrono::milliseconds> spill_after = {};
  std::optional<std::int64_t> structured_attempts = {};
  std::optional<RouteCacheConfig> cache = {};
  int line = 0;
  std::map<std::string, int> lines = {};  // of each key
};

struct RuleConfig {
  std::string text;
  int line = 0;
};

struct PolicyConfig {
  std::vector<RuleConfig> allow;
  std::vector<RuleConfig> ask;
  std::vector<RuleConfig> deny;
  std::string labels = "on";                                 // what tools/label_rules.h knows
  std::vector<RuleConfig> trusted;                           // globs of tools
  std::vector<RuleConfig> untrusted;                         // the same
  std::map<std::string, std::vector<std::string>> critical;  // by glob of tools: arguments
};

// [questions]: of approvals.
struct QuestionsConfig {
  std::chrono::milliseconds expire_after{0};  // 0: never
};

// [permissions."GLOB"]: the most that tools of these names may do.
struct NarrowingConfig {
  std::string tools;           // a glob over names
  Json caps = Json::object();  // as a script's `permissions`, but secrets are a list of names
  int line = 0;
  std::map<std::string, int> lines;  // of each key
};

// [sandbox]: what scripts may use, and where they may run.
struct SandboxConfig {
  struct Quota {
    std::int64_t value = 0;
    int line = 0;
  };
  std::map<std::string, Quota> quotas;  // "memory_mb", "run.host_calls"
  bool strangers_without_seccomp = false;
};

// One bound of [budgets].
struct BudgetConfig {
  std::string scope;  // "all", "run", "agent", "tenant", "session", "caller"
  std::string name;   // of the one agent, tenant, session or caller; empty: each has its own
  std::string per;    // "day", "month", "ever"
  std::optional<NanoUsd> usd = {};
  std::optional<std::int64_t> tokens = {};
  int line = 0;
};

// yoke.toml, read and checked: plain values. What it names is looked up later.
struct Config {
  std::string file;           // empty when there is none
  std::string project_dir;    // the folder of yoke.toml, else the current one; absolute
  std::string store_url;      // "sqlite:" paths are absolute
  std::string own_store_url;  // the same without --store: where the project's own runs are
  std::map<std::string, std::string> secrets;  // name -> reference
  std::map<std::string, TenantConfig> tenants;
  std::map<std::string, BackendConfig> backends;
  std::map<std::string, RouteConfig> routes;
  std::optional<std::int64_t> local_memory_bytes;  // [local] memory: of all local servers together
  std::vector<std::string> tool_paths = {"tools"};
  std::vector<std::string> third_party = {"tools/third_party"};  // scripts from elsewhere
  std::vector<NarrowingConfig> narrowings;
  SandboxConfig sandbox;
  std::map<std::string, BundledConfig> bundled;  // by group
  PolicyConfig policy;
  QuestionsConfig questions;
  std::vector<BudgetConfig> budgets;
  ServeConfig serve;
  TelemetryConfig telemetry;
  std::map<std::string, HookConfig> hooks;
  std::map<std::string, WebhookConfig> webhooks;
  std::map<std::string, ScheduleConfig> schedules;
  std::map<std::string, std::string> env;  // from .env; the process's own environment wins
  std::vector<std::string> inactive;       // sections that this version reads but does not act on
};

// Parses the text of a yoke.toml. Errors name "file:line" and, for an unknown key, the nearest
// known.
Result<Config> parse_config(const std::string& text, const std::string& file);

struct ConfigPlace {
  std::string file = {};       // --config
  std::string start_dir = {};  // where the search for yoke.toml begins
  std::string store_url = {};  // --store; wins over the file's
};

// The yoke.toml of the folder or one above it, else the XDG config folder's, else the defaults.
Result<Config> load_config(const ConfigPlace& place);

// "yoke.toml:12": where the file is named as a person would name it from the project's folder.
std::string place_in(const Config& config, int line);

// Whether the text is such a reference, and not a value that stands for itself.
bool is_reference(std::string_view text);

// Resolves "env:NAME" and "file:PATH". Errors name the reference, never a value.
Result<std::string> resolve_reference(const Config& config, const std::string& reference);

}  // namespace yoke
