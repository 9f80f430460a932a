#include "runtime/store/sqlite/sqlite_store.h"

#include <utility>

#include "runtime/store/rules.h"
#include "runtime/store/sqlite/migrations.h"

namespace yoke::sqlite {
namespace {

template <class T>
awaitable<Result<T>> refused() {
  co_return store_rules::opened_for_reading();
}

}  // namespace

SqliteStore::SqliteStore(Key, std::string path, StoreOptions options)
    : path_(std::move(path)),
      options_(std::move(options)),
      own_wall_(options_.wall == nullptr ? std::make_unique<SystemWallClock>() : nullptr),
      health_(path_) {}

SqliteStore::~SqliteStore() {
  read_desk_.reset();
  reader_.reset();
  read_database_.reset();
  if (write_side_ && epoch_ > 0) close_cleanly();
}

void SqliteStore::close_cleanly() {
  write_side_->desk.reset();
  try {
    health_.check();
    set_meta(write_side_->database, "clean", "1");
    write_side_->database.checkpoint(true);
  } catch (const std::exception&) {
    // The store stays marked as not closed cleanly, and is checked when it is opened again.
    write_side_->database.leave_log();
  }
}

void SqliteStore::start(const asio::any_io_executor& executor, DeskTimes times) {
  reader_.emplace(*read_database_, path_, health_);
  read_desk_.emplace(executor, "store-read", *reader_, times, false);
  if (!write_side_) return;
  write_side_->desk.emplace(executor, "store", *write_side_->writer, times);
}

Micros SqliteStore::now() const { return (own_wall_ ? *own_wall_ : *options_.wall).now(); }

template <class Job>
auto SqliteStore::write(Job job, bool patient) {
  auto submit = [this](SharedCall<Writer> call) { write_side_->desk->submit(std::move(call)); };
  return ask<Writer>(submit, std::move(job), patient);
}

template <class Job>
auto SqliteStore::look(Job job) {
  auto submit = [this](SharedCall<Reader> call) { read_desk_->submit(std::move(call)); };
  return ask<Reader>(submit, std::move(job));
}

awaitable<Result<Created>> SqliteStore::create(NewRun run) {
  if (!write_side_) return refused<Created>();
  return write([run = std::move(run)](Writer& writer) mutable { return writer.create(run); });
}

awaitable<Result<Appended>> SqliteStore::append(Append append) {
  if (!write_side_) return refused<Appended>();
  const bool patient = append.durability == Durability::soft;
  auto job = [append = std::move(append), at = now()](Writer& writer) mutable {
    return writer.append(append, at);
  };
  return write(std::move(job), patient);
}

awaitable<Result<Claim>> SqliteStore::claim(std::string run_id) {
  if (!write_side_) return refused<Claim>();
  return write([run_id = std::move(run_id), at = now()](Writer& writer) {
    return writer.claim(run_id, at);
  });
}

awaitable<std::vector<Claim>> SqliteStore::claim_due(Micros now, int limit) {
  if (!write_side_) throw StoreFault(store_rules::opened_for_reading().detail);
  return write([now, limit](Writer& writer) { return writer.claim_due(now, limit); });
}

// The lock on the side file is the lease.
awaitable<Result<void>> SqliteStore::renew_lease(Micros) {
  if (!write_side_) co_return store_rules::opened_for_reading();
  if (!write_side_->lock.still_held()) co_return write_side_->lock.lost();
  co_return Result<void>();
}

awaitable<Result<std::vector<Record>>> SqliteStore::read(std::string run_id, std::int64_t after_seq,
                                                         int limit) {
  return look([run_id = std::move(run_id), after_seq, limit](Reader& reader) {
    return reader.read(run_id, after_seq, limit);
  });
}

awaitable<Result<RunRow>> SqliteStore::get(std::string run_id) {
  return look([run_id = std::move(run_id)](Reader& reader) { return reader.get(run_id); });
}

awaitable<std::vector<RunRow>> SqliteStore::list(RunFilter filter) {
  return look([filter = std::move(filter)](Reader& reader) { return reader.list(filter); });
}

awaitable<std::vector<SessionRow>> SqliteStore::sessions(SessionFilter filter) {
  return look([filter = std::move(filter)](Reader& reader) { return reader.sessions(filter); });
}

awaitable<Result<void>> SqliteStore::erase(std::string run_id, std::string by) {
  if (!write_side_) return refused<void>();
  return write([run_id = std::move(run_id), by = std::move(by), at = now()](Writer& writer) {
    return writer.erase(run_id, by, at);
  });
}

awaitable<std::vector<OutboxRow>> SqliteStore::claim_outbox(Micros now, int limit) {
  if (!write_side_) throw StoreFault(store_rules::opened_for_reading().detail);
  return write([now, limit](Writer& writer) { return writer.claim_outbox(now, limit); });
}

awaitable<Result<void>> SqliteStore::settle_outbox(std::int64_t id, OutboxOutcome outcome) {
  if (!write_side_) return refused<void>();
  return write([id, outcome = std::move(outcome), at = now()](Writer& writer) {
    return writer.settle_outbox(id, outcome, at);
  });
}

awaitable<std::vector<OutboxRow>> SqliteStore::list_outbox(OutboxFilter filter) {
  return look([filter = std::move(filter)](Reader& reader) { return reader.list_outbox(filter); });
}

awaitable<Micros> SqliteStore::next_outbox() {
  return look([epoch = epoch_](Reader& reader) { return reader.next_outbox(epoch); });
}

awaitable<Result<std::int64_t>> SqliteStore::drop_outbox(Micros settled_before) {
  if (!write_side_) return refused<std::int64_t>();
  return write([settled_before](Writer& writer) { return writer.drop_outbox(settled_before); });
}

awaitable<Result<std::string>> SqliteStore::blob(Hash hash) {
  return look([hash](Reader& reader) { return reader.blob(hash); });
}

awaitable<Result<Posted>> SqliteStore::post(InboxMessage message) {
  if (!write_side_) return refused<Posted>();
  return write(
      [message = std::move(message)](Writer& writer) mutable { return writer.post(message); });
}

awaitable<std::vector<InboxMessage>> SqliteStore::inbox(std::string run_id) {
  return look([run_id = std::move(run_id)](Reader& reader) { return reader.inbox(run_id); });
}

awaitable<Result<Json>> SqliteStore::kv_get(std::string space, std::string key) {
  return look([space = std::move(space), key = std::move(key)](Reader& reader) {
    return reader.kv_get(space, key);
  });
}

awaitable<Result<void>> SqliteStore::kv_set(std::string space, std::string key, Json value) {
  if (!write_side_) return refused<void>();
  return write([space = std::move(space), key = std::move(key), value = std::move(value)](
                   Writer& writer) { return writer.kv_set(space, key, value); });
}

awaitable<Result<void>> SqliteStore::kv_remove(std::string space, std::string key) {
  if (!write_side_) return refused<void>();
  return write([space = std::move(space), key = std::move(key)](Writer& writer) {
    return writer.kv_remove(space, key);
  });
}

awaitable<std::vector<KvEntry>> SqliteStore::kv_list(std::string space, std::string prefix,
                                                     int limit) {
  return look([space = std::move(space), prefix = std::move(prefix), limit](Reader& reader) {
    return reader.kv_list(space, prefix, limit);
  });
}

awaitable<Result<void>> SqliteStore::charge(MoneyMoves moves) {
  if (!write_side_) return refused<void>();
  return write([moves = std::move(moves)](Writer& writer) mutable { return writer.charge(moves); });
}

awaitable<BudgetState> SqliteStore::budget(BudgetKey key) {
  return look([key = std::move(key)](Reader& reader) { return reader.budget(key); });
}

awaitable<std::vector<BudgetRow>> SqliteStore::budgets() {
  return look([](Reader& reader) { return reader.budgets(); });
}

awaitable<LedgerPage> SqliteStore::ledger(LedgerFilter filter) {
  return look([filter = std::move(filter)](Reader& reader) { return reader.ledger(filter); });
}

awaitable<std::vector<OpenCall>> SqliteStore::open_calls() {
  return look([](Reader& reader) { return reader.open_calls(); });
}

awaitable<Result<CachedReply>> SqliteStore::cached_reply(std::string space, std::string key,
                                                         Micros kept_since) {
  return look([space = std::move(space), key = std::move(key), kept_since](Reader& reader) {
    return reader.cached_reply(space, key, kept_since);
  });
}

awaitable<Result<void>> SqliteStore::keep_reply(std::string space, std::string key,
                                                CachedReply reply, ReplyBounds bounds) {
  if (!write_side_) return refused<void>();
  auto job = [space = std::move(space), key = std::move(key), reply = std::move(reply),
              bounds](Writer& writer) { return writer.keep_reply(space, key, reply, bounds); };
  return write(std::move(job), true);
}

awaitable<Result<std::int64_t>> SqliteStore::drop_replies(std::string space) {
  if (!write_side_) return refused<std::int64_t>();
  return write([space = std::move(space)](Writer& writer) { return writer.drop_replies(space); });
}

awaitable<std::string> SqliteStore::store_id() {
  return look([](Reader& reader) { return reader.store_id(); });
}

awaitable<Result<std::optional<AuditRoot>>> SqliteStore::seal(const RootSigner* signer) {
  if (!write_side_) return refused<std::optional<AuditRoot>>();
  return write([signer, at = now()](Writer& writer) -> Result<std::optional<AuditRoot>> {
    return writer.seal(signer, at);
  });
}

awaitable<std::vector<AuditRoot>> SqliteStore::roots(std::string tenant, std::int64_t after,
                                                     int limit) {
  return look([tenant = std::move(tenant), after, limit](Reader& reader) {
    return reader.roots(tenant, after, limit);
  });
}

awaitable<std::vector<std::string>> SqliteStore::tenants_with_roots() {
  return look([](Reader& reader) { return reader.tenants_with_roots(); });
}

awaitable<std::vector<CoveredHead>> SqliteStore::heads_of_root(std::string tenant, std::int64_t n) {
  return look(
      [tenant = std::move(tenant), n](Reader& reader) { return reader.heads_of_root(tenant, n); });
}

awaitable<std::optional<Hash>> SqliteStore::hash_at(std::string run_id, std::int64_t seq) {
  return look(
      [run_id = std::move(run_id), seq](Reader& reader) { return reader.hash_at(run_id, seq); });
}

awaitable<std::vector<CoveredHead>> SqliteStore::heads_of_run(std::string run_id) {
  return look([run_id = std::move(run_id)](Reader& reader) { return reader.heads_of_run(run_id); });
}

awaitable<Result<bool>> SqliteStore::adopt(MovedRun run) {
  if (!write_side_) return refused<bool>();
  return write(
      [run = std::move(run), at = now()](Writer& writer) { return writer.adopt(run, at); });
}

awaitable<Result<bool>> SqliteStore::adopt_id(std::string store_id) {
  if (!write_side_) return refused<bool>();
  return write([store_id = std::move(store_id)](Writer& writer) -> Result<bool> {
    return writer.adopt_id(store_id);
  });
}

awaitable<Result<void>> SqliteStore::adopt_root(AuditRoot root, std::vector<RunHead> heads) {
  if (!write_side_) return refused<void>();
  return write([root = std::move(root), heads = std::move(heads)](Writer& writer) {
    return writer.adopt_root(root, heads);
  });
}

awaitable<std::vector<EndedRun>> SqliteStore::ended_before(RunStatus status, Micros before,
                                                           EndedRun after, int limit) {
  return look([status, before, after = std::move(after), limit](Reader& reader) {
    return reader.ended_before(status, before, after, limit);
  });
}

awaitable<Result<SweptFiles>> SqliteStore::sweep(Micros before) {
  if (!write_side_) return refused<SweptFiles>();
  return write([before](Writer& writer) -> Result<SweptFiles> { return writer.sweep(before); });
}

awaitable<std::vector<KeptValue>> SqliteStore::values(std::string after_space,
                                                      std::string after_key, int limit) {
  return look([space = std::move(after_space), key = std::move(after_key), limit](Reader& reader) {
    return reader.values(space, key, limit);
  });
}

}  // namespace yoke::sqlite
