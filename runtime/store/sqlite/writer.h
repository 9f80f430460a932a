#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/store/call.h"
#include "runtime/store/keeper.h"
#include "runtime/store/rules.h"
#include "runtime/store/sqlite/contents.h"
#include "runtime/store/sqlite/database.h"
#include "runtime/store/sqlite/health.h"
#include "runtime/store/types.h"

namespace yoke::sqlite {

struct StoredRun;

struct WriterIdentity {
  std::string node_id;
  std::int64_t epoch = 0;  // the incarnation of the store: owners of earlier ones are dead
};

// Everything that changes the store, on one connection: appends, claims, messages, checkpoints.
// What has gathered is one transaction: a call that is refused leaves its neighbours alone, since
// it is judged before it writes; a statement that fails takes the whole batch with it.
//
// Ownership: borrows the database, the health and the counters.
// Threads:   one, the desk's.
class Writer {
 public:
  Writer(Database& database, std::string store_path, WriterIdentity identity, Health& health,
         Counters& counters);

  void work(std::vector<SharedCall<Writer>>& batch);
  void tidy();
  void rest();

  // The calls, inside the batch's transaction. `now` is wall time. They take what they are given.
  Result<Created> create(NewRun& run);
  Result<Appended> append(Append& append, Micros now);
  Result<Claim> claim(const std::string& run_id, Micros now);
  std::vector<Claim> claim_due(Micros now, int limit);
  Result<Posted> post(InboxMessage& message);
  Result<void> erase(const std::string& run_id, const std::string& by, Micros now);
  std::vector<OutboxRow> claim_outbox(Micros now, int limit);
  Result<void> settle_outbox(std::int64_t id, const OutboxOutcome& outcome, Micros now);
  Result<std::int64_t> drop_outbox(Micros settled_before);
  Result<void> kv_set(const std::string& space, const std::string& key, const Json& value);
  Result<void> kv_remove(const std::string& space, const std::string& key);
  Result<void> charge(MoneyMoves& moves);
  Result<void> keep_reply(const std::string& space, const std::string& key,
                          const CachedReply& reply, const ReplyBounds& bounds);
  Result<std::int64_t> drop_replies(const std::string& space);
  std::optional<AuditRoot> seal(const RootSigner* signer, Micros now);
  SweptFiles sweep(Micros before) { return contents_.sweep(before); }
  Result<bool> adopt(const MovedRun& run, Micros now);
  bool adopt_id(const std::string& store_id);
  Result<void> adopt_root(const AuditRoot& root, const std::vector<RunHead>& heads);
  // Closes as expected what is left open: of a run, or of no run at all.
  void close_orphans(std::optional<std::int64_t> run_no, Micros now);

 private:
  struct LiveRun {  // an owned run; its row is brought up to date only now and then
    std::int64_t run_no = 0;
    std::int64_t fence = 0;
    std::int64_t head_seq = 0;
    Hash head_hash{};
    std::int64_t claimed_at_seq = 0;
    std::int64_t written_seq = 0;  // the head in the row
    int takeovers = 0;
  };

  void perform(StoreCall<Writer>& call);
  void checkpoint();
  void forget_erased();
  void remove_erased_files();
  void commit_batch(std::vector<SharedCall<Writer>>& batch);

  struct Older {  // the run that has an idempotency key
    std::int64_t run_no = 0;
    std::string run_id;
    std::string idem_hash;
    Micros created_at = 0;
  };
  std::optional<Older> run_with_key(const NewRun& run);
  Result<void> check_turn(const NewRun& run);
  Created queue_up(NewRun& run, LiveRun& live);
  // The oldest run of the session that has not ended.
  struct First {
    std::string run_id;
    bool queued = false;
  };
  std::optional<First> first_in_session(const std::string& tenant, const std::string& session);
  std::string call_next_in_session(std::int64_t ended_run_no, Micros now);
  std::optional<StoredRun> find(const std::string& run_id);
  Result<LiveRun*> live(const std::string& run_id, std::int64_t fence);
  void load_head(StoredRun& stored);
  Result<Claim> take_over(StoredRun& stored, bool adopted);
  void quarantine(const StoredRun& stored, Micros now);
  Result<std::optional<std::int64_t>> fork_parent(const NewRun& run, LiveRun& child, int& depth);
  std::int64_t insert_run(const NewRun& run, const LiveRun& live,
                          std::optional<std::int64_t> fork_no, int fork_depth);
  std::optional<Hash> hash_at(std::int64_t run_no, std::int64_t seq);

  // The hashes of the bodies, after keeping the big ones and `blobs`. StoreFault: nothing is kept.
  std::vector<Hash> keep_contents(const std::vector<RecordIn>& records,
                                  const std::vector<std::string>& blobs, Micros now);
  // Writes the records behind the head and moves it. Gives their hashes.
  std::vector<Hash> write_records(const std::string& run_id, LiveRun& live,
                                  std::vector<RecordIn>& records, const std::vector<Hash>& bodies);
  void insert_record(std::int64_t run_no, const Record& record);
  void move_money(const MoneyMoves& moves, const store_rules::BudgetsAfter& budgets,
                  std::optional<std::int64_t> run_no);
  void open_call(const OpenCall& call, std::optional<std::int64_t> run_no);
  void close_call(const std::string& call_id);
  void insert_ledger_row(const LedgerRow& row, std::optional<std::int64_t> run_no);
  std::optional<std::string> reply_to_drop(const std::string& space, const ReplyBounds& bounds);
  void drop_reply(const std::string& space, const std::string& key);
  void take_messages(const Append& append, const LiveRun& live);
  // Gives the run of the same session whose turn has come thereby, or an empty id.
  std::string write_row(LiveRun& live, const RunUpdate& update, Micros now);
  void write_head(LiveRun& live);
  void tell_parent(const std::string& run_id, Micros now);
  void write_outbox(const std::vector<OutboxRow>& rows, std::int64_t run_no);
  void call_next_in_lane(const std::string& lane);
  Result<void> may_be_erased(const StoredRun& stored);
  void erase_records(std::int64_t run_no);
  void give_up_outbox(std::int64_t run_no, Micros now);
  bool is_referred_to(const Hash& hash);
  std::optional<AuditRoot> seal_tenant(const std::string& tenant, const RootSigner* signer,
                                       Micros now);
  void insert_root(const AuditRoot& root);
  void insert_covered(const AuditRoot& root, const RunHead& head);
  struct ForkedOff {  // the run that another was forked off
    std::int64_t run_no = 0;
    int depth = 0;
  };
  Result<std::optional<ForkedOff>> adopted_parent(const MovedRun& run);
  std::int64_t insert_moved(const MovedRun& run, const std::optional<ForkedOff>& parent);
  void insert_message(std::int64_t run_no, const InboxMessage& message);
  Micros wake_time(std::int64_t run_no, Micros ready_at);

  Database& database_;
  Contents contents_;
  const WriterIdentity identity_;
  Health& health_;
  Counters& counters_;
  std::unordered_map<std::string, LiveRun> live_;         // a cache: emptied when a batch fails
  bool has_erased_ = false;                               // what was erased may still be in the log
  bool erases_ = false;                                   // this batch does
  std::chrono::steady_clock::time_point forget_at_ = {};  // when that is next tried
};

}  // namespace yoke::sqlite
