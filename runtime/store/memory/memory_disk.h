#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/store/rules.h"
#include "runtime/store/types.h"

namespace yoke {

// What a memory store holds, apart from the store: several incarnations of a store may follow each
// other on one disk, as processes do on a file, and a crash can take from it what was not synced.
//
// Threads: one. No clock, no randomness: the same calls give the same disk.
class MemoryDisk {
 public:
  // The power goes: of the appends that were acknowledged but not synced, the first `soft_kept`
  // stay.
  void crash(std::size_t soft_kept = 0);
  std::size_t unsynced() const { return undo_.size(); }

  // What follows is for the memory store.
  struct Message {
    InboxMessage message;
    std::optional<std::int64_t> taken_seq;
  };
  struct Run {
    std::int64_t number = 0;  // order of creation
    RunRow row;
    std::string idem_key;
    std::string idem_hash;
    std::int64_t owner_epoch = 0;
    std::int64_t claimed_at_seq = 0;
    int fork_depth = 0;
    std::vector<Record> records;  // its own: of a fork, those after fork_seq
    std::vector<Message> inbox;
  };
  using Budgets = std::map<BudgetKey, store_rules::KeptBudget>;
  using OpenCalls = std::map<std::string, OpenCall>;
  struct Reply {
    std::int64_t number = 0;  // order of keeping
    CachedReply reply;
  };
  struct Replies {  // of one space
    std::map<std::string, Reply> by_key;
    std::int64_t bytes = 0;
  };
  struct Sending {
    OutboxRow row;
    std::int64_t claimed = 0;  // by this incarnation
  };
  struct Tables {
    std::map<std::string, Run> runs;
    std::map<std::string, std::map<std::string, Json>> kv;  // by space
    std::map<Hash, std::string> blobs;
    Budgets budgets;
    OpenCalls open_calls;
    std::vector<LedgerRow> ledger;
    std::map<std::string, Replies> replies;  // by space
    std::int64_t replies_kept = 0;
    std::map<std::int64_t, Sending> outbox;  // by id
    std::set<std::string> deduped;           // of the outbox, those that have one
    std::int64_t outbox_ids = 0;             // given so far
  };

  // A new incarnation opens the disk: the owners of earlier ones are dead.
  std::int64_t open() { return ++epoch_; }
  std::int64_t epoch() const { return epoch_; }
  Tables& tables() { return tables_; }
  const Tables& tables() const { return tables_; }
  // As it stands with all that the ledger has.
  store_rules::KeptBudget budget(const BudgetKey& key) const;
  std::vector<LedgerRow> ledger_of(const std::string& run_id) const;

  // Everything so far is there for good, as after any durable call.
  void sync() { undo_.clear(); }
  // How to take back the append that is about to change `run`.
  void remember(const Run& run, bool money_changes);
  // That the append which was remembered last also wakes another run.
  void remember_waking(const Run& run);

 private:
  struct Undo {
    std::string run_id;
    RunRow row;
    std::int64_t owner_epoch = 0;
    std::size_t records = 0;
    std::size_t ledger = 0;
    std::int64_t outbox_ids = 0;
    std::vector<Message> inbox;
    std::optional<Budgets> budgets;
    std::optional<OpenCalls> open_calls;
    std::string woken;  // the other run that was woken, and when it wanted to be before
    Micros woken_before = 0;
  };
  void take_back(Undo& undo);

  std::int64_t epoch_ = 0;
  Tables tables_;
  std::deque<Undo> undo_;  // oldest first
};

}  // namespace yoke
