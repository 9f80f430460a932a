#include "trials/checks.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "runtime/ports/check_script.h"
#include "trials/pattern.h"

namespace yoke {
namespace {

constexpr std::string_view kExpected = "{expected}";
constexpr std::array<std::string_view, 16> kKinds = {
    "contains",    "not_contains",    "equals",        "matches",
    "not_matches", "schema",          "calls",         "not_calls",
    "usd_at_most", "seconds_at_most", "steps_at_most", "tokens_at_most",
    "refuses",     "alike",           "lua",           "judge"};
const std::vector<std::string> kCommon = {"name", "only", "weight"};

std::string with_expected(std::string text, const std::string& word) {
  for (std::size_t at = text.find(kExpected); at != std::string::npos;
       at = text.find(kExpected, at + word.size())) {
    text.replace(at, kExpected.size(), word);
  }
  return text;
}

// Reads one entry.
class EntryReader {
 public:
  EntryReader(const CheckText& entry, const CheckFiles& files) : entry_(entry), files_(files) {}

  Result<Check> read() {
    if (Result<void> found = find_kind(); !found) return found.error();
    check_.place = entry_.place;
    for (const auto& step :
         {&EntryReader::check_names, &EntryReader::read_common, &EntryReader::read_kind}) {
      if (Result<void> done = (this->*step)(); !done) return done.error();
    }
    return std::move(check_);
  }

 private:
  Error wrong(const std::string& field, const std::string& what) const {
    const auto place = entry_.places.find(field);
    return Error{Errc::invalid, what, place == entry_.places.end() ? entry_.place : place->second};
  }

  Result<void> find_kind() {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      if (!entry_.fields.contains(kKinds[i])) continue;
      found.emplace_back(kKinds[i]);
      check_.kind = static_cast<CheckKind>(i);
    }
    if (found.size() == 1) return {};
    if (found.size() > 1) {
      return wrong(found[1], "a check says one thing: '" + found[0] + "' and '" + found[1] +
                                 "' are two checks");
    }
    const std::vector<std::string> kinds(kKinds.begin(), kKinds.end());
    for (const auto& [name, value] : entry_.fields.items()) {
      const std::string near = did_you_mean(name, kinds);
      if (!near.empty()) return wrong(name, "'" + name + "' is no check" + near);
    }
    return wrong("", "a check needs one of " + join(kinds, ", "));
  }

  Result<void> check_names() {
    std::vector<std::string> known = kCommon;
    known.emplace_back(name_of(check_.kind));
    const bool words = check_.kind <= CheckKind::not_matches;
    if (words) known.emplace_back("ignore_case");
    if (is_of_calls()) known.emplace_back("args");
    for (const auto& [name, value] : entry_.fields.items()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      return wrong(name, "'" + name + "' is no field of a '" + std::string(name_of(check_.kind)) +
                             "' check" + did_you_mean(name, known));
    }
    return {};
  }

  Result<void> read_common() {
    const Json& name = member_at(entry_.fields, "name");
    if (!name.is_null() && !name.is_string()) return wrong("name", "'name' must be a string");
    check_.name = string_at(entry_.fields, "name");
    const Json& only = member_at(entry_.fields, "only");
    const bool listed = only.is_null() || only.is_array();
    if (!listed) return wrong("only", "'only' must be a list of ids, in which * stands for any");
    for (const Json& each : only) {
      if (!each.is_string()) return wrong("only", "'only' must hold strings only");
      check_.only.push_back(each.get<std::string>());
    }
    const Json& weight = member_at(entry_.fields, "weight");
    if (!weight.is_null()) {
      check_.weight = weight.is_number() ? weight.get<double>() : -1;
      if (!(check_.weight > 0 && check_.weight <= 1000)) {
        return wrong("weight", "'weight' must be a number above 0, up to 1000");
      }
    }
    const Json& ignore = member_at(entry_.fields, "ignore_case");
    if (!ignore.is_null() && !ignore.is_boolean()) {
      return wrong("ignore_case", "'ignore_case' must be true or false");
    }
    check_.ignore_case = bool_at(entry_.fields, "ignore_case");
    return {};
  }

  bool is_of_calls() const {
    return check_.kind == CheckKind::calls || check_.kind == CheckKind::not_calls;
  }
  const Json& value() const { return entry_.fields.at(std::string(name_of(check_.kind))); }
  Error wrong_value(const std::string& what) const {
    return wrong(std::string(name_of(check_.kind)), what);
  }

  Result<void> read_kind() {
    switch (check_.kind) {
      case CheckKind::schema:
        return read_schema();
      case CheckKind::calls:
      case CheckKind::not_calls:
        return read_calls();
      case CheckKind::usd_at_most:
      case CheckKind::seconds_at_most:
      case CheckKind::steps_at_most:
      case CheckKind::tokens_at_most:
        return read_bound();
      case CheckKind::refuses:
        return read_refuses();
      case CheckKind::alike:
        return read_alike();
      case CheckKind::lua:
        return read_script();
      case CheckKind::judge:
        return read_judge();
      default:
        return read_words();
    }
  }

  void name_after(const std::string& words) {
    if (check_.name.empty()) {
      check_.name = std::string(name_of(check_.kind)) + " " + shorten(words, 40);
    }
  }

  Result<void> read_words() {
    const std::string kind(name_of(check_.kind));
    if (!value().is_string() || value().get<std::string>().empty()) {
      return wrong_value("'" + kind + "' must be a text that is not empty");
    }
    check_.text = value().get<std::string>();
    name_after(check_.text);
    if (check_.kind < CheckKind::matches) return {};
    const Result<bool> tried = pattern_found(with_expected(check_.text, "x"), false, "");
    if (!tried) return wrong_value("'" + kind + "': " + tried.error().detail);
    return {};
  }

  Result<void> read_schema() {
    Json schema = value();
    if (schema.is_string()) {
      Result<Json> read = files_.json(schema.get<std::string>());
      if (!read) return wrong_value("'schema': " + read.error().message());
      name_after(schema.get<std::string>());
      schema = std::move(*read);
    }
    if (check_.name.empty()) check_.name = "schema";
    Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
    if (!compiled) return wrong_value("'schema': " + compiled.error().message());
    check_.schema = std::move(*compiled);
    return {};
  }

  Result<void> read_calls() {
    if (!value().is_string() || value().get<std::string>().empty()) {
      return wrong_value("'" + std::string(name_of(check_.kind)) +
                         "' must name a tool; \"*\" is any");
    }
    check_.text = value().get<std::string>();
    name_after(check_.text);
    const Json& args = member_at(entry_.fields, "args");
    if (args.is_null()) return {};
    if (!args.is_object()) return wrong("args", "'args' must be a table of arguments");
    check_.args = args;
    return {};
  }

  Result<void> read_bound() {
    const std::string kind(name_of(check_.kind));
    check_.most = value().is_number() ? value().get<double>() : -1;
    if (!(check_.most >= 0)) return wrong_value("'" + kind + "' must be a number from 0 on");
    name_after(to_text(value()));
    return {};
  }

  Result<void> read_refuses() {
    if (!value().is_boolean()) return wrong_value("'refuses' must be true or false");
    check_.wanted = value().get<bool>();
    if (check_.name.empty()) check_.name = check_.wanted ? "refuses" : "does not refuse";
    return {};
  }

  // That the check's table holds no name but these.
  Result<void> read_table(const std::vector<std::string>& known) {
    for (const auto& [name, field] : value().items()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      return wrong_value("'" + std::string(name_of(check_.kind)) + "." + name + "' is not known" +
                         did_you_mean(name, known));
    }
    return {};
  }

  Result<void> read_alike() {
    const Error needs = wrong_value(
        "'alike' must be {}, or say what is looked at: { matches = \"score: (\\\\d+)\" } or "
        "{ json = \"/score\" }, with within = 1 for numbers");
    if (!value().is_object()) return needs;
    if (Result<void> read = read_table({"matches", "json", "within"}); !read) return read.error();
    check_.alike.matches = string_at(value(), "matches");
    check_.alike.json = string_at(value(), "json");
    if (!check_.alike.matches.empty() && !check_.alike.json.empty()) return needs;
    if (!check_.alike.json.empty() && !check_.alike.json.starts_with('/')) return needs;
    const Json& within = member_at(value(), "within");
    if (!within.is_null()) {
      if (!within.is_number() || !(within.get<double>() >= 0)) return needs;
      check_.alike.within = within.get<double>();
    }
    if (check_.name.empty()) check_.name = "alike";
    if (check_.alike.matches.empty()) return {};
    const Result<bool> tried = pattern_found(check_.alike.matches, false, "");
    if (!tried) return wrong_value("'alike.matches': " + tried.error().detail);
    return {};
  }

  Result<void> read_script() {
    if (!value().is_string()) return wrong_value("'lua' must name a file");
    const std::string file = value().get<std::string>();
    Result<ScriptSource> source = files_.script(file);
    if (!source) return wrong_value("'lua': " + source.error().message());
    const Result<void> is_check = require_check(*source, *files_.scripts);
    if (!is_check) return wrong_value("'lua': " + is_check.error().message());
    name_after(file);
    check_.script = std::make_shared<const ScriptSource>(std::move(*source));
    return {};
  }

  Result<void> read_judge() {
    const Error needs = wrong_value("'judge' must be { route = \"…\", rubric = \"…\" }");
    if (!value().is_object()) return needs;
    if (Result<void> read = read_table({"route", "rubric", "pairwise"}); !read) {
      return read.error();
    }
    check_.judge.route = string_at(value(), "route");
    check_.judge.rubric = string_at(value(), "rubric");
    const Json& pairwise = member_at(value(), "pairwise");
    if (!pairwise.is_null() && !pairwise.is_boolean()) {
      return wrong_value("'judge.pairwise' must be true or false");
    }
    check_.judge.pairwise = bool_at(value(), "pairwise");
    if (check_.judge.route.empty() || check_.judge.rubric.empty()) return needs;
    name_after(check_.judge.rubric);
    return {};
  }

  const CheckText& entry_;
  const CheckFiles& files_;
  Check check_;
};

bool speaks_of_expected(const Check& check) {
  return check.text.find(kExpected) != std::string::npos ||
         check.judge.rubric.find(kExpected) != std::string::npos;
}

}  // namespace

std::string_view name_of(CheckKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::string filled(const std::string& text, const TrialCase& one) {
  if (one.expected.is_null()) return text;
  const bool quoted = one.expected.is_string();
  return with_expected(text, quoted ? one.expected.get<std::string>() : to_text(one.expected));
}

bool Check::applies_to(const TrialCase& one) const {
  if (!of_case.empty() && of_case != one.id) return false;
  if (kind == CheckKind::alike && one.group.empty()) return false;
  if (only.empty()) return true;
  return std::any_of(only.begin(), only.end(),
                     [&](const std::string& glob) { return glob_match(glob, one.id); });
}

bool is_pure(const Check& check) {
  return check.kind != CheckKind::lua && check.kind != CheckKind::judge &&
         check.kind != CheckKind::alike;
}

Result<std::vector<Check>> read_checks(const std::vector<CheckText>& entries,
                                       const CheckFiles& files) {
  std::vector<Check> checks;
  for (const CheckText& entry : entries) {
    Result<Check> check = EntryReader(entry, files).read();
    if (!check) return check.error();
    checks.push_back(std::move(*check));
  }
  return checks;
}

Result<void> check_fit(const std::vector<Check>& checks, const std::vector<TrialCase>& cases) {
  for (const Check& check : checks) {
    bool applies = false;
    for (const TrialCase& one : cases) {
      if (!check.applies_to(one)) continue;
      applies = true;
      if (!one.expected.is_null() || !speaks_of_expected(check)) continue;
      return Error{Errc::invalid,
                   "the check speaks of {expected}, which case '" + one.id + "' (" + one.place +
                       ") does not have; give it one, or say only = […] in the check",
                   check.place};
    }
    if (applies) continue;
    if (check.only.empty()) {
      return Error{Errc::invalid, "'alike' is of cases with a 'group', and none has one",
                   check.place};
    }
    return Error{Errc::invalid,
                 "'only' matches no case; " + std::to_string(cases.size()) +
                     " are there, the first is '" + cases.front().id + "'",
                 check.place};
  }
  return {};
}

}  // namespace yoke
