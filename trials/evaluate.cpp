#include <cmath>

#include "runtime/base/ascii.h"
#include "runtime/base/counted.h"
#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "trials/checks.h"
#include "trials/pattern.h"

namespace yoke {
namespace {

constexpr std::size_t kShownBytes = 200;

std::string in_quotes(std::string_view text) { return "\"" + shorten(text, kShownBytes) + "\""; }

std::string_view unfenced(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("```")) return text;
  const std::size_t begin = text.find('\n');
  const std::size_t end = text.rfind("```");
  if (begin == std::string_view::npos || end <= begin) return text;
  return trim(text.substr(begin, end - begin));
}

struct Ruling {
  bool passed = false;
  std::string why;
};

Ruling find_words(const Check& check, const TrialAnswer& answer, const TrialCase& one) {
  std::string words = filled(check.text, one);
  std::string text = answer.text;
  if (check.ignore_case) {
    words = to_lower(words);
    text = to_lower(text);
  }
  const bool found = text.find(words) != std::string::npos;
  const bool wanted = check.kind == CheckKind::contains;
  const char* where = found ? " is in the answer" : " is not in the answer";
  return {found == wanted, in_quotes(words) + where};
}

Ruling compare_words(const Check& check, const TrialAnswer& answer, const TrialCase& one) {
  std::string words(trim(filled(check.text, one)));
  std::string text(trim(answer.text));
  const std::string shown = in_quotes(text);
  if (check.ignore_case) {
    words = to_lower(words);
    text = to_lower(text);
  }
  if (words == text) return {true, "it is " + in_quotes(words)};
  return {false, "expected " + in_quotes(words) + ", found " + shown};
}

Ruling match(const Check& check, const TrialAnswer& answer, const TrialCase& one) {
  TrialCase safe;
  if (!one.expected.is_null()) {
    const Json& value = one.expected;
    safe.expected = quoted_pattern(value.is_string() ? value.get<std::string>() : to_text(value));
  }
  const std::string pattern = filled(check.text, safe);
  const Result<bool> found = pattern_found(pattern, check.ignore_case, answer.text);
  if (!found) return {false, found.error().detail};
  return {*found == (check.kind == CheckKind::matches),
          "/" + pattern + "/" + (*found ? " matches" : " does not match")};
}

Ruling fit_schema(const Check& check, const TrialAnswer& answer) {
  const Result<Json> value = parse_json(unfenced(answer.text));
  if (!value) return {false, "the answer is no JSON: " + value.error().detail};
  const std::vector<SchemaError> errors = check.schema->check(*value);
  return {errors.empty(), errors.empty() ? "it fits" : describe(errors)};
}

// Every field of `part` is in `whole`, and equal; objects in it the same way.
bool holds_all(const Json& whole, const Json& part) {
  if (!part.is_object()) return whole == part;
  if (!whole.is_object()) return false;
  for (const auto& [name, value] : part.items()) {
    if (!whole.contains(name) || !holds_all(whole.at(name), value)) return false;
  }
  return true;
}

Ruling find_call(const Check& check, const TrialAnswer& answer) {
  std::vector<std::string> wanted;
  bool named = false;
  for (const Json& call : answer.calls) {
    const std::string tool = string_at(call, "tool");
    wanted.push_back(tool + " " + to_text(member_at(call, "args")));
    if (!glob_match(check.text, tool)) continue;
    named = true;
    if (!holds_all(member_at(call, "args"), check.args)) continue;
    return {true, "it calls " + shorten(wanted.back(), kShownBytes)};
  }
  if (wanted.empty()) return {false, "it calls no tool"};
  const std::string calls = shorten(join(wanted, "; "), kShownBytes);
  return {false, named ? "the arguments do not hold " + to_text(check.args) + ": it calls " + calls
                       : "it calls " + calls};
}

// "4 steps", "1 step", "2.5 seconds".
std::string amount_text(double value, const std::string& unit) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  if (whole) return counted(static_cast<std::int64_t>(value), unit);
  return to_text(Json(value)) + " " + unit + "s";
}

Ruling stay_within(const Check& check, const std::optional<double>& value, const char* unit) {
  return {*value <= check.most,
          "it took " + amount_text(*value, unit) + ", at most " + amount_text(check.most, unit)};
}

Ruling decide(const Check& check, const TrialAnswer& answer, const TrialCase& one) {
  switch (check.kind) {
    case CheckKind::contains:
    case CheckKind::not_contains:
      return find_words(check, answer, one);
    case CheckKind::equals:
      return compare_words(check, answer, one);
    case CheckKind::matches:
    case CheckKind::not_matches:
      return match(check, answer, one);
    case CheckKind::schema:
      return fit_schema(check, answer);
    case CheckKind::calls:
      return find_call(check, answer);
    case CheckKind::not_calls: {
      Ruling found = find_call(check, answer);
      return {!found.passed, std::move(found.why)};
    }
    case CheckKind::usd_at_most:
      return stay_within(check, answer.usd, "dollar");
    case CheckKind::seconds_at_most:
      return stay_within(check, answer.seconds, "second");
    case CheckKind::steps_at_most:
      return stay_within(check, answer.steps, "step");
    case CheckKind::tokens_at_most:
      return stay_within(check, answer.tokens, "token");
    case CheckKind::refuses: {
      const bool by_vendor = answer.finish == "refusal" || answer.finish == "content_filter";
      const bool refused = by_vendor || reads_as_refusal(answer.text);
      return {refused == check.wanted, refused ? "it declines" : "it does not decline"};
    }
    default:
      break;
  }
  ENSURE(!"a check that is not pure");
  return {};
}

// Why the answer cannot be held to a bound; empty: it can, or there is none.
std::string unknown_bound(const Check& check, const TrialAnswer& answer) {
  switch (check.kind) {
    case CheckKind::usd_at_most:
      return answer.usd ? "" : "its cost is not known: no price is set";
    case CheckKind::seconds_at_most:
      return answer.seconds ? "" : "how long it took is not known";
    case CheckKind::steps_at_most:
      return answer.steps ? "" : "how many steps it took is not known";
    case CheckKind::tokens_at_most:
      return answer.tokens ? "" : "how many tokens it took is not known";
    default:
      return "";
  }
}

}  // namespace

Finding evaluate_failure(const Check& check, const std::string& failure) {
  Finding finding;
  finding.check = check.name;
  finding.weight = check.weight;
  finding.why = "there is no answer";
  // A vendor that declines ends the run as refused: that is an answer to this question.
  const bool refused = failure.starts_with("refused") || failure.starts_with("model.content");
  if (check.kind != CheckKind::refuses || !refused) return finding;
  finding.passed = check.wanted;
  finding.score = finding.passed ? 1 : 0;
  finding.why = "it was declined: " + failure;
  return finding;
}

Finding evaluate(const Check& check, const TrialAnswer& answer, const TrialCase& one) {
  Finding finding;
  finding.check = check.name;
  finding.weight = check.weight;
  finding.why = unknown_bound(check, answer);
  finding.judged = finding.why.empty();
  if (!finding.judged) return finding;
  Ruling ruling = decide(check, answer, one);
  finding.passed = ruling.passed;
  finding.score = ruling.passed ? 1 : 0;
  finding.why = std::move(ruling.why);
  return finding;
}

}  // namespace yoke
