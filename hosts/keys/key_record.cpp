#include "hosts/keys/key_record.h"

#include <algorithm>
#include <charconv>

#include "runtime/base/money.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kBudgetTokensMax = 1'000'000'000'000;
constexpr std::int64_t kRequestsMax = 1'000'000;

struct Window {
  char letter;
  std::int64_t seconds;
};
constexpr Window kWindows[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}};

std::optional<std::int64_t> count_in(std::string_view text, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < 1 || value > most) return std::nullopt;
  return value;
}

std::optional<BudgetSpan> span_in(std::string_view text) {
  for (const BudgetSpan span : {BudgetSpan::day, BudgetSpan::month, BudgetSpan::ever}) {
    if (name_of(span) == text) return span;
  }
  return std::nullopt;
}

}  // namespace

Result<KeyRate> key_rate(std::string_view text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.size() == 2 && parts[1].size() == 1) {
    const std::optional<std::int64_t> count = count_in(parts[0], kRequestsMax);
    for (const Window& window : kWindows) {
      if (count && window.letter == parts[1].front()) {
        return KeyRate{*count, std::chrono::seconds(window.seconds)};
      }
    }
  }
  return Error{Errc::invalid,
               "'" + shorten(text, 40) + "' is no rate: write 60/m, 10/s, 1000/h " + "or 5000/d"};
}

std::string to_text(const KeyRate& rate) {
  for (const Window& window : kWindows) {
    if (window.seconds == rate.window.count()) {
      return std::to_string(rate.requests) + "/" + window.letter;
    }
  }
  return std::to_string(rate.requests) + "/" + std::to_string(rate.window.count()) + "s";
}

Result<KeyBudget> key_budget(std::string_view text) {
  static constexpr std::string_view kUsd = "usd";
  static constexpr std::string_view kTokens = "tokens";
  const Error refusal{Errc::invalid, "'" + shorten(text, 40) + "' is no budget: write 5usd/day, " +
                                         "20usd/month, 50usd or 200000tokens/day"};
  const std::vector<std::string> parts = split(text, '/');
  if (parts.empty() || parts.size() > 2) return refusal;
  KeyBudget budget;
  const std::optional<BudgetSpan> span = parts.size() == 2 ? span_in(parts[1]) : BudgetSpan::ever;
  if (!span) return refusal;
  budget.span = *span;
  const std::string_view amount = parts[0];
  if (amount.ends_with(kUsd)) {
    const Result<NanoUsd> usd = nano_from_dollars(amount.substr(0, amount.size() - kUsd.size()));
    if (!usd || *usd <= 0) return refusal;
    budget.cap = *usd;
    return budget;
  }
  if (!amount.ends_with(kTokens)) return refusal;
  const auto tokens = count_in(amount.substr(0, amount.size() - kTokens.size()), kBudgetTokensMax);
  if (!tokens) return refusal;
  budget.unit = BudgetUnit::tokens;
  budget.cap = *tokens;
  return budget;
}

std::string to_text(const KeyBudget& budget) {
  std::string amount = budget.unit == BudgetUnit::usd ? to_dollars(budget.cap).substr(1) + "usd"
                                                      : std::to_string(budget.cap) + "tokens";
  if (budget.span == BudgetSpan::ever) return amount;
  return amount + "/" + std::string(name_of(budget.span));
}

Result<std::vector<KeyBudget>> key_budgets(const std::vector<std::string>& texts) {
  std::vector<KeyBudget> budgets;
  for (const std::string& text : texts) {
    const Result<KeyBudget> budget = key_budget(trim(text));
    if (!budget) return budget.error();
    for (const KeyBudget& other : budgets) {
      if (other.unit != budget->unit || other.span != budget->span) continue;
      return Error{Errc::invalid, "'" + to_text(other) + "' and '" + to_text(*budget) +
                                      "' bound the same: write one of them"};
    }
    budgets.push_back(*budget);
  }
  return budgets;
}

bool KeyRecord::is_live(Micros now) const {
  return revoked_at == 0 && (expires_at == 0 || now < expires_at);
}

std::string_view KeyRecord::state(Micros now) const {
  if (revoked_at != 0) return "revoked";
  return is_live(now) ? "live" : "expired";
}

std::string caller_of(const KeyRecord& record) { return "key:" + record.name; }

std::vector<BudgetRule> budget_rules_of(const KeyRecord& record) {
  std::vector<BudgetRule> rules;
  for (const KeyBudget& budget : record.budgets) {
    BudgetRule& rule = rules.emplace_back();
    rule.scope = BudgetScope::caller;
    rule.name = caller_of(record);
    rule.tenant = record.tenant;
    rule.span = budget.span;
    rule.unit = budget.unit;
    rule.cap = budget.cap;
    rule.place = "the key's successor ('yoke keys create " + record.name + " --budget …')";
  }
  return rules;
}

Principal principal_of(const KeyRecord& record) {
  Principal who;
  who.tenant = record.tenant;
  who.name = caller_of(record);
  who.key_id = record.id;
  who.groups = record.groups;
  who.scopes = record.scopes;
  who.agents = record.agents;
  who.models = record.models;
  return who;
}

}  // namespace yoke
