#include "hosts/app/guard_settings.h"

#include "hosts/config/guards_config.h"
#include "runtime/base/text.h"
#include "runtime/ports/check_script.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

using guards::GuardRule;

Error wrong_key(const char* key, const std::string& why) {
  return Error{Errc::invalid, std::string("'") + key + "' " + why, key};
}

Result<void> read_texts(const Json& fields, const char* key, std::vector<std::string>& to) {
  const Json& value = member_at(fields, key);
  if (value.is_null()) return {};
  if (!value.is_array()) return wrong_key(key, "must be a list of texts");
  to.clear();
  for (const Json& each : value) {
    if (!each.is_string()) return wrong_key(key, "must be a list of texts");
    to.push_back(each.get<std::string>());
  }
  return {};
}

Result<void> read_text(const Json& fields, const char* key, std::string& to) {
  const Json& value = member_at(fields, key);
  if (value.is_null()) return {};
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    return wrong_key(key, "must be a text");
  }
  to = value.get<std::string>();
  return {};
}

Result<void> read_lists(const Json& fields, GuardRule& rule) {
  std::vector<std::string> at;
  const std::pair<const char*, std::vector<std::string>*> lists[] = {
      {"at", &at},          {"agents", &rule.agents}, {"tools", &rule.tools},
      {"find", &rule.find}, {"allow", &rule.allow},   {"topics", &rule.topics}};
  for (const auto& [key, to] : lists) {
    const Result<void> read = read_texts(fields, key, *to);
    if (!read) return read;
  }
  if (fields.contains("at")) rule.at.clear();
  for (const std::string& each : at) {
    const Result<GuardPlace> place = guard_place_from_name(each);
    if (!place) return Error{Errc::invalid, place.error().detail, "at"};
    rule.at.push_back(*place);
  }
  return {};
}

Result<void> read_patterns_of(const Json& fields, GuardRule& rule) {
  const Json& patterns = member_at(fields, "patterns");
  if (patterns.is_null()) return {};
  if (!patterns.is_object()) {
    return wrong_key("patterns", "must be a table such as { ticket = \"TCK-[0-9]+\" }");
  }
  for (const auto& [name, pattern] : patterns.items()) {
    if (!pattern.is_string()) return wrong_key("patterns", "must hold expressions as texts");
    rule.patterns.emplace_back(name, pattern.get<std::string>());
  }
  return {};
}

Result<void> read_verdicts(const Json& fields, GuardRule& rule) {
  std::string verdict = "block";
  std::string failure = "block";
  for (const auto& [key, to] :
       {std::pair{"verdict", &verdict}, std::pair{"on_failure", &failure}}) {
    const Result<void> read = read_text(fields, key, *to);
    if (!read) return read;
  }
  const Result<GuardVerdict> said = guard_verdict_from_name(verdict);
  if (!said || *said == GuardVerdict::pass) {
    return wrong_key("verdict", "must be \"block\", \"redact\" or \"flag\"");
  }
  rule.verdict = *said;
  if (failure != "block" && failure != "flag") {
    return wrong_key("on_failure", "must be \"block\" or \"flag\"");
  }
  rule.closed = failure == "block";
  return {};
}

Result<void> read_script_of(const Config& config, const Json& fields, ScriptHost& scripts,
                            GuardRule& rule) {
  std::string file;
  const Result<void> read = read_text(fields, "lua", file);
  if (!read || file.empty()) return read;
  Result<ScriptSource> source = read_script(config.project_dir, file);
  if (!source) return Error{Errc::invalid, source.error().message(), "lua"};
  const Result<void> sound = require_check(*source, scripts);
  if (!sound) return Error{Errc::invalid, sound.error().message(), "lua"};
  rule.script = std::move(*source);
  return {};
}

Result<GuardRule> rule_of(const Config& config, const GuardConfig& guard, ScriptHost& scripts) {
  GuardRule rule;
  rule.name = guard.name;
  const Json& fields = guard.fields;
  for (const auto& [key, to] : {std::pair{"why", &rule.why}, std::pair{"judge", &rule.judge},
                                std::pair{"ask", &rule.ask}}) {
    const Result<void> read = read_text(fields, key, *to);
    if (!read) return read.error();
  }
  const Json& most = member_at(fields, "chars_max");
  if (!most.is_null()) {
    if (!most.is_number_integer() || most.get<std::int64_t>() < 1) {
      return wrong_key("chars_max", "must be a whole number from 1 on");
    }
    rule.chars_max = most.get<std::int64_t>();
  }
  const Result<void> all[] = {read_lists(fields, rule), read_patterns_of(fields, rule),
                              read_verdicts(fields, rule),
                              read_script_of(config, fields, scripts, rule)};
  for (const Result<void>& each : all) {
    if (!each) return each.error();
  }
  const Result<void> sound = guards::check_rule(rule);
  if (!sound) return sound.error();
  return rule;
}

}  // namespace

Result<std::vector<GuardRule>> guard_rules_of(const Config& config, ScriptHost& scripts) {
  const Result<std::vector<GuardConfig>> guards = guards_config_of(config);
  if (!guards) return guards.error();
  std::vector<GuardRule> rules;
  for (const GuardConfig& guard : *guards) {
    Result<GuardRule> rule = rule_of(config, guard, scripts);
    if (!rule) {
      const auto line = guard.lines.find(rule.error().place);
      const int number = line == guard.lines.end() ? guard.line : line->second;
      return Error{Errc::invalid, "[guards." + guard.name + "] " + rule.error().detail,
                   place_in(config, number)};
    }
    rules.push_back(std::move(*rule));
  }
  return rules;
}

}  // namespace yoke
