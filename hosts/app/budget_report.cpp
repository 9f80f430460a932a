#include "hosts/app/budget_report.h"

#include <algorithm>
#include <map>

#include "hosts/app/spend_report.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kWhose = "the budget of ";

std::string kind_of(const BudgetKey& key) { return key.scope.substr(0, key.scope.find(':')); }

std::string after_colon(const std::string& text) { return text.substr(text.find(':') + 1); }

// Who draws on the budgets of this scope.
Spender spender_in(const std::string& scope) {
  Spender spender;
  const std::string name = after_colon(scope);
  if (scope.starts_with("run:")) spender.run_id = name;
  if (scope.starts_with("agent:")) spender.agent = name;
  if (scope.starts_with("tenant:")) spender.tenant = name;
  if (scope.starts_with("session:")) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    spender.tenant = name.substr(0, slash);
    spender.session = name.substr(std::min(slash + 1, name.size()));
  }
  if (scope.starts_with("caller:")) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    spender.tenant = name.substr(0, slash);
    spender.caller = name.substr(std::min(slash + 1, name.size()));
  }
  return spender;
}

Spender named_by(const BudgetRule& rule) {
  Spender spender;
  if (rule.scope == BudgetScope::agent) spender.agent = rule.name;
  if (rule.scope == BudgetScope::tenant) spender.tenant = rule.name;
  if (rule.scope == BudgetScope::session) spender.session = rule.name;
  if (rule.scope == BudgetScope::caller) spender.caller = rule.name;
  if (!rule.tenant.empty()) spender.tenant = rule.tenant;
  return spender;
}

const char* kind_name(BudgetScope scope) {
  switch (scope) {
    case BudgetScope::all:
      return "all";
    case BudgetScope::agent:
      return "agent";
    case BudgetScope::tenant:
      return "tenant";
    case BudgetScope::session:
      return "session";
    case BudgetScope::caller:
      return "caller";
    case BudgetScope::run:
      break;
  }
  return "run";
}

double share_used(const BudgetLine& line) {
  const auto cap = static_cast<double>(std::max<std::int64_t>(line.state.cap, 1));
  return (static_cast<double>(line.state.settled) + static_cast<double>(line.state.reserved)) / cap;
}

std::string begins_anew(const BudgetKey& key) {
  const std::string at = anew_text(key);
  return at.empty() ? "never" : at;
}

std::vector<std::string> cells_of(const BudgetLine& line) {
  const BudgetState& state = line.state;
  const auto text = [&](std::int64_t each) { return amount_text(line.key.unit, each); };
  const std::int64_t left = std::max<std::int64_t>(0, state.cap - state.settled - state.reserved);
  const std::string words = words_for(line.key);
  const bool usual = words.starts_with(kWhose);
  return {printable(usual ? words.substr(kWhose.size()) : words),
          text(state.cap),
          text(state.settled),
          text(state.reserved),
          text(left),
          begins_anew(line.key),
          line.place};
}

bool is_of_each(const BudgetRule& rule) {
  const bool glob = rule.name.find_first_of("*?") != std::string::npos;
  return rule.scope != BudgetScope::all && (rule.name.empty() || glob);
}

// "each agent: $1 a day (yoke.toml:4)"
std::string rule_text(const BudgetRule& rule) {
  std::string text = std::string("each ") + kind_name(rule.scope);
  if (!rule.name.empty()) text += " '" + printable(rule.name) + "'";
  text += ": " + amount_text(rule.unit, rule.cap);
  if (rule.span != BudgetSpan::ever) text += " a " + std::string(name_of(rule.span));
  return text + " (" + rule.place + "); nobody has drawn on it\n";
}

}  // namespace

std::vector<BudgetLine> budgets_in_force(const std::vector<BudgetRule>& rules,
                                         const std::vector<BudgetRow>& rows, Micros now) {
  std::map<BudgetKey, BudgetLine> lines;
  const auto add = [&](const Spender& spender, const BudgetKey* only, const char* kind) {
    for (const BudgetClaim& claim : claims_for(rules, spender, now)) {
      if (only != nullptr && claim.budget != *only) continue;
      if (kind_of(claim.budget) != kind) continue;
      BudgetLine& line = lines[claim.budget];
      line.key = claim.budget;
      line.state.cap = claim.cap;
      line.place = claim.place;
    }
  };
  for (const BudgetRule& rule : rules) {
    if (!is_of_each(rule)) add(named_by(rule), nullptr, kind_name(rule.scope));
  }
  for (const BudgetRow& row : rows) {
    add(spender_in(row.key.scope), &row.key, kind_of(row.key).c_str());
    const auto line = lines.find(row.key);
    if (line == lines.end()) continue;
    line->second.state.settled = row.settled;
    line->second.state.reserved = row.reserved;
  }
  std::vector<BudgetLine> out;
  for (auto& [key, line] : lines) out.push_back(std::move(line));
  return out;
}

std::string budgets_text(std::vector<BudgetLine> lines, const std::vector<BudgetRule>& rules,
                         std::size_t most_of_a_kind) {
  std::stable_sort(lines.begin(), lines.end(), [](const BudgetLine& a, const BudgetLine& b) {
    return share_used(a) > share_used(b);
  });
  std::vector<std::vector<std::string>> table = {
      {"budget of", "limit", "spent", "reserved", "left", "begins anew", "set in"}};
  std::map<std::string, std::size_t> shown;
  std::size_t left_out = 0;
  for (const BudgetLine& line : lines) {
    const bool fits = ++shown[kind_of(line.key)] <= most_of_a_kind;
    if (fits) table.push_back(cells_of(line));
    if (!fits) ++left_out;
  }
  std::string text = table.size() > 1 ? aligned(table) : "";
  if (left_out > 0) text += "and " + std::to_string(left_out) + " more (--json shows all)\n";
  for (const BudgetRule& rule : rules) {
    const bool drawn = rule.name.empty()
                           ? shown.contains(kind_name(rule.scope))
                           : std::any_of(lines.begin(), lines.end(), [&](const BudgetLine& line) {
                               return line.place == rule.place;
                             });
    if (is_of_each(rule) && !drawn) text += rule_text(rule);
  }
  return text;
}

Json budgets_json(const std::vector<BudgetLine>& lines) {
  Json out = Json::array();
  for (const BudgetLine& line : lines) {
    Json& row =
        out.emplace_back(Json{{"scope", line.key.scope},
                              {"window", line.key.window},
                              {"unit", line.key.unit == BudgetUnit::usd ? "nanousd" : "tokens"},
                              {"cap", line.state.cap},
                              {"reserved", line.state.reserved},
                              {"settled", line.state.settled},
                              {"place", line.place}});
    const std::optional<WindowRange> range = range_of(line.key.window);
    if (range && !anew_text(line.key).empty()) row["resets_at"] = to_iso8601(range->until);
  }
  return out;
}

}  // namespace yoke
