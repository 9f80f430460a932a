#include "tools/label_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/text.h"

namespace yoke {
namespace {

using RuleText = std::pair<std::string_view, std::string_view>;
constexpr std::string_view kCritical = "labels.critical";
constexpr std::string_view kDecision = "labels.decision";
constexpr std::string_view kContent = "labels.content";
constexpr std::string_view kClearance = "labels.clearance";
constexpr std::string_view kStrict = "labels.strict";

constexpr std::array kMeanings{
    RuleText{
        kCritical,
        "a call with an effect goes where a trusted text says, once untrusted content is there"},
    RuleText{kDecision,
             "a call with an effect is decided by trusted text, once untrusted content is there"},
    RuleText{kContent, "a message carries no address that only an untrusted text has"},
    RuleText{kClearance, "nothing is added to a place that an untrusted text names"},
    RuleText{kStrict, "a call with an effect is asked about once untrusted content is there"},
};

bool matches_one(const std::vector<PolicyText>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const PolicyText& glob) { return glob_match(glob.text, name); });
}

bool is_full(const Json& permissions, const char* key) {
  const Json& value = member_at(permissions, key);
  return value.is_structured() && !value.empty();
}

bool reaches_out(const ToolSpec& tool) {
  if (!tool.origin.starts_with("lua:")) return !tool.origin.starts_with("builtin");
  return is_full(tool.permissions, "net") || is_full(tool.permissions, "smtp");
}

Trust trust_by_nature(const ToolSpec& tool, const ToolWords& words) {
  const bool built_in = tool.origin.starts_with("builtin") || tool.origin.starts_with("agent");
  if (built_in || tool.permissions.contains("memory")) return Trust::labelled;
  if (words.is_stranger || reaches_out(tool)) return Trust::untrusted;
  return Trust::local;
}

// "message.to[1]" is the argument message.to.
std::string without_index(const std::string& argument) {
  std::string path;
  bool inside = false;
  for (const char c : argument) {
    if (c == '[') inside = true;
    if (!inside) path += c;
    if (c == ']') inside = false;
  }
  return path;
}

// What the operator's allow rules that speak of the call cover by naming it.
class Covered {
 public:
  Covered(const FlowQuery& query, const PolicyRules& rules) {
    for (const PolicyRule* rule : rules.matching(query.call)) {
      if (rule->verdict != Verdict::allow) continue;
      by_name_ = by_name_ || rule->name == query.call.tool || !rule->conditions.empty();
      by_condition_ = by_condition_ || !rule->conditions.empty();
      for (const auto& [argument, glob] : rule->conditions) arguments_.push_back(argument);
    }
  }
  bool by_name() const { return by_name_; }
  bool by_condition() const { return by_condition_; }
  bool argument(const std::string& path) const {
    const std::string plain = without_index(path);
    return std::any_of(arguments_.begin(), arguments_.end(), [&](const std::string& named) {
      return plain == named || plain.starts_with(named + ".");
    });
  }

 private:
  bool by_name_ = false;
  bool by_condition_ = false;
  std::vector<std::string> arguments_;
};

std::string where_from(const FlowQuery& query) {
  return "untrusted content is in the run, from " + join(query.untrusted, ", ");
}

std::string words_for(const ArgumentSource& source, const FlowQuery& query) {
  std::string words = "the argument '" + source.argument + "' is " + to_text(Json(source.value));
  if (source.origin == ValueOrigin::nowhere) {
    return words + ", which stands in no trusted text; " + where_from(query);
  }
  words += ", which stands in no trusted text but in untrusted content";
  const auto& from = source.found_in.empty() ? query.untrusted : source.found_in;
  return words + ": " + join(from, ", ");
}

FlowDecision ask(std::string_view rule, std::string why) {
  FlowDecision decision;
  decision.decision.verdict = Verdict::ask;
  decision.decision.rule = std::string(rule);
  decision.why = std::move(why);
  return decision;
}

FlowDecision ask(std::string_view rule, const ArgumentSource& source, const FlowQuery& query) {
  FlowDecision decision = ask(rule, words_for(source, query));
  decision.argument = source.argument;
  return decision;
}

// A path that the model made up stays where the tool may write; one of an untrusted text is not to
// choose.
bool is_doubtful(const ArgumentSource& source) {
  if (source.origin == ValueOrigin::trusted) return false;
  const bool made_up = source.origin == ValueOrigin::nowhere && source.kind == CriticalKind::path;
  const bool leaves = source.value.starts_with('/') || source.value.starts_with('~') ||
                      source.value.find("..") != std::string::npos;
  return !made_up || leaves;
}

std::optional<FlowDecision> decide_effect(const FlowQuery& query, const Covered& covered) {
  for (const ArgumentSource& source : query.critical) {
    if (!is_doubtful(source) || covered.argument(source.argument)) continue;
    return ask(kCritical, source, query);
  }
  for (const ArgumentSource& source : query.carried) {
    if (!covered.argument(source.argument)) return ask(kContent, source, query);
  }
  if (!query.critical.empty() || covered.by_name()) return std::nullopt;
  // What may be repeated and stays here is no decision that matters.
  if (query.call.effect == Effect::idempotent && !query.tool.sends) return std::nullopt;
  for (const ArgumentSource& source : query.deciding) {
    if (source.origin != ValueOrigin::trusted) return ask(kDecision, source, query);
  }
  if (!query.deciding.empty()) return std::nullopt;
  return ask(kDecision, "no argument says what the call is for; " + where_from(query));
}

std::optional<FlowDecision> decide_read(const FlowQuery& query, const Covered& covered) {
  if (!query.tool.sends) return std::nullopt;
  for (const ArgumentSource& source : query.critical) {
    const bool put_together =
        source.kind == CriticalKind::place && source.origin == ValueOrigin::nowhere;
    if (!put_together || covered.argument(source.argument)) continue;
    return ask(kClearance, source, query);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(LabelMode mode) {
  if (mode == LabelMode::off) return "off";
  return mode == LabelMode::on ? "on" : "strict";
}

std::optional<LabelMode> label_mode_from_name(std::string_view name) {
  for (const LabelMode mode : {LabelMode::off, LabelMode::on, LabelMode::strict}) {
    if (name_of(mode) == name) return mode;
  }
  return std::nullopt;
}

ToolFlow LabelRules::flow_of(const ToolSpec& tool, const ToolWords& words) const {
  ToolFlow flow;
  flow.trust = trust_by_nature(tool, words);
  if (matches_one(settings_.trusted, tool.name)) flow.trust = Trust::trusted;
  if (matches_one(settings_.untrusted, tool.name)) flow.trust = Trust::untrusted;
  flow.sends = words.sends.value_or(reaches_out(tool));
  // A stranger does not say which of its arguments need no look.
  if (!words.is_stranger) flow.critical = words.critical;
  for (const auto& [glob, arguments] : settings_.critical) {
    if (glob_match(glob, tool.name)) flow.critical = arguments;
  }
  return flow;
}

FlowDecision LabelRules::decide(const FlowQuery& query, const PolicyRules& rules) const {
  FlowDecision plain;
  plain.decision = rules.decide(query.call);
  if (settings_.mode == LabelMode::off || query.untrusted.empty()) return plain;
  plain.sources = query.critical.empty() ? query.deciding : query.critical;
  if (plain.decision.verdict != Verdict::allow) return plain;
  const Covered covered(query, rules);
  const bool has_effect = query.call.effect != Effect::read;
  std::optional<FlowDecision> raised =
      has_effect ? decide_effect(query, covered) : decide_read(query, covered);
  const bool strict = settings_.mode == LabelMode::strict && has_effect;
  if (!raised && strict && !covered.by_condition()) raised = ask(kStrict, where_from(query));
  if (!raised) return plain;
  raised->sources = raised->decision.rule == kContent ? query.carried : std::move(plain.sources);
  return std::move(*raised);
}

std::vector<Error> check_labels(const LabelSettings& settings, const ToolSet& tools) {
  std::vector<Error> errors;
  const auto names_one = [&](const std::string& glob) {
    const auto specs = tools.list();
    return std::any_of(specs.begin(), specs.end(),
                       [&](const ToolSpec* spec) { return glob_match(glob, spec->name); });
  };
  // Tools of other kinds are known only once what they come from is there.
  const auto is_later = [](const std::string& glob) { return glob.find(':') != glob.npos; };
  const auto check = [&](const std::vector<PolicyText>& globs, const std::string& list) {
    for (const PolicyText& glob : globs) {
      const bool wild = glob.text.find_first_of("*?") != glob.text.npos;
      if (wild || is_later(glob.text) || names_one(glob.text)) continue;
      const std::string place = glob.place.empty() ? list : glob.place;
      std::vector<std::string> names;
      for (const ToolSpec* spec : tools.list()) names.push_back(spec->name);
      errors.push_back(Error{Errc::not_found,
                             "'" + shorten(printable(glob.text), 120) + "' in " + list +
                                 " names a tool that there is none of" +
                                 did_you_mean(glob.text, names),
                             place});
    }
  };
  check(settings.trusted, "policy.trusted");
  check(settings.untrusted, "policy.untrusted");
  for (const auto& [glob, arguments] : settings.critical) {
    check({PolicyText(glob)}, "policy.critical");
  }
  return errors;
}

std::string_view meaning_of_label_rule(std::string_view rule) {
  for (const auto& [name, meaning] : kMeanings) {
    if (name == rule) return meaning;
  }
  return {};
}

}  // namespace yoke
