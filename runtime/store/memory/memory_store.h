#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/loop/clock.h"
#include "runtime/store/call.h"
#include "runtime/store/memory/memory_disk.h"
#include "runtime/store/memory/memory_tables.h"
#include "runtime/store/store.h"

namespace yoke {

// A call as a simulation sees it before it is carried out.
struct MemoryOp {
  std::string_view name;  // "append", as in the Store interface
  std::string run_id;     // empty where the call names no run
  bool writes = false;
};

// What becomes of it.
struct MemoryFate {
  enum class Kind : std::uint8_t {
    ok,
    fault_before,  // StoreFault, nothing stored
    fault_after,   // stored, but the caller sees a StoreFault: the answer was lost
    crash_before,  // never answered, nothing stored; nor is any call after it
    crash_after,   // never answered, but stored; no call after it is
  };
  Kind kind = Kind::ok;
  LoopClock::duration delay{};  // by the loop's clock; calls behind it wait too
};

// Asked once for each call, in order. It must be deterministic for the simulation to be.
using MemoryHook = std::function<MemoryFate(const MemoryOp&)>;

// The store that keeps everything in memory, for tests, simulations and `memory:`. Calls are
// carried out one after the other in their order, on the loop thread, and answered in a later turn
// of it.
//
// A simulation gives several stores one disk, one after the other: the older ones' owners are dead
// as soon as a newer one exists. After a crash it destroys the store, calls disk.crash(n) and opens
// the next. A soft append counts as synced with the next durable call.
//
// Ownership: outlives its calls. May outlive the loop.
class MemoryStore final : public Store {
 public:
  MemoryStore(std::shared_ptr<MemoryDisk> disk, asio::any_io_executor executor,
              StoreOptions options, MemoryHook hook = {});

  awaitable<Result<Created>> create(NewRun run) override;
  awaitable<Result<Appended>> append(Append append) override;
  awaitable<Result<Claim>> claim(std::string run_id) override;
  awaitable<std::vector<Claim>> claim_due(Micros now, int limit) override;
  awaitable<Result<void>> renew_lease(Micros now) override;
  awaitable<Result<std::vector<Record>>> read(std::string run_id, std::int64_t after_seq,
                                              int limit) override;
  awaitable<Result<RunRow>> get(std::string run_id) override;
  awaitable<std::vector<RunRow>> list(RunFilter filter) override;
  awaitable<std::vector<SessionRow>> sessions(SessionFilter filter) override;
  awaitable<Result<void>> erase(std::string run_id, std::string by) override;
  awaitable<std::vector<OutboxRow>> claim_outbox(Micros now, int limit) override;
  awaitable<Result<void>> settle_outbox(std::int64_t id, OutboxOutcome outcome) override;
  awaitable<std::vector<OutboxRow>> list_outbox(OutboxFilter filter) override;
  awaitable<Micros> next_outbox() override;
  awaitable<Result<std::int64_t>> drop_outbox(Micros settled_before) override;
  awaitable<Result<std::string>> blob(Hash hash) override;
  awaitable<Result<Posted>> post(InboxMessage message) override;
  awaitable<std::vector<InboxMessage>> inbox(std::string run_id) override;
  awaitable<Result<Json>> kv_get(std::string space, std::string key) override;
  awaitable<Result<void>> kv_set(std::string space, std::string key, Json value) override;
  awaitable<Result<void>> kv_remove(std::string space, std::string key) override;
  awaitable<std::vector<KvEntry>> kv_list(std::string space, std::string prefix,
                                          int limit) override;
  awaitable<Result<void>> charge(MoneyMoves moves) override;
  awaitable<BudgetState> budget(BudgetKey key) override;
  awaitable<std::vector<BudgetRow>> budgets() override;
  awaitable<LedgerPage> ledger(LedgerFilter filter) override;
  awaitable<std::vector<OpenCall>> open_calls() override;
  awaitable<Result<CachedReply>> cached_reply(std::string space, std::string key,
                                              Micros kept_since) override;
  awaitable<Result<void>> keep_reply(std::string space, std::string key, CachedReply reply,
                                     ReplyBounds bounds) override;
  awaitable<Result<std::int64_t>> drop_replies(std::string space) override;

  bool crashed() const { return crashed_; }  // the hook said so

 private:
  using Call = SharedCall<MemoryTables>;
  struct Waiting {
    MemoryOp op;
    Call call;
  };

  template <class Job>
  auto enter(MemoryOp op, Job job);
  void submit(MemoryOp op, Call call);
  void serve();
  void wait_for(LoopClock::duration delay, MemoryFate::Kind kind);
  void finish(MemoryFate::Kind kind);
  Micros now() const;

  const asio::any_io_executor executor_;
  const StoreOptions options_;
  const std::unique_ptr<WallClock> own_wall_;  // when none was given
  const MemoryHook hook_;
  MemoryTables tables_;
  std::deque<Waiting> waiting_;  // the first is being served while delayed_
  bool delayed_ = false;
  bool crashed_ = false;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // watched by a delay's end
};

}  // namespace yoke
