#include "runtime/engine/budgets.h"

#include <algorithm>

#include "runtime/base/saturating.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

bool closes_model_call(const Event& event) {
  return event.kind == EventKind::model_replied || event.kind == EventKind::model_failed;
}

// The name by which rules of this scope know the spender; empty: they do not concern it.
std::string name_in(BudgetScope scope, const Spender& spender) {
  switch (scope) {
    case BudgetScope::all:
      return "all";
    case BudgetScope::agent:
      return spender.agent;
    case BudgetScope::tenant:
      return spender.tenant;
    case BudgetScope::session:
      return spender.session;
    case BudgetScope::run:
      return spender.run_id;
    case BudgetScope::caller:
      return spender.caller;
  }
  return {};
}

std::string scope_text(BudgetScope scope, const Spender& spender) {
  switch (scope) {
    case BudgetScope::all:
      return "all";
    case BudgetScope::agent:
      return "agent:" + spender.agent;
    case BudgetScope::tenant:
      return "tenant:" + spender.tenant;
    case BudgetScope::session:
      return session_scope(spender.tenant, spender.session);
    case BudgetScope::run:
      return "run:" + spender.run_id;
    case BudgetScope::caller:
      return caller_scope(spender.tenant, spender.caller);
  }
  return {};
}

// How closely a rule means the spender: not at all, as one of its kind, by a glob, by its name.
enum class Aim : std::uint8_t { none, kind, glob, name };

Aim aim_of(const BudgetRule& rule, const Spender& spender) {
  const std::string name = name_in(rule.scope, spender);
  if (name.empty()) return Aim::none;
  if (rule.name.empty()) return Aim::kind;
  if (!rule.tenant.empty() && rule.tenant != spender.tenant) return Aim::none;
  if (rule.name == name) return Aim::name;
  return glob_match(rule.name, name) ? Aim::glob : Aim::none;
}

// The rules of its kind that mean it most closely hold; the others do not.
bool applies(const BudgetRule& rule, const std::vector<BudgetRule>& rules, const Spender& spender) {
  const Aim aim = aim_of(rule, spender);
  if (aim == Aim::none) return false;
  return std::none_of(rules.begin(), rules.end(), [&](const BudgetRule& other) {
    return other.scope == rule.scope && aim_of(other, spender) > aim;
  });
}

LedgerRow row_of(const Json& fields, const Spender& spender, const BillTerms& terms) {
  const Usage usage = usage_from_json(member_at(fields, "usage"));
  LedgerRow row;
  row.run_id = spender.run_id;
  row.agent = spender.agent;
  row.session = spender.session;
  row.tenant = spender.tenant;
  row.caller = spender.caller;
  row.target = string_at(fields, "target");
  row.role = string_at(fields, "role");
  row.input = usage.input;
  row.cached = usage.cached;
  row.cache_write = usage.cache_write;
  row.output = usage.output;
  row.reasoning = usage.reasoning;
  row.estimated = usage.estimated;
  row.cost = integer_at(fields, "cost");
  row.route = terms.route;
  row.prices = terms.prices;
  row.opened_at = terms.opened_at;
  return row;
}

// Of each target that was asked, as the route tells.
std::vector<LedgerRow> tried_rows(const std::vector<Event>& events, const Event& closing,
                                  const Spender& spender, const BillTerms& terms) {
  std::vector<LedgerRow> rows;
  for (const Event& event : events) {
    if (event.kind != EventKind::route_chosen || event.call_id != closing.call_id) continue;
    const Json& tries = member_at(event.fields, "tries");
    if (!tries.is_array()) continue;
    for (const Json& one : tries) rows.push_back(row_of(one, spender, terms));
  }
  return rows;
}

bool is_billed(const LedgerRow& row) {
  return row.cost != 0 || row.input != 0 || row.output != 0 || row.cached != 0 ||
         row.cache_write != 0;
}

OpenCall call_opened(const Event& event, const Spender& spender, const std::string& prices) {
  const Json& estimate = member_at(event.fields, "estimate");
  OpenCall call;
  call.id = spender.run_id + "/" + event.call_id;
  LedgerRow& expected = call.expected;
  const bool priced = bool_at(estimate, "priced", true);
  const BillTerms terms{event.at, string_at(event.fields, "target"),
                        priced ? prices : std::string(kNoPrice)};
  expected = row_of(event.fields, spender, terms);
  expected.call_id = event.call_id;
  expected.input = integer_at(estimate, "input");
  expected.output = integer_at(estimate, "output");
  expected.cost = integer_at(estimate, "cost");
  expected.estimated = true;
  expected.at = event.at;
  return call;
}

}  // namespace

Spender spender_of(const RunState& state) {
  return Spender{state.run_id, state.agent, state.tenant, state.session, state.caller};
}

std::vector<BudgetClaim> claims_for(const std::vector<BudgetRule>& rules, const Spender& spender,
                                    Micros at) {
  std::vector<BudgetClaim> claims;
  for (const BudgetRule& rule : rules) {
    if (!applies(rule, rules, spender)) continue;
    BudgetClaim& claim = claims.emplace_back();
    claim.budget = {scope_text(rule.scope, spender), window_of(rule.span, at), rule.unit};
    claim.cap = rule.cap;
    claim.place = rule.place;
  }
  return claims;
}

bool limits_money(const std::vector<BudgetRule>& rules, const Spender& spender) {
  for (const BudgetRule& rule : rules) {
    if (rule.unit == BudgetUnit::usd && applies(rule, rules, spender)) return true;
  }
  return false;
}

BillTerms terms_of(const RunState& state, const Event& closing, const std::string& prices) {
  const CallState* call = state.find_call(closing.call_id);
  if (call == nullptr) return BillTerms{closing.at, {}, prices};
  return BillTerms{call->opened_at, call->target, call->priced ? prices : std::string(kNoPrice)};
}

std::vector<LedgerRow> ledger_rows(const std::vector<Event>& events, const Event& closing,
                                   const Spender& spender, const BillTerms& terms) {
  const LedgerRow whole = row_of(closing.fields, spender, terms);
  std::vector<LedgerRow> rows = tried_rows(events, closing, spender, terms);
  LedgerRow sum;
  for (const LedgerRow& row : rows) {
    sum.cost = saturating_add(sum.cost, row.cost);
    sum.input = saturating_add(sum.input, row.input);
    sum.output = saturating_add(sum.output, row.output);
  }
  if (sum.cost != whole.cost || sum.input != whole.input || sum.output != whole.output) {
    rows = {whole};
  }
  std::erase_if(rows, [](const LedgerRow& row) { return !is_billed(row); });
  for (LedgerRow& row : rows) {
    row.call_id = closing.call_id;
    row.seq = closing.seq;
    row.at = closing.at;
  }
  return rows;
}

MoneyMoves money_of(const std::vector<Event>& events, const RunState& state,
                    const std::vector<BudgetRule>& rules, const std::string& prices) {
  MoneyMoves moves;
  const Spender spender = spender_of(state);
  for (const Event& event : events) {
    if (event.kind == EventKind::model_called) {
      OpenCall call = call_opened(event, spender, prices);
      call.budgets = claims_for(rules, spender, event.at);
      moves.opened.push_back(std::move(call));
    }
    if (!closes_model_call(event)) continue;
    moves.closed.push_back(spender.run_id + "/" + event.call_id);
    const BillTerms terms = terms_of(state, event, prices);
    for (LedgerRow& row : ledger_rows(events, event, spender, terms)) {
      moves.ledger.push_back(std::move(row));
    }
  }
  return moves;
}

}  // namespace yoke
