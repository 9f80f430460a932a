#pragma once

#include <string>
#include <vector>

#include "runtime/base/id.h"
#include "runtime/engine/budgets.h"
#include "runtime/ports/embedder.h"
#include "runtime/store/store.h"

namespace yoke {

// Makes texts into vectors by way of the books: what they may cost is reserved in the budgets
// before they are asked for, and what they cost is in the ledger after it, as role "embed".
//
// Ownership: borrows its services, which must outlive it.
// Threads:   loop thread only.
// Errors:    a failure of class budget when a budget has no room, or a price is not known that has
//            to be; nothing was sent then. StoreFault when the books cannot be written.
// Cancellation: the call is booked at what it may have cost.
class PaidEmbedder final : public Embedder {
 public:
  struct Services {
    Embedder& embedder;
    const Model& model;  // knows what the same texts may cost
    Store& store;
    WallClock& wall;
    Random& random;
  };
  PaidEmbedder(Services services, std::vector<BudgetRule> rules, std::string prices);

  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;

 private:
  Result<OpenCall> call_for(const EmbedRequest& request);
  awaitable<void> settle(std::string id, LedgerRow row);

  Services services_;
  std::vector<BudgetRule> rules_;
  std::string prices_;
};

}  // namespace yoke
