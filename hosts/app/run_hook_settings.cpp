#include "hosts/app/run_hook_settings.h"

#include <cstdlib>

#include "hosts/config/run_hooks_config.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

Result<ScriptSource> hook_script(const Config& config, const std::string& file,
                                 ScriptHost& scripts) {
  Result<ScriptSource> source = read_script(config.project_dir, file);
  if (!source) return Error{Errc::invalid, source.error().message()};
  const Result<std::vector<ScriptDefinition>> defined = scripts.define(*source);
  if (!defined) return Error{Errc::invalid, defined.error().message()};
  const bool one = defined->size() == 1 && defined->front().kind == "hook" &&
                   defined->front().functions == std::vector<std::string>{"run"};
  if (one) return source;
  return Error{Errc::invalid, file + " must return hook { run = function(event) … end }"};
}

Result<hooks::HookRule> rule_from(const Config& config, const RunHookConfig& hook,
                                  ScriptHost& scripts) {
  hooks::HookRule rule;
  rule.name = hook.point + " " + std::to_string(hook.number);
  rule.on = *hook_point_from_name(hook.point);
  rule.matcher = hook.matcher;
  rule.command = hook.command;
  rule.timeout = hook.timeout.value_or(rule.timeout);
  rule.closed = hook.on_failure == "block";
  if (!hook.lua.empty()) {
    Result<ScriptSource> source = hook_script(config, hook.lua, scripts);
    if (!source) return source.error();
    rule.script = std::move(*source);
  }
  const Result<void> sound = hooks::check_hook(rule);
  if (!sound) return sound.error();
  return rule;
}

}  // namespace

Result<std::vector<hooks::HookRule>> hook_rules_of(const Config& config, ScriptHost& scripts) {
  const Result<std::vector<RunHookConfig>> written = run_hooks_of(config);
  if (!written) return written.error();
  std::vector<hooks::HookRule> rules;
  for (const RunHookConfig& hook : *written) {
    Result<hooks::HookRule> rule = rule_from(config, hook, scripts);
    if (!rule) {
      return Error{Errc::invalid, "[[hooks." + hook.point + "]] " + rule.error().detail,
                   place_in(config, hook.line)};
    }
    rules.push_back(std::move(*rule));
  }
  return rules;
}

std::map<std::string, std::string> hook_environment(const std::string& folder) {
  std::map<std::string, std::string> env;
  for (const char* name : {"PATH", "HOME", "LANG", "TZ", "TMPDIR"}) {
    if (const char* value = std::getenv(name)) env[name] = value;
  }
  env.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
  env["YOKE_PROJECT_DIR"] = folder;
  env["CLAUDE_PROJECT_DIR"] = folder;
  return env;
}

}  // namespace yoke
