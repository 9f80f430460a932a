#include "guards/rule.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "guards/detectors.h"
#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke::guards {
namespace {

constexpr std::size_t kPatternsMax = 100;
constexpr std::size_t kDigitsOfNumber = 8;  // a number with fewer is nobody's

re2::RE2::Options quiet(bool any_case) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!any_case);
  return options;
}

// A phrase as an expression: its words, apart from others, with any space between them.
std::string phrase_expression(const std::string& phrase) {
  std::string out = R"((?:^|[^\pL\pN]))";
  bool first = true;
  for (const std::string& word : split(phrase, ' ')) {
    if (word.empty()) continue;
    if (!first) out += R"(\s+)";
    out += re2::RE2::QuoteMeta(word);
    first = false;
  }
  return out + R"((?:$|[^\pL\pN]))";
}

Error bad_key(const char* key, const std::string& why) {
  return Error{Errc::invalid, std::string("'") + key + "' " + why, key};
}

Result<void> check_find(const GuardRule& rule) {
  std::vector<std::string> names = {"personal", "secrets"};
  for (const std::string_view kind : personal_kinds()) names.emplace_back(kind);
  for (const std::string_view kind : secret_kinds()) names.emplace_back(kind);
  for (const std::string& each : rule.find) {
    if (std::find(names.begin(), names.end(), each) != names.end()) continue;
    return bad_key("find", "names '" + shorten(printable(each), 60) +
                               "', which is nothing that can be found" + did_you_mean(each, names));
  }
  return {};
}

Result<void> check_patterns(const GuardRule& rule) {
  if (rule.patterns.size() > kPatternsMax) return bad_key("patterns", "are over 100");
  for (const auto& [name, pattern] : rule.patterns) {
    const re2::RE2 regex(pattern, quiet(false));
    if (!regex.ok()) {
      return bad_key("patterns", "has the expression '" + name +
                                     "' that RE2 cannot read: " + printable(regex.error()));
    }
    if (regex.Match("", 0, 0, re2::RE2::UNANCHORED, nullptr, 0)) {
      return bad_key("patterns", "has the expression '" + name +
                                     "' that fits nothing at all: ask "
                                     "for at least one character");
    }
  }
  return {};
}

}  // namespace

Json to_json(const GuardRule& rule) {
  Json out{{"name", rule.name},         {"agents", rule.agents},
           {"tools", rule.tools},       {"verdict", name_of(rule.verdict)},
           {"find", rule.find},         {"allow", rule.allow},
           {"topics", rule.topics},     {"chars_max", rule.chars_max},
           {"why", rule.why},           {"judge", rule.judge},
           {"ask", rule.ask},           {"closed", rule.closed},
           {"patterns", Json::array()}, {"at", Json::array()}};
  for (const auto& [name, pattern] : rule.patterns) {
    out["patterns"].push_back(Json::array({name, pattern}));
  }
  for (const GuardPlace place : rule.at) out["at"].push_back(name_of(place));
  if (rule.script) out["script"] = yoke::to_json(*rule.script);
  return out;
}

Result<GuardRule> rule_from_json(const Json& value) {
  const auto texts = [&value](const char* key) {
    std::vector<std::string> out;
    for (const Json& each : member_at(value, key)) {
      if (each.is_string()) out.push_back(each.get<std::string>());
    }
    return out;
  };
  GuardRule rule;
  rule.name = string_at(value, "name");
  rule.at.clear();
  for (const std::string& each : texts("at")) {
    const Result<GuardPlace> place = guard_place_from_name(each);
    if (!place) return place.error();
    rule.at.push_back(*place);
  }
  const Result<GuardVerdict> verdict = guard_verdict_from_name(string_at(value, "verdict"));
  if (!verdict) return verdict.error();
  rule.verdict = *verdict;
  rule.agents = texts("agents");
  rule.tools = texts("tools");
  rule.find = texts("find");
  rule.allow = texts("allow");
  rule.topics = texts("topics");
  rule.chars_max = integer_at(value, "chars_max");
  rule.why = string_at(value, "why");
  rule.judge = string_at(value, "judge");
  rule.ask = string_at(value, "ask");
  rule.closed = bool_at(value, "closed", true);
  for (const Json& each : member_at(value, "patterns")) {
    if (!each.is_array() || each.size() != 2 || !each[0].is_string() || !each[1].is_string()) {
      return Error{Errc::invalid, "a guard of this run cannot be restored: its patterns"};
    }
    rule.patterns.emplace_back(each[0].get<std::string>(), each[1].get<std::string>());
  }
  if (value.contains("script")) {
    Result<ScriptSource> script = script_source_from_json(value["script"]);
    if (!script) return script.error();
    rule.script = std::move(*script);
  }
  const Result<void> sound = check_rule(rule);
  if (!sound) return sound.error();
  return rule;
}

Result<void> check_rule(const GuardRule& rule) {
  const bool cuts = !rule.find.empty() || !rule.patterns.empty();
  const bool looks = cuts || !rule.topics.empty() || rule.chars_max > 0;
  if (!looks && !rule.script && rule.judge.empty()) {
    return Error{Errc::invalid,
                 "it looks for nothing: write find, patterns, topics, chars_max, lua or judge"};
  }
  if (rule.at.empty()) return bad_key("at", "is empty, so the guard stands nowhere");
  if (rule.verdict == GuardVerdict::pass)
    return bad_key("verdict", "must be block, redact or flag");
  const bool redacts = rule.verdict == GuardVerdict::redact;
  if (redacts && !rule.judge.empty()) {
    return bad_key("verdict",
                   "cannot be redact with a judge, which says yes or no: write block or "
                   "flag, or a guard of its own for what is to be cut out");
  }
  if (redacts && !cuts && rule.chars_max == 0 && !rule.script) {
    return bad_key("verdict", "cannot be redact with topics alone: write block or flag");
  }
  if (!rule.judge.empty() && rule.ask.empty()) {
    return bad_key("ask",
                   "is missing: say what the judge is to find out, as in \"Does the text "
                   "give medical advice?\"");
  }
  if (rule.chars_max < 0) return bad_key("chars_max", "must be above 0");
  const Result<void> found = check_find(rule);
  return found ? check_patterns(rule) : found;
}

struct PatternGuard::Expressions {
  using Named = std::vector<std::pair<std::string, std::unique_ptr<re2::RE2>>>;
  Named patterns;
  Named topics;
  std::vector<std::string_view> kinds;
};

namespace {

struct Part {
  std::string name;
  std::size_t from = 0;
  std::size_t to = 0;
};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char each) {
    return (static_cast<unsigned char>(each) & 0xC0) != 0x80;
  }));
}

// The text cut after so many characters.
std::string first_chars(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && count++ == most) break;
  }
  return std::string(text.substr(0, at));
}

void find_pattern(std::string_view text, const std::string& name, const re2::RE2& regex,
                  std::vector<Part>& parts) {
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece match;
  std::size_t at = 0;
  while (at < text.size() && regex.Match(whole, at, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    const auto from = static_cast<std::size_t>(match.data() - text.data());
    at = from + std::max<std::size_t>(match.size(), 1);
    if (!match.empty()) parts.push_back(Part{name, from, from + match.size()});
  }
}

}  // namespace

// One look at a value: what was found in its texts, while they are gone through.
class PatternGuard::Look {
 public:
  explicit Look(const PatternGuard& guard)
      : rule_(guard.rule_),
        expressions_(*guard.expressions_),
        cuts_(rule_.verdict != GuardVerdict::flag) {}

  // Recursion is bounded by the depth that the JSON door lets in.
  void walk(Json& node) {
    if (node.is_string()) {
      std::string after = cut(node.get_ref<const std::string&>());
      if (cuts_) node = std::move(after);
    } else if (node.is_number_integer()) {
      const std::string digits = to_text(node);
      if (digits.size() < kDigitsOfNumber) return;
      std::string after = cut(digits);
      if (cuts_ && after != digits) node = std::move(after);
    } else if (node.is_array()) {
      for (Json& each : node) walk(each);
    } else if (node.is_object()) {
      walk_members(node);
    }
  }

  Guarded decide(Json value) {
    Guarded guarded;
    if (!counts_.empty()) {
      std::vector<std::string> names;
      for (const auto& [name, count] : counts_) names.push_back(name);
      add(guarded, rule_.verdict, "finds " + join(names, ", "), Json(counts_));
    }
    // A topic has no part that could be cut out.
    const bool redacts = rule_.verdict == GuardVerdict::redact;
    const GuardVerdict whole = redacts ? GuardVerdict::block : rule_.verdict;
    if (!topics_.empty()) {
      add(guarded, whole, "topic '" + topics_.begin()->first + "'", Json(topics_));
    }
    const auto most = static_cast<std::size_t>(rule_.chars_max);
    if (most > 0 && chars_ > most) {
      const bool shortens = redacts && value.is_string();
      if (shortens) value = first_chars(value.get_ref<const std::string&>(), most) + " [cut]";
      add(guarded, shortens ? GuardVerdict::redact : whole, "chars_max " + std::to_string(most),
          Json{{"chars", chars_}});
    }
    guarded.value = std::move(value);
    return guarded;
  }

 private:
  void walk_members(Json& node) {
    Json out = Json::object();
    for (const auto& [key, inner] : node.items()) {
      walk(inner);
      const std::string after = cut(key);
      const std::string& plain = cuts_ ? after : key;
      std::string name = plain;
      for (int i = 2; out.contains(name); ++i) name = plain + " " + std::to_string(i);
      out[name] = std::move(inner);
    }
    node = std::move(out);
  }

  bool is_allowed(std::string_view found) const {
    return std::any_of(rule_.allow.begin(), rule_.allow.end(),
                       [found](const std::string& glob) { return glob_match(glob, found); });
  }

  std::vector<Part> parts_of(std::string_view text) const {
    std::vector<Part> parts;
    for (const Found& each : find_kinds(text, expressions_.kinds)) {
      parts.push_back(Part{std::string(each.kind), each.from, each.to});
    }
    for (const auto& [name, regex] : expressions_.patterns) {
      find_pattern(text, name, *regex, parts);
    }
    std::erase_if(parts, [&](const Part& part) {
      return is_allowed(text.substr(part.from, part.to - part.from));
    });
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Part& a, const Part& b) { return a.from < b.from; });
    return parts;
  }

  // The text with what was found replaced by its name.
  std::string cut(const std::string& text) {
    const std::vector<Part> parts = parts_of(text);
    std::string out;
    std::size_t at = 0;
    for (const Part& part : parts) {
      ++counts_[part.name];
      if (part.from >= at) out += text.substr(at, part.from - at) + "[" + part.name + "]";
      at = std::max(at, part.to);
    }
    for (const auto& [topic, regex] : expressions_.topics) {
      if (re2::RE2::PartialMatch(text, *regex)) ++topics_[topic];
    }
    chars_ += characters(text);
    return out + text.substr(std::min(at, text.size()));
  }

  void add(Guarded& guarded, GuardVerdict verdict, std::string what, Json found) const {
    GuardDecision& decision = guarded.decisions.emplace_back();
    decision.guard = rule_.name;
    decision.verdict = verdict;
    decision.rule = std::move(what);
    decision.why = rule_.why;
    decision.found = std::move(found);
  }

  const GuardRule& rule_;
  const Expressions& expressions_;
  const bool cuts_;
  std::map<std::string, int> counts_;
  std::map<std::string, int> topics_;
  std::size_t chars_ = 0;
};

PatternGuard::PatternGuard(GuardRule rule) : rule_(std::move(rule)) {
  auto made = std::make_unique<Expressions>();
  for (const auto& [name, pattern] : rule_.patterns) {
    made->patterns.emplace_back(name, std::make_unique<re2::RE2>(pattern, quiet(false)));
    ENSURE(made->patterns.back().second->ok());
  }
  for (const std::string& topic : rule_.topics) {
    made->topics.emplace_back(topic,
                              std::make_unique<re2::RE2>(phrase_expression(topic), quiet(true)));
    ENSURE(made->topics.back().second->ok());
  }
  const auto wants = [this](std::string_view name) {
    return std::find(rule_.find.begin(), rule_.find.end(), name) != rule_.find.end();
  };
  for (const std::string_view kind : personal_kinds()) {
    if (wants("personal") || wants(kind)) made->kinds.push_back(kind);
  }
  for (const std::string_view kind : secret_kinds()) {
    if (wants("secrets") || wants(kind)) made->kinds.push_back(kind);
  }
  expressions_ = std::move(made);
}

PatternGuard::~PatternGuard() = default;

bool PatternGuard::stands_at(GuardPlace place, std::string_view tool) const {
  if (std::find(rule_.at.begin(), rule_.at.end(), place) == rule_.at.end()) return false;
  if (place == GuardPlace::input || place == GuardPlace::output) return true;
  return std::any_of(rule_.tools.begin(), rule_.tools.end(),
                     [tool](const std::string& glob) { return glob_match(glob, tool); });
}

Guarded PatternGuard::check(Json value) const {
  Look look(*this);
  look.walk(value);
  return look.decide(std::move(value));
}

}  // namespace yoke::guards
