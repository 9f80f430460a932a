#include "runtime/engine/recount.h"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/base/saturating.h"
#include "runtime/engine/reader.h"
#include "runtime/store/spend.h"

namespace yoke {
namespace {

bool closes_model_call(const Event& event) {
  return event.kind == EventKind::model_replied || event.kind == EventKind::model_failed;
}

// The call is closed as the store closes what a run leaves open.
LedgerRow as_expected(const CallState& call) {
  LedgerRow row;
  row.call_id = call.id;
  row.target = row.route = call.target;
  row.input = call.expected.input;
  row.output = call.expected.output;
  row.cost = call.reserved;
  row.estimated = true;
  row.opened_at = row.at = call.opened_at;
  return row;
}

std::map<std::string, SpendSum> by_call(const std::vector<LedgerRow>& rows) {
  std::map<std::string, SpendSum> sums;
  for (const LedgerRow& row : rows) sums[row.call_id].add(row);
  return sums;
}

struct Amount {
  const char* words;
  std::int64_t SpendSum::*sum;
};
constexpr Amount kAmounts[] = {{" input tokens", &SpendSum::input},
                               {" cached tokens", &SpendSum::cached},
                               {" tokens written to a cache", &SpendSum::cache_write},
                               {" output tokens", &SpendSum::output},
                               {" reasoning tokens", &SpendSum::reasoning}};

// Empty when both say the same.
std::string difference_between(const SpendSum& ledger, const SpendSum& journal) {
  if (ledger.cost != journal.cost) {
    return "the ledger has " + to_dollars(ledger.cost) + ", the journal " +
           to_dollars(journal.cost);
  }
  for (const Amount& amount : kAmounts) {
    const std::int64_t left = ledger.*amount.sum;
    const std::int64_t right = journal.*amount.sum;
    if (left == right) continue;
    return "the ledger has " + std::to_string(left) + ", the journal " + std::to_string(right) +
           amount.words;
  }
  return {};
}

std::int64_t reserved_in(const BudgetKey& key, const std::vector<OpenCall>& calls) {
  std::int64_t sum = 0;
  for (const OpenCall& call : calls) {
    for (const BudgetClaim& claim : call.budgets) {
      if (claim.budget != key) continue;
      sum = saturating_add(sum, std::max<std::int64_t>(0, amount_of(key.unit, call.expected)));
    }
  }
  return sum;
}

std::int64_t spent_in(const BudgetKey& key, const std::vector<LedgerRow>& ledger) {
  std::int64_t sum = 0;
  for (const LedgerRow& row : ledger) {
    if (counts_in(key, row)) sum = saturating_add(sum, amount_of(key.unit, row));
  }
  return sum;
}

}  // namespace

std::vector<LedgerRow> ledger_from_journal(const std::string& run_id,
                                           const std::vector<Event>& events, bool set_aside) {
  RunState state;
  std::vector<LedgerRow> rows;
  std::vector<Event> lately;  // since the last call was closed: what a route told of it
  for (const Event& event : events) {
    lately.push_back(event);
    if (closes_model_call(event) && event.run_id == run_id) {
      const BillTerms terms = terms_of(state, event, "");
      for (LedgerRow& row : ledger_rows(lately, event, spender_of(state), terms)) {
        rows.push_back(std::move(row));
      }
    }
    if (closes_model_call(event)) lately.clear();
    const Result<void> folded = fold_in(state, event);
    if (!folded) return rows;  // damaged: the chain tells of that
  }
  for (const auto& [id, call] : state.calls) {
    if (set_aside && call.is_model() && call.open) rows.push_back(as_expected(call));
  }
  return rows;
}

std::vector<BookDifference> compare_books(const std::vector<LedgerRow>& ledger,
                                          const std::vector<LedgerRow>& journal) {
  std::map<std::string, SpendSum> left = by_call(ledger);
  std::map<std::string, SpendSum> right = by_call(journal);
  for (const auto& [call_id, sum] : left) right.try_emplace(call_id);
  std::vector<BookDifference> found;
  for (const auto& [call_id, sum] : right) {
    const std::string what = difference_between(left[call_id], sum);
    if (!what.empty()) found.push_back(BookDifference{call_id, what});
  }
  return found;
}

awaitable<Result<std::vector<BookDifference>>> recount_run(Store& store, std::string run_id) {
  const Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  const Result<std::vector<Event>> events = co_await read_events(store, run_id);
  if (!events) co_return events.error();
  LedgerFilter filter;
  filter.run_id = run_id;
  std::vector<LedgerRow> ledger = co_await read_ledger(store, std::move(filter));
  const std::int64_t head = events->empty() ? 0 : events->back().seq;
  std::erase_if(ledger, [head](const LedgerRow& each) { return each.seq > head; });
  const bool set_aside = row->status == RunStatus::quarantined;
  co_return compare_books(ledger, ledger_from_journal(run_id, *events, set_aside));
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

// Somebody may spend meanwhile. The ledger only grows, so that its sum lies between what a budget
// said before and after it was read; what is reserved is compared when nothing moved.
awaitable<std::vector<std::string>> recount_budgets(Store& store) {
  const std::vector<BudgetRow> before = co_await store.budgets();
  const std::vector<OpenCall> calls = co_await store.open_calls();
  LedgerFilter all;
  const std::vector<LedgerRow> ledger = co_await read_ledger(store, std::move(all));
  const std::vector<OpenCall> calls_after = co_await store.open_calls();
  std::vector<std::string> found;
  for (const BudgetRow& budget : before) {
    const BudgetKey& key = budget.key;
    const auto text = [&key](std::int64_t amount) { return amount_text(key.unit, amount); };
    BudgetKey asked = key;
    const BudgetState after = co_await store.budget(std::move(asked));
    const std::int64_t spent = spent_in(key, ledger);
    if (spent < budget.settled || spent > after.settled) {
      found.push_back(words_for(key) + " has " + text(budget.settled) + " spent, the ledger " +
                      text(spent));
    }
    const std::int64_t reserved = reserved_in(key, calls);
    const bool still =
        budget.reserved == after.reserved && reserved == reserved_in(key, calls_after);
    if (still && reserved != after.reserved) {
      found.push_back(words_for(key) + " has " + text(after.reserved) +
                      " reserved, the calls in flight " + text(reserved));
    }
  }
  co_return found;
}

}  // namespace yoke
