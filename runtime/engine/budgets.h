#pragma once

#include <string>
#include <vector>

#include "runtime/journal/run_state.h"
#include "runtime/store/money.h"

// Which budgets a call draws on, and what it leaves in the ledger: pure functions.
namespace yoke {

enum class BudgetScope : std::uint8_t { all, agent, tenant, session, run, caller };

// A bound on what may be spent. Of several that bound one thing, all hold; but what has a rule with
// its name is held to no glob of its kind, and what has one of these to no rule without a name.
struct BudgetRule {
  BudgetScope scope = BudgetScope::all;
  // Of the agent, tenant, session or caller. A glob ("user:*"), or empty: each has its own.
  std::string name = {};
  std::string tenant = {};  // with a name: only of this tenant; empty: in every one
  BudgetSpan span = BudgetSpan::day;
  BudgetUnit unit = BudgetUnit::usd;
  std::int64_t cap = 0;    // nano-dollars or tokens
  std::string place = {};  // "yoke.toml:12", for refusals
};

// Who makes a call. A call outside of any run has no `run_id`.
struct Spender {
  std::string run_id = {};
  std::string agent = {};
  std::string tenant = "local";
  std::string session = {};
  std::string caller = {};  // who started the run; empty: not known
};
Spender spender_of(const RunState& state);

// The budgets that must have room for a call of this spender, opened at this time.
std::vector<BudgetClaim> claims_for(const std::vector<BudgetRule>& rules, const Spender& spender,
                                    Micros at);
// Whether what its calls cost must be known.
bool limits_money(const std::vector<BudgetRule>& rules, const Spender& spender);

// What a row of the ledger says of its call that is not in the event that closed it.
struct BillTerms {
  Micros opened_at = 0;
  std::string route = {};   // what was asked for
  std::string prices = {};  // the edition of the table, or kNoPrice
};
// As `state`, from before the closing, tells.
BillTerms terms_of(const RunState& state, const Event& closing, const std::string& prices);

// What was billed by the time that `closing` closed a model call: a row for each try that the
// route.chosen among `events` tells of, when they add up to what the call cost, else one for the
// whole. Nothing for what neither used nor cost anything.
std::vector<LedgerRow> ledger_rows(const std::vector<Event>& events, const Event& closing,
                                   const Spender& spender, const BillTerms& terms);

// The money that the events move. `state` is as before them.
MoneyMoves money_of(const std::vector<Event>& events, const RunState& state,
                    const std::vector<BudgetRule>& rules, const std::string& prices);

}  // namespace yoke
