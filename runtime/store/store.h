#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/store/types.h"

namespace yoke {

// Journal, leases, messages, budgets and small values: all that a restart relies on.
//
// Threads: called and answered on the loop thread; the work itself is done elsewhere.
// Errors:  outcomes in Result. StoreFault (a Fault) when the disk or the file is bad: nothing of
//          that call is stored then. A failed fsync ends every later call with a fault.
// Cancellation: the call is abandoned; it is then wholly stored or not at all.
class Store {
 public:
  virtual ~Store() = default;

  // A new run, owned by this node. With `idem_key` already used: `existed`, and nothing is written.
  // Errors: conflict (as NewRun::turn says); exhausted and not_found as append() and for a fork.
  virtual awaitable<Result<Created>> create(NewRun run) = 0;

  // Appends in one transaction with everything else the Append carries. Appends of one run are
  // applied in the order of the calls: a second may be handed in before the first is acknowledged.
  //
  // Errors: fenced (another owner, or after_seq is not the head): stop the run, do not retry.
  //         exhausted (a budget has no room for a call): nothing stored; detail names the budget.
  virtual awaitable<Result<Appended>> append(Append append) = 0;

  // Takes a run that nobody owns, or whose owner's lease is over; raises its fence.
  // Errors: not_found; conflict (a live node owns it, or it has ended).
  virtual awaitable<Result<Claim>> claim(std::string run_id) = 0;
  // The same for up to `limit` runs that are due: ready, or waiting with ready_at <= now.
  virtual awaitable<std::vector<Claim>> claim_due(Micros now, int limit) = 0;
  virtual awaitable<Result<void>> renew_lease(Micros now) = 0;  // this node's; fenced: it is lost

  // Records after `after_seq`, oldest first, at most `limit`; a fork's begin with its parent's.
  virtual awaitable<Result<std::vector<Record>>> read(std::string run_id, std::int64_t after_seq,
                                                      int limit) = 0;
  virtual awaitable<Result<RunRow>> get(std::string run_id) = 0;
  virtual awaitable<std::vector<RunRow>> list(RunFilter filter) = 0;
  virtual awaitable<std::vector<SessionRow>> sessions(SessionFilter filter) = 0;
  virtual awaitable<Result<std::string>> blob(Hash hash) = 0;

  // Errors: not_found (no such run), conflict (the run has ended).
  virtual awaitable<Result<Posted>> post(InboxMessage message) = 0;
  // Those not yet taken, in their order.
  virtual awaitable<std::vector<InboxMessage>> inbox(std::string run_id) = 0;

  // Erases what an ended run said: the bodies of its records, messages and outbox rows, contents
  // that nobody else refers to, its title. Hashes, ledger and the row's bare facts stay, so that
  // the chain can be verified; the row says by whom and when. What was still to be sent is given
  // up. A second time: nothing changes. Errors: not_found; conflict (it has not ended, a fork
  // shares its records, or a later run of its
  //         session that has not ended goes on from it).
  virtual awaitable<Result<void>> erase(std::string run_id, std::string by) = 0;

  // Rows to send now, the longest due first: of each lane its oldest unsent one. They are this
  // process's until settled; what an earlier process had claimed is due again.
  virtual awaitable<std::vector<OutboxRow>> claim_outbox(Micros now, int limit) = 0;
  // Errors: not_found; conflict (it is settled already, or was not claimed by this process).
  virtual awaitable<Result<void>> settle_outbox(std::int64_t id, OutboxOutcome outcome) = 0;
  virtual awaitable<std::vector<OutboxRow>> list_outbox(OutboxFilter filter) = 0;
  // When the next row is due that nobody sends yet: 0 for none.
  virtual awaitable<Micros> next_outbox() = 0;
  // Forgets what was settled before then. Gives how many rows there were.
  virtual awaitable<Result<std::int64_t>> drop_outbox(Micros settled_before) = 0;

  // Small values of tools: `space` is tenant and owner, "local/notes".
  virtual awaitable<Result<Json>> kv_get(std::string space, std::string key) = 0;
  virtual awaitable<Result<void>> kv_set(std::string space, std::string key, Json value) = 0;
  virtual awaitable<Result<void>> kv_remove(std::string space, std::string key) = 0;
  virtual awaitable<std::vector<KvEntry>> kv_list(std::string space, std::string prefix,
                                                  int limit) = 0;

  // Moves money for calls outside of any run. What this process leaves open is closed as expected
  // when the store is next opened for writing: whoever made such a call may have been billed.
  // Errors: exhausted, as append().
  virtual awaitable<Result<void>> charge(MoneyMoves moves) = 0;
  virtual awaitable<BudgetState> budget(BudgetKey key) = 0;
  virtual awaitable<std::vector<BudgetRow>> budgets() = 0;  // of all times, in the order of keys
  virtual awaitable<LedgerPage> ledger(LedgerFilter filter) = 0;
  virtual awaitable<std::vector<OpenCall>> open_calls() = 0;  // in the order they were opened

  // Replies kept to be given again: by space (route and tenant) and key (a hash of the question).
  // not_found: it is not there, or was kept before `kept_since`.
  virtual awaitable<Result<CachedReply>> cached_reply(std::string space, std::string key,
                                                      Micros kept_since) = 0;
  // Keeps it in place of what was there and trims its space to `bounds`. A crash may lose the
  // newest.
  virtual awaitable<Result<void>> keep_reply(std::string space, std::string key, CachedReply reply,
                                             ReplyBounds bounds) = 0;
  // All of a space; an empty one means all spaces. Gives how many there were.
  virtual awaitable<Result<std::int64_t>> drop_replies(std::string space) = 0;
};

class StoreFault : public Fault {
 public:
  using Fault::Fault;
};

struct StoreOptions {
  bool read_only = false;  // beside a writer; every writing call is refused as denied
  std::string node_id;     // who owns the runs claimed through this store
  std::string build_id = "dev";
  WallClock* wall = nullptr;  // must outlive the store
};

// "sqlite:PATH" (the folder is made when missing) or "memory:". The store must outlive every call.
// Errors: conflict ("the store … is in use by process N"), unsupported (made by a newer Yoke),
//         unavailable (cannot be opened or written; says why), invalid (no such kind of address).
Result<std::unique_ptr<Store>> open_store(const std::string& url, asio::any_io_executor executor,
                                          StoreOptions options);

}  // namespace yoke
