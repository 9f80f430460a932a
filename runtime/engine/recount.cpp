#include "runtime/engine/recount.h"

#include "runtime/base/saturating.h"
#include "runtime/store/spend.h"

namespace yoke {
namespace {

SpendSum sum_of(const std::vector<LedgerRow>& rows) {
  SpendSum sum;
  for (const LedgerRow& row : rows) sum.add(row);
  return sum;
}

// The call is closed as the store closes what a run leaves open.
LedgerRow as_expected(const CallState& call) {
  LedgerRow row;
  row.call_id = call.id;
  row.target = call.target;
  row.cost = call.reserved;
  row.estimated = true;
  row.opened_at = row.at = call.opened_at;
  return row;
}

void compare(std::vector<std::string>& found, const char* what, std::int64_t ledger,
             std::int64_t journal) {
  if (ledger == journal) return;
  found.push_back(std::string(what) + ": the ledger has " + std::to_string(ledger) +
                  ", the journal " + std::to_string(journal));
}

}  // namespace

std::vector<LedgerRow> ledger_from_journal(const std::string& run_id,
                                           const std::vector<Event>& events, bool set_aside) {
  RunState state;
  std::vector<LedgerRow> rows;
  std::vector<Event> lately;  // since the last call was closed: what a route told of it
  for (const Event& event : events) {
    lately.push_back(event);
    const bool closes =
        event.kind == EventKind::model_replied || event.kind == EventKind::model_failed;
    if (closes && event.run_id == run_id) {
      const CallState* call = state.find_call(event.call_id);
      const Micros opened_at = call == nullptr ? event.at : call->opened_at;
      for (LedgerRow& row : ledger_rows(lately, event, spender_of(state), opened_at, "")) {
        rows.push_back(std::move(row));
      }
    }
    if (closes) lately.clear();
    const Result<void> folded = fold_in(state, event);
    if (!folded) return rows;  // damaged: the chain tells of that
  }
  for (const auto& [id, call] : state.calls) {
    if (set_aside && call.is_model && call.open && call.reserved > 0) {
      rows.push_back(as_expected(call));
    }
  }
  return rows;
}

std::vector<std::string> compare_books(const std::vector<LedgerRow>& ledger,
                                       const std::vector<LedgerRow>& journal) {
  const SpendSum left = sum_of(ledger);
  const SpendSum right = sum_of(journal);
  std::vector<std::string> found;
  compare(found, "nano-dollars", left.cost, right.cost);
  const bool closed_by_store = left.estimated_rows > 0;  // which knows no more than the cost
  if (closed_by_store) return found;
  compare(found, "input tokens", left.input, right.input);
  compare(found, "output tokens", left.output, right.output);
  return found;
}

awaitable<std::vector<LedgerRow>> read_ledger(Store& store, LedgerFilter filter) {
  std::vector<LedgerRow> rows;
  while (true) {
    LedgerFilter next = filter;
    LedgerPage page = co_await store.ledger(std::move(next));
    for (LedgerRow& row : page.rows) rows.push_back(std::move(row));
    if (static_cast<int>(page.rows.size()) < filter.limit) co_return rows;
    filter.after = page.last;
  }
}

awaitable<std::vector<std::string>> recount_budgets(Store& store) {
  const std::vector<BudgetRow> budgets = co_await store.budgets();
  LedgerFilter all;
  const std::vector<LedgerRow> ledger = co_await read_ledger(store, std::move(all));
  std::vector<std::string> found;
  for (const BudgetRow& budget : budgets) {
    std::int64_t sum = 0;
    for (const LedgerRow& row : ledger) {
      if (counts_in(budget.key, row)) sum = saturating_add(sum, amount_of(budget.key.unit, row));
    }
    if (sum == budget.settled) continue;
    found.push_back(words_for(budget.key) + " has " + amount_text(budget.key.unit, budget.settled) +
                    " spent, the ledger " + amount_text(budget.key.unit, sum));
  }
  co_return found;
}

}  // namespace yoke
