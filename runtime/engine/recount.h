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

// What differs, each as one line; empty when the ledger and the journal agree to the nano-dollar
// and the token. `run` ends: one that is being driven may be ahead of what was read.
std::vector<std::string> compare_books(const std::vector<LedgerRow>& ledger,
                                       const std::vector<LedgerRow>& journal);

// Every row of the ledger that the filter names.
awaitable<std::vector<LedgerRow>> read_ledger(Store& store, LedgerFilter filter);

// Budgets whose sums are not those of the ledger, each as one line.
awaitable<std::vector<std::string>> recount_budgets(Store& store);

}  // namespace yoke
