#pragma once

#include <string>
#include <vector>

#include "runtime/engine/budgets.h"
#include "runtime/store/store.h"

// What the journals say was spent, held against the ledger and the budgets.
namespace yoke {

// The ledger's rows of a run, made anew from its own events: those of its parent, when it is a
// fork, are the parent's. `set_aside`: the run was quarantined and pays for what it had in flight.
std::vector<LedgerRow> ledger_from_journal(const std::string& run_id,
                                           const std::vector<Event>& events, bool set_aside);

// A model call of which the ledger and the journal do not say the same.
struct BookDifference {
  std::string call_id;
  std::string what;  // "the ledger has $0.02, the journal $0.03"
};
// Held against each other call by call, to the nano-dollar and the token.
std::vector<BookDifference> compare_books(const std::vector<LedgerRow>& ledger,
                                          const std::vector<LedgerRow>& journal);

// Both for one run, which may be driven meanwhile: the ledger counts as far as the journal was
// read. Errors: not_found, and a journal that cannot be read.
awaitable<Result<std::vector<BookDifference>>> recount_run(Store& store, std::string run_id);

// Every row of the ledger that the filter names.
awaitable<std::vector<LedgerRow>> read_ledger(Store& store, LedgerFilter filter);

// Budgets whose sums are not those of the ledger and of the calls in flight, each as one line.
awaitable<std::vector<std::string>> recount_budgets(Store& store);

}  // namespace yoke
