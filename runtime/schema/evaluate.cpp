#include "runtime/schema/evaluate.h"

#include <algorithm>
#include <set>

#include "runtime/base/counted.h"
#include "runtime/base/text.h"

namespace yoke::schema {
namespace {

constexpr std::size_t kStepsMax = 2'000'000;
constexpr int kDepthMax = 400;  // of nested checks; each costs stack
constexpr std::size_t kErrorsMax = 20;
constexpr std::size_t kNamesShownMax = 20;

// How strongly an error speaks against its alternative having been meant.
enum Weight : int { kDetail = 1, kWrongChoice = 100, kWrongType = 10'000 };

struct Finding {
  SchemaError error;
  int weight = kDetail;
};
using Findings = std::vector<Finding>;

// Which parts of one array or object have been looked at, for the unevaluated… keywords.
struct Seen {
  bool all_items = false;
  std::set<std::size_t> items;
  bool all_properties = false;
  std::set<std::string_view> properties;  // views of the value's own keys

  void add(const Seen& other) {
    all_items = all_items || other.all_items;
    items.insert(other.items.begin(), other.items.end());
    all_properties = all_properties || other.all_properties;
    properties.insert(other.properties.begin(), other.properties.end());
  }
};

// One value against one node. `findings` is null when only yes or no is asked, and then the first
// no ends the check; `seen` is null when nobody asks for it.
struct Scope {
  const Node& node;
  const Json& value;
  Findings* findings;
  Seen* seen;
};

std::string text_of_span(const Span& span, std::string_view noun, std::string_view plural) {
  if (span.min == span.max) return "exactly " + counted(span.min, noun, plural);
  std::string text;
  if (span.min > 0) text = "at least " + counted(span.min, noun, plural);
  if (span.max == Span().max) return text;
  if (!text.empty()) text += " and ";
  return text + "at most " + counted(span.max, noun, plural);
}

// What a node wants, in a word or two, for the one who left it out.
std::string summary_of(const Node* node) {
  for (int hops = 0; node != nullptr && hops < 8; ++hops) {
    if (!node->choices.empty()) return node->choices.front().text;
    if (node->types != kAnyType) return names_of_types(node->types);
    node = node->refs.empty() ? nullptr : node->refs.front();
  }
  return "a value";
}

class Evaluation {
 public:
  explicit Evaluation(const Program& program) : program_(program) {}

  bool run(const Json& value, Findings* findings) {
    const bool good = check(*program_.root, value, findings, nullptr);
    if (!gave_up_) return good;
    if (findings != nullptr) {
      *findings = {
          {{"/", "a value that can be checked within bounds", "one too deep or too costly"}}};
    }
    return false;
  }

 private:
  using Check = bool (Evaluation::*)(const Scope&);

  bool check(const Node& node, const Json& value, Findings* findings, Seen* seen) {
    if (++steps_ > kStepsMax || depth_ >= kDepthMax) gave_up_ = true;
    if (gave_up_) return false;
    ++depth_;
    Seen own;
    const Scope scope{node, value, findings, program_.tracks_evaluation ? &own : nullptr};
    const bool good = check_all(scope);
    if (good && seen != nullptr) seen->add(own);
    --depth_;
    return good;
  }

  bool check_all(const Scope& scope) {
    if (scope.node.is_never) return fail(scope, "nothing here", kWrongChoice);
    if ((scope.node.types & types_of(scope.value)) == 0) {
      return fail(scope, names_of_types(scope.node.types), kWrongType);
    }
    static constexpr Check kChecks[] = {
        &Evaluation::check_choices,     &Evaluation::check_number,   &Evaluation::check_text,
        &Evaluation::check_items,       &Evaluation::check_contains, &Evaluation::check_properties,
        &Evaluation::check_required,    &Evaluation::check_names,    &Evaluation::check_all_of,
        &Evaluation::check_any_of,      &Evaluation::check_one_of,   &Evaluation::check_condition,
        &Evaluation::check_unevaluated,  // last: it asks what the others have seen
    };
    bool good = true;
    for (const Check one : kChecks) {
      good = (this->*one)(scope) && good;
      if (!good && scope.findings == nullptr) return false;
    }
    return good;
  }

  bool fail(const Scope& scope, std::string expected, int weight = kDetail) {
    if (scope.findings == nullptr) return false;
    return fail_at(scope, path_, std::move(expected), show(scope.value), weight);
  }

  static bool fail_at(const Scope& scope, const std::string& path, std::string expected,
                      std::string found, int weight = kDetail) {
    if (scope.findings != nullptr && scope.findings->size() < kErrorsMax) {
      scope.findings->push_back(
          {{path.empty() ? "/" : path, std::move(expected), std::move(found)}, weight});
    }
    return false;
  }

  // Checks a part of the value, with the path one step longer.
  bool check_part(const Scope& scope, const Node& node, const Json& part, std::string_view step) {
    const std::size_t length = path_.size();
    path_ += pointer_step(step);
    const bool good = check(node, part, scope.findings, nullptr);
    path_.resize(length);
    return good;
  }

  bool check_item(const Scope& scope, const Node& node, std::size_t index) {
    if (scope.seen != nullptr) scope.seen->items.insert(index);
    return check_part(scope, node, scope.value[index], std::to_string(index));
  }

  bool check_choices(const Scope& scope) {
    if (scope.node.choices.empty()) return true;
    // A value with more parts than the longest choice has bytes is none of them: do not write it
    // out.
    const Json& value = scope.value;
    const std::size_t parts =
        value.is_string() ? value.get_ref<const std::string&>().size() : value.size();
    for (const Choices& choices : scope.node.choices) {
      if (parts > choices.identity_bytes_max) return fail(scope, choices.text, kWrongChoice);
    }
    const std::string identity = identity_of(value);
    for (const Choices& choices : scope.node.choices) {
      const auto& allowed = choices.identities;
      if (std::find(allowed.begin(), allowed.end(), identity) == allowed.end()) {
        return fail(scope, choices.text, kWrongChoice);
      }
    }
    return true;
  }

  bool check_number(const Scope& scope) {
    if (!scope.value.is_number()) return true;
    const Bound& least = scope.node.least;
    const Bound& most = scope.node.most;
    if (!least.limit.is_null()) {
      const int order = compare_numbers(scope.value, least.limit);
      if (order < 0 || (order == 0 && least.exclusive)) {
        return fail(scope, (least.exclusive ? "more than " : "at least ") + show(least.limit));
      }
    }
    if (!most.limit.is_null()) {
      const int order = compare_numbers(scope.value, most.limit);
      if (order > 0 || (order == 0 && most.exclusive)) {
        return fail(scope, (most.exclusive ? "less than " : "at most ") + show(most.limit));
      }
    }
    for (const Json& step : scope.node.multiples_of) {
      if (!is_multiple(scope.value, step)) return fail(scope, "a multiple of " + show(step));
    }
    return true;
  }

  bool check_text(const Scope& scope) {
    if (!scope.value.is_string()) return true;
    const auto& text = scope.value.get_ref<const std::string&>();
    if (!scope.node.length.is_open()) {
      const std::size_t length = character_count(text);
      if (!scope.node.length.holds(length)) {
        return fail_at(scope, path_, text_of_span(scope.node.length, "character", "characters"),
                       counted(length, "character", "characters"));
      }
    }
    const auto& pattern = scope.node.pattern;
    if (pattern == nullptr || pattern->is_found_in(text)) return true;
    return fail(scope, "text that matches " + shorten(pattern->text(), 120));
  }

  bool check_items(const Scope& scope) {
    if (!scope.value.is_array()) return true;
    const Node& node = scope.node;
    bool good = true;
    if (!node.item_count.holds(scope.value.size())) {
      good = fail(scope, text_of_span(node.item_count, "item", "items"));
    }
    for (std::size_t i = 0; i < scope.value.size(); ++i) {
      if (!good && scope.findings == nullptr) return false;
      const bool is_first = i < node.first_items.size();
      const Node* const items = is_first ? node.first_items[i] : node.other_items;
      if (items == nullptr) break;
      good = check_item(scope, *items, i) && good;
    }
    return (!node.unique_items || check_unique(scope)) && good;
  }

  bool check_unique(const Scope& scope) {
    std::map<std::string, std::size_t> known;
    for (std::size_t i = 0; i < scope.value.size(); ++i) {
      const auto [at, is_new] = known.emplace(identity_of(scope.value[i]), i);
      if (is_new) continue;
      return fail_at(
          scope, path_, "items that differ from one another",
          "items " + std::to_string(at->second) + " and " + std::to_string(i) + " alike");
    }
    return true;
  }

  bool check_contains(const Scope& scope) {
    if (!scope.value.is_array() || scope.node.contains == nullptr) return true;
    std::size_t count = 0;
    for (std::size_t i = 0; i < scope.value.size(); ++i) {
      if (!check(*scope.node.contains, scope.value[i], nullptr, nullptr)) continue;
      ++count;
      if (scope.seen != nullptr) scope.seen->items.insert(i);
    }
    const Span& span = scope.node.contains_count;
    if (span.holds(count)) return true;
    return fail_at(
        scope, path_,
        text_of_span(span, "item that is ", "items that are ") + summary_of(scope.node.contains),
        std::to_string(count));
  }

  bool check_properties(const Scope& scope) {
    if (!scope.value.is_object()) return true;
    bool good = true;
    if (!scope.node.property_count.holds(scope.value.size())) {
      good =
          fail_at(scope, path_, text_of_span(scope.node.property_count, "property", "properties"),
                  std::to_string(scope.value.size()));
    }
    for (auto member = scope.value.begin(); member != scope.value.end(); ++member) {
      if (!good && scope.findings == nullptr) return false;
      good = check_property(scope, member.key(), *member) && good;
    }
    return good;
  }

  bool check_property(const Scope& scope, const std::string& name, const Json& value) {
    const Node& node = scope.node;
    bool good = true;
    bool is_known = false;
    if (const auto found = node.properties.find(name); found != node.properties.end()) {
      is_known = true;
      good = check_part(scope, *found->second, value, name);
    }
    for (const auto& [pattern, schema] : node.pattern_properties) {
      if (!pattern->is_found_in(name)) continue;
      is_known = true;
      good = check_part(scope, *schema, value, name) && good;
    }
    if (!is_known && node.other_properties != nullptr) {
      is_known = true;
      good = node.other_properties->is_never
                 ? fail_unknown(scope, name, value)
                 : check_part(scope, *node.other_properties, value, name);
    }
    if (is_known && scope.seen != nullptr) scope.seen->properties.insert(name);
    return good;
  }

  bool fail_unknown(const Scope& scope, const std::string& name, const Json& value) {
    if (scope.findings == nullptr) return false;
    std::vector<std::string> names;
    for (const auto& [known, schema] : scope.node.properties) names.push_back(known);
    std::string expected = "no property of this name" + did_you_mean(name, names);
    if (names.size() > kNamesShownMax) names.resize(kNamesShownMax);
    if (!names.empty()) expected += ", only " + join(names, ", ");
    return fail_at(scope, path_ + pointer_step(name), std::move(expected), show(value));
  }

  bool check_required(const Scope& scope) {
    if (!scope.value.is_object()) return true;
    bool good = true;
    for (const std::string& name : scope.node.required) {
      good = (scope.value.contains(name) || fail_missing(scope, name, "")) && good;
    }
    for (const auto& [present, names] : scope.node.dependent_required) {
      if (!scope.value.contains(present)) continue;
      for (const std::string& name : names) {
        const bool is_there = scope.value.contains(name);
        good = (is_there || fail_missing(scope, name, " beside '" + present + "'")) && good;
      }
    }
    for (const auto& [present, schema] : scope.node.dependent_schemas) {
      if (!scope.value.contains(present)) continue;
      good = check(*schema, scope.value, scope.findings, scope.seen) && good;
    }
    return good;
  }

  bool fail_missing(const Scope& scope, const std::string& name, const std::string& because) {
    if (scope.findings == nullptr) return false;
    const auto found = scope.node.properties.find(name);
    const Node* const schema = found == scope.node.properties.end() ? nullptr : found->second;
    return fail_at(scope, path_ + pointer_step(name),
                   summary_of(schema) + " (required" + because + ")", "nothing");
  }

  bool check_names(const Scope& scope) {
    if (!scope.value.is_object() || scope.node.property_names == nullptr) return true;
    bool good = true;
    for (auto member = scope.value.begin(); member != scope.value.end(); ++member) {
      Findings inner;
      Findings* const findings = scope.findings == nullptr ? nullptr : &inner;
      if (check(*scope.node.property_names, Json(member.key()), findings, nullptr)) continue;
      const std::string reason = inner.empty() ? "" : inner.front().error.expected;
      good = fail_at(scope, path_ + pointer_step(member.key()), "a property name: " + reason,
                     show(member.key()));
    }
    return good;
  }

  bool check_all_of(const Scope& scope) {
    bool good = true;
    for (const auto* list : {&scope.node.refs, &scope.node.all_of}) {
      for (const Node* one : *list) {
        good = check(*one, scope.value, scope.findings, scope.seen) && good;
        if (!good && scope.findings == nullptr) return false;
      }
    }
    return good;
  }

  // How many of the alternatives fit; what kept each from it.
  std::vector<std::size_t> fitting(const Scope& scope, const std::vector<const Node*>& alternatives,
                                   std::vector<Findings>& failures) {
    std::vector<std::size_t> fits;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      Findings findings;
      Findings* const wanted = scope.findings == nullptr ? nullptr : &findings;
      if (check(*alternatives[i], scope.value, wanted, scope.seen)) {
        fits.push_back(i);
      } else {
        failures.push_back(std::move(findings));
      }
    }
    return fits;
  }

  bool check_any_of(const Scope& scope) {
    if (scope.node.any_of.empty()) return true;
    std::vector<Findings> failures;
    return !fitting(scope, scope.node.any_of, failures).empty() || fail_best(scope, failures);
  }

  bool check_one_of(const Scope& scope) {
    if (scope.node.one_of.empty()) return true;
    std::vector<Findings> failures;
    const std::vector<std::size_t> fits = fitting(scope, scope.node.one_of, failures);
    if (fits.size() == 1) return true;
    if (fits.empty()) return fail_best(scope, failures);
    return fail_at(scope, path_, "exactly one of the alternatives to fit",
                   show(scope.value) + ", which fits number " + std::to_string(fits[0] + 1) +
                       " and number " + std::to_string(fits[1] + 1));
  }

  // Reports the alternative that was most likely meant; when none was of the right type, all types.
  bool fail_best(const Scope& scope, const std::vector<Findings>& failures) {
    if (scope.findings == nullptr) return false;
    const auto weigh = [](const Findings& findings) {
      int weight = 0;
      for (const Finding& one : findings) weight += one.weight;
      return weight;
    };
    const auto best =
        std::min_element(failures.begin(), failures.end(),
                         [&](const Findings& a, const Findings& b) { return weigh(a) < weigh(b); });
    const std::string here = path_.empty() ? "/" : path_;
    const auto is_other = [&](const Findings& findings) {
      return findings.size() == 1 && findings[0].weight >= kWrongChoice &&
             findings[0].error.path == here;
    };
    if (!std::all_of(failures.begin(), failures.end(), is_other)) {
      for (const Finding& one : *best) {
        fail_at(scope, one.error.path, one.error.expected, one.error.found, one.weight);
      }
      return false;
    }
    std::vector<std::string> expected;
    int weight = kWrongType;
    for (const Findings& findings : failures) {
      const Finding& one = findings[0];
      weight = std::min(weight, one.weight);
      const bool is_said =
          std::find(expected.begin(), expected.end(), one.error.expected) != expected.end();
      if (!is_said) expected.push_back(one.error.expected);
    }
    return fail(scope, join(expected, " or "), weight);
  }

  bool check_condition(const Scope& scope) {
    const Node& node = scope.node;
    bool good = true;
    if (node.none_of != nullptr && check(*node.none_of, scope.value, nullptr, nullptr)) {
      good = fail(scope, "another value than " + summary_of(node.none_of));
    }
    if (node.condition == nullptr) return good;
    const bool holds = check(*node.condition, scope.value, nullptr, scope.seen);
    const Node* const branch = holds ? node.consequence : node.alternative;
    return (branch == nullptr || check(*branch, scope.value, scope.findings, scope.seen)) && good;
  }

  bool check_unevaluated(const Scope& scope) {
    bool good = true;
    if (scope.value.is_array() && scope.node.unevaluated_items != nullptr) {
      for (std::size_t i = 0; i < scope.value.size(); ++i) {
        if (scope.seen->all_items || scope.seen->items.contains(i)) continue;
        good = check_item(scope, *scope.node.unevaluated_items, i) && good;
      }
      scope.seen->all_items = true;
    }
    if (scope.value.is_object() && scope.node.unevaluated_properties != nullptr) {
      for (auto member = scope.value.begin(); member != scope.value.end(); ++member) {
        const bool is_seen =
            scope.seen->all_properties || scope.seen->properties.contains(member.key());
        if (is_seen) continue;
        const Node& rest = *scope.node.unevaluated_properties;
        good = (rest.is_never ? fail_unknown(scope, member.key(), *member)
                              : check_part(scope, rest, *member, member.key())) &&
               good;
      }
      scope.seen->all_properties = true;
    }
    return good;
  }

  const Program& program_;
  std::string path_;
  std::size_t steps_ = 0;
  int depth_ = 0;
  bool gave_up_ = false;
};

}  // namespace

bool fits(const Program& program, const Json& value) {
  return Evaluation(program).run(value, nullptr);
}

std::vector<SchemaError> errors_of(const Program& program, const Json& value) {
  Findings findings;
  std::vector<SchemaError> errors;
  if (fits(program, value)) return errors;
  Evaluation(program).run(value, &findings);
  for (Finding& finding : findings) errors.push_back(std::move(finding.error));
  return errors;
}

}  // namespace yoke::schema
