#include "tools/policy_rules.h"

#include <algorithm>
#include <optional>

#include "runtime/base/text.h"
#include "sandbox/module_table.h"

namespace yoke {
namespace {

constexpr std::size_t kRuleBytesMax = 1'000;

std::string place_of(Verdict verdict) { return "policy." + std::string(name_of(verdict)); }

// Where to look for it: its line, else its list.
std::string place_of(const PolicyRule& rule) {
  return rule.place.empty() ? place_of(rule.verdict) : rule.place;
}

std::string shown(const PolicyRule& rule) {
  const std::string list = rule.place.empty() ? "" : " in " + place_of(rule.verdict);
  return "'" + shorten(printable(rule.text), 120) + "'" + list;
}

Error bad_rule(const PolicyRule& rule, const std::string& why) {
  return Error{Errc::invalid, "the rule " + shown(rule) + " " + why, place_of(rule)};
}

bool is_name_glob(std::string_view name) {
  static constexpr std::string_view kMarks = "._-:*?/";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool has_wildcard(std::string_view glob) { return glob.find_first_of("*?") != glob.npos; }

// The parts between commas that stand outside double quotes; null when a quote is left open.
std::optional<std::vector<std::string>> split_conditions(std::string_view text) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (quoted) return std::nullopt;
  return parts;
}

std::string unquoted(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

Result<void> read_conditions(PolicyRule& rule, std::string_view inside) {
  const auto parts = split_conditions(inside);
  if (!parts) return bad_rule(rule, "leaves a quote open");
  for (const std::string& part : *parts) {
    const std::size_t equals = part.find('=');
    const std::string argument(trim(std::string_view(part).substr(0, equals)));
    if (equals == std::string::npos || argument.empty() || has_wildcard(argument)) {
      return bad_rule(rule, "needs argument=glob between its parentheses");
    }
    const std::string glob = unquoted(std::string_view(part).substr(equals + 1));
    if (glob.find('"') != std::string::npos) {
      return bad_rule(rule, "has a quote within a glob");
    }
    rule.conditions.emplace_back(argument, glob);
  }
  return {};
}

// The argument that "message.to" names; null when there is none. A key that holds the dots itself
// wins.
const Json* argument_at(const Json& args, std::string_view path) {
  if (!args.is_object()) return nullptr;
  if (const auto whole = args.find(path); whole != args.end()) return &*whole;
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto first = args.find(path.substr(0, dot));
  if (first == args.end()) return nullptr;
  return argument_at(*first, path.substr(dot + 1));
}

bool value_matches(const Json& value, const std::string& glob, bool every) {
  if (value.is_string()) return glob_match(glob, value.get_ref<const std::string&>());
  if (!value.is_array()) return glob_match(glob, to_text(value));
  const auto matches = [&](const Json& item) { return value_matches(item, glob, every); };
  if (every) return !value.empty() && std::all_of(value.begin(), value.end(), matches);
  return std::any_of(value.begin(), value.end(), matches);
}

// True when every text that `narrow` matches, `wide` matches too. Never wrongly true.
bool covers(const std::string& wide, const std::string& narrow) {
  if (wide == narrow || wide == "*") return true;
  if (wide.find('?') != std::string::npos && has_wildcard(narrow)) return false;
  return glob_match(wide, narrow);
}

bool is_host_function(const std::string& name) {
  const std::size_t dot = name.find('.');
  const sandbox::Module* module = sandbox::find_module(name.substr(0, dot));
  if (module == nullptr || !module->effectful || dot == std::string::npos) return false;
  return std::any_of(module->functions.begin(), module->functions.end(),
                     [&](const auto& function) { return name.substr(dot + 1) == function.name; });
}

// Tools whose names are known only once what they come from is there.
bool is_of_later_kind(const std::string& name) {
  return name.starts_with("mcp:") || name.starts_with("plugin:") || name.starts_with("agent:");
}

void check_name(const PolicyRule& rule, std::span<const std::string> names,
                std::vector<Error>& errors) {
  if (has_wildcard(rule.name) || is_host_function(rule.name) || is_of_later_kind(rule.name)) return;
  if (std::find(names.begin(), names.end(), rule.name) != names.end()) return;
  std::vector<std::string> known(names.begin(), names.end());
  for (const sandbox::Module& module : sandbox::modules()) {
    if (!module.effectful) continue;
    for (const auto& function : module.functions) {
      known.push_back(std::string(module.name) + "." + function.name);
    }
  }
  errors.push_back(Error{Errc::not_found,
                         "the rule " + shown(rule) + " names a tool that there is none of" +
                             did_you_mean(rule.name, known),
                         place_of(rule)});
}

void check_reach(const PolicyRule& rule, const std::vector<PolicyRule>& rules,
                 std::vector<Error>& errors) {
  for (const PolicyRule& other : rules) {
    const bool wins = other.verdict > rule.verdict && other.conditions.empty();
    if (!wins || !covers(other.name, rule.name)) continue;
    errors.push_back(Error{Errc::conflict,
                           "the rule " + shown(rule) + " can never decide: '" + other.text +
                               "' in " + place_of(other.verdict) +
                               (other.place.empty() ? "" : " (" + other.place + ")") +
                               " wins over it; remove one of the two",
                           place_of(rule)});
    return;
  }
}

// What a host module shows of its requests to policy.
struct ShownArguments {
  std::string_view module;
  std::vector<std::string> arguments;
};

const std::vector<ShownArguments>& shown_arguments() {
  static const std::vector<ShownArguments> kShown = {
      {"fs", {"path"}},
      {"http", {"method", "scheme", "host", "port", "path"}},
      {"kv", {"key"}},
      {"mail", {"server", "from", "to", "subject"}},
      {"sqlite", {"path", "sql"}}};
  return kShown;
}

// The arguments of all that a rule names.
struct NamedArguments {
  std::vector<std::string> known;
  bool any = false;  // of something it names, what arguments there are is not known
  void take(const Json& schema);
  void take_functions(const std::string& glob);
};

void NamedArguments::take(const Json& schema) {
  const Json none = Json::object();
  const auto more = schema.find("additionalProperties");
  any = any || more == schema.end() || *more != Json(false);
  const auto fields = schema.find("properties");
  for (const auto& [name, field] : (fields == schema.end() ? none : *fields).items()) {
    known.push_back(name);
  }
}

void NamedArguments::take_functions(const std::string& glob) {
  for (const sandbox::Module& module : sandbox::modules()) {
    const bool named =
        std::any_of(module.functions.begin(), module.functions.end(), [&](const auto& function) {
          return glob_match(glob, std::string(module.name) + "." + function.name);
        });
    if (!named || !module.effectful) continue;
    const auto& all = shown_arguments();
    const auto shows = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.module == module.name; });
    any = any || shows == all.end();
    if (shows != all.end()) {
      known.insert(known.end(), shows->arguments.begin(), shows->arguments.end());
    }
  }
}

void check_conditions(const PolicyRule& rule, const NamedArguments& named,
                      std::vector<Error>& errors) {
  for (const auto& [path, glob] : rule.conditions) {
    const auto is_known = [&](const std::string& name) {
      return path == name || path.starts_with(name + ".");
    };
    if (std::any_of(named.known.begin(), named.known.end(), is_known)) continue;
    errors.push_back(Error{Errc::not_found,
                           "the rule " + shown(rule) + " can never match: what it names has no " +
                               "argument '" + path + "'" + did_you_mean(path, named.known),
                           place_of(rule)});
  }
}

}  // namespace

bool PolicyRule::matches(const PolicyQuery& query) const {
  if (!glob_match(name, query.tool)) return false;
  return std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
    const Json* value = argument_at(query.args, condition.first);
    return value != nullptr && value_matches(*value, condition.second, verdict == Verdict::allow);
  });
}

Result<PolicyRule> parse_policy_rule(Verdict verdict, const PolicyText& written) {
  PolicyRule rule;
  rule.verdict = verdict;
  rule.text = written.text;
  rule.place = written.place;
  const std::string& text = written.text;
  if (text.size() > kRuleBytesMax) return bad_rule(rule, "is over 1000 bytes");
  const std::string_view whole = trim(text);
  const std::size_t open = whole.find('(');
  rule.name = std::string(trim(whole.substr(0, open)));
  if (!is_name_glob(rule.name)) {
    return bad_rule(rule, "begins with no name of a tool, nor a glob over names");
  }
  if (open == std::string_view::npos) return rule;
  if (!whole.ends_with(')')) return bad_rule(rule, "does not end with ')'");
  const std::string_view inside = whole.substr(open + 1, whole.size() - open - 2);
  if (Result<void> read = read_conditions(rule, inside); !read) return read.error();
  return rule;
}

Result<std::unique_ptr<PolicyRules>> PolicyRules::from_lists(const PolicyLists& lists) {
  std::vector<PolicyRule> rules;
  const std::pair<Verdict, const std::vector<PolicyText>*> all[] = {
      {Verdict::deny, &lists.deny}, {Verdict::ask, &lists.ask}, {Verdict::allow, &lists.allow}};
  for (const auto& [verdict, texts] : all) {
    for (const PolicyText& text : *texts) {
      Result<PolicyRule> rule = parse_policy_rule(verdict, text);
      if (!rule) return rule.error();
      rules.push_back(std::move(*rule));
    }
  }
  return std::make_unique<PolicyRules>(std::move(rules));
}

PolicyDecision PolicyRules::decide(const PolicyQuery& query) const {
  PolicyDecision decision;
  for (const PolicyRule& rule : rules_) {
    if (!rule.matches(query)) continue;
    // The agent's own wish to ask is weakened by no allow.
    if (rule.verdict == Verdict::allow && query.agent_asks) break;
    decision.verdict = rule.verdict;
    decision.rule = rule.text;
    return decision;
  }
  decision.rule = query.agent_asks ? "agent.approve" : "default";
  const bool by_maker = query.tool_asks.value_or(query.effect == Effect::once);
  if (!query.agent_asks && query.tool_asks) decision.rule = "tool.confirmation";
  const bool asks = query.agent_asks || by_maker;
  decision.verdict = asks ? Verdict::ask : Verdict::allow;
  return decision;
}

std::vector<const PolicyRule*> PolicyRules::matching(const PolicyQuery& query) const {
  std::vector<const PolicyRule*> matching;
  for (const PolicyRule& rule : rules_) {
    if (rule.matches(query)) matching.push_back(&rule);
  }
  return matching;
}

std::vector<Error> check_policy(const PolicyRules& rules, std::span<const std::string> names) {
  std::vector<Error> errors;
  for (const PolicyRule& rule : rules.rules()) {
    check_name(rule, names, errors);
    check_reach(rule, rules.rules(), errors);
  }
  return errors;
}

std::vector<Error> check_arguments(const PolicyRules& rules, const ToolSet& tools) {
  std::vector<Error> errors;
  for (const PolicyRule& rule : rules.rules()) {
    if (rule.conditions.empty()) continue;
    NamedArguments named;
    for (const ToolSpec* spec : tools.list()) {
      if (glob_match(rule.name, spec->name)) named.take(spec->input_schema);
    }
    named.take_functions(rule.name);
    // What a rule with wildcards names may come later.
    if (named.any || named.known.empty()) continue;
    check_conditions(rule, named, errors);
  }
  return errors;
}

std::string explain(const PolicyDecision& decision) {
  const std::string verdict(name_of(decision.verdict));
  if (decision.rule == "default") {
    return verdict +
           ": no rule speaks of it; what only reads or may be repeated is allowed, the "
           "rest is asked about";
  }
  if (decision.rule == "tool.confirmation")
    return verdict + ": as the tool's maker wants it confirmed";
  if (decision.rule == "agent.approve") return verdict + ": the agent's `approve` list names it";
  return verdict + ": the rule '" + decision.rule + "' in " + place_of(decision.verdict);
}

}  // namespace yoke
