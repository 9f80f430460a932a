#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/store/keeper.h"
#include "runtime/store/sqlite/desk.h"
#include "runtime/store/sqlite/health.h"
#include "runtime/store/sqlite/reader.h"
#include "runtime/store/sqlite/side_lock.h"
#include "runtime/store/sqlite/writer.h"
#include "runtime/store/store.h"

namespace yoke::sqlite {

// The store in one SQLite file. One connection on one thread ("store") writes and checkpoints, one
// on another ("store-read") reads; see README.md.
//
// Ownership: outlives its calls. May outlive the loop.
// Errors:    of the Store interface. Every destructor works off what was submitted.
class SqliteStore final : public Store, public StoreKeeper {
  struct Key {};  // only open() makes one

 public:
  // As open_store(); `path` names the file.
  static Result<std::unique_ptr<SqliteStore>> open(const std::string& path,
                                                   asio::any_io_executor executor,
                                                   StoreOptions options, DeskTimes times = {});
  SqliteStore(Key, std::string path, StoreOptions options);
  ~SqliteStore() override;

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

  awaitable<std::string> store_id() override;
  awaitable<Result<std::optional<AuditRoot>>> seal(const RootSigner* signer) override;
  awaitable<std::vector<AuditRoot>> roots(std::string tenant, std::int64_t after,
                                          int limit) override;
  awaitable<std::vector<std::string>> tenants_with_roots() override;
  awaitable<std::vector<CoveredHead>> heads_of_root(std::string tenant, std::int64_t n) override;
  awaitable<std::optional<Hash>> hash_at(std::string run_id, std::int64_t seq) override;
  awaitable<std::vector<CoveredHead>> heads_of_run(std::string run_id) override;
  awaitable<Result<bool>> adopt(MovedRun run) override;
  awaitable<Result<bool>> adopt_id(std::string store_id) override;
  awaitable<Result<void>> adopt_root(AuditRoot root, std::vector<RunHead> heads) override;
  awaitable<std::vector<EndedRun>> ended_before(RunStatus status, Micros before, EndedRun after,
                                                int limit) override;
  awaitable<Result<SweptFiles>> sweep(Micros before) override;
  awaitable<std::vector<KeptValue>> values(std::string after_space, std::string after_key,
                                           int limit) override;

  const Counters& counters() const { return counters_; }

 private:
  // The side that writes; absent when the store was opened for reading.
  struct WriteSide {
    WriteSide(SideLock lock, const std::string& path)
        : lock(std::move(lock)), database(path, OpenMode::write) {}

    SideLock lock;  // released last
    Database database;
    std::optional<Writer> writer;
    std::optional<Desk<Writer>> desk;  // destroyed first: it uses the others
  };

  Result<void> open_for_writing();
  Result<void> open_for_reading();
  void start(const asio::any_io_executor& executor, DeskTimes times);
  Micros now() const;
  void close_cleanly();

  template <class Job>
  auto write(Job job, bool patient = false);
  template <class Job>
  auto look(Job job);

  const std::string path_;
  const StoreOptions options_;
  const std::unique_ptr<WallClock> own_wall_;  // when none was given
  Health health_;
  Counters counters_;
  std::int64_t epoch_ = 0;  // 0: not opened for writing
  std::optional<WriteSide> write_side_;
  std::optional<Database> read_database_;
  std::optional<Reader> reader_;
  std::optional<Desk<Reader>> read_desk_;
};

}  // namespace yoke::sqlite
