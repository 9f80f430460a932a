#include "runtime/store/memory/memory_store.h"

#include <boost/asio/post.hpp>

namespace yoke {
namespace {

template <class T>
awaitable<Result<T>> refused() {
  co_return store_rules::opened_for_reading();
}

}  // namespace

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk, asio::any_io_executor executor,
                         StoreOptions options, MemoryHook hook)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      own_wall_(options_.wall == nullptr ? std::make_unique<SystemWallClock>() : nullptr),
      hook_(std::move(hook)),
      tables_(std::move(disk), options_.node_id) {}

Micros MemoryStore::now() const { return (own_wall_ ? *own_wall_ : *options_.wall).now(); }

void MemoryStore::submit(MemoryOp op, Call call) {
  waiting_.push_back(Waiting{std::move(op), std::move(call)});
  serve();
}

void MemoryStore::serve() {
  while (!delayed_ && !crashed_ && !waiting_.empty()) {
    const MemoryFate fate = hook_ ? hook_(waiting_.front().op) : MemoryFate();
    if (fate.delay > LoopClock::duration::zero()) {
      wait_for(fate.delay, fate.kind);
    } else {
      finish(fate.kind);
    }
  }
}

void MemoryStore::wait_for(LoopClock::duration delay, MemoryFate::Kind kind) {
  delayed_ = true;
  // Owned by its handler, and so by the loop: the store may go before or after it.
  auto timer = std::make_shared<Timer>(executor_, LoopClock::now() + delay);
  auto& waiting = *timer;
  auto on_time = [this, kind, timer = std::move(timer),
                  alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code&) {
    if (alive.expired()) return;
    delayed_ = false;
    finish(kind);
    serve();
  };
  waiting.async_wait(std::move(on_time));
}

void MemoryStore::finish(MemoryFate::Kind kind) {
  const Call call = std::move(waiting_.front().call);
  waiting_.pop_front();
  using Kind = MemoryFate::Kind;
  crashed_ = kind == Kind::crash_before || kind == Kind::crash_after;
  if (kind != Kind::fault_before && kind != Kind::crash_before) call->work(tables_);
  if (crashed_) return;
  if (kind == Kind::fault_before || kind == Kind::fault_after) {
    call->failure = std::make_exception_ptr(StoreFault("the disk failed"));
  }
  asio::post(executor_, [call] { call->done.notify(); });
}

template <class Job>
auto MemoryStore::enter(MemoryOp op, Job job) {
  auto hand_in = [this, op = std::move(op)](Call call) { submit(op, std::move(call)); };
  return ask<MemoryTables>(std::move(hand_in), std::move(job));
}

awaitable<Result<Created>> MemoryStore::create(NewRun run) {
  if (options_.read_only) return refused<Created>();
  MemoryOp op{"create", run.run_id, true};
  return enter(std::move(op),
               [run = std::move(run)](MemoryTables& tables) mutable { return tables.create(run); });
}

awaitable<Result<Appended>> MemoryStore::append(Append append) {
  if (options_.read_only) return refused<Appended>();
  MemoryOp op{"append", append.run_id, true};
  return enter(std::move(op),
               [append = std::move(append), at = now()](MemoryTables& tables) mutable {
                 return tables.append(append, at);
               });
}

awaitable<Result<Claim>> MemoryStore::claim(std::string run_id) {
  if (options_.read_only) return refused<Claim>();
  MemoryOp op{"claim", run_id, true};
  return enter(std::move(op), [run_id = std::move(run_id), at = now()](MemoryTables& tables) {
    return tables.claim(run_id, at);
  });
}

awaitable<std::vector<Claim>> MemoryStore::claim_due(Micros now, int limit) {
  if (options_.read_only) throw StoreFault(store_rules::opened_for_reading().detail);
  MemoryOp op{"claim_due", {}, true};
  return enter(std::move(op),
               [now, limit](MemoryTables& tables) { return tables.claim_due(now, limit); });
}

awaitable<Result<void>> MemoryStore::renew_lease(Micros) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"renew_lease", {}, true};
  return enter(std::move(op), [](MemoryTables& tables) { return tables.renew_lease(); });
}

awaitable<Result<std::vector<Record>>> MemoryStore::read(std::string run_id, std::int64_t after_seq,
                                                         int limit) {
  MemoryOp op{"read", run_id, false};
  return enter(std::move(op), [run_id = std::move(run_id), after_seq, limit](MemoryTables& tables) {
    return tables.read(run_id, after_seq, limit);
  });
}

awaitable<Result<RunRow>> MemoryStore::get(std::string run_id) {
  MemoryOp op{"get", run_id, false};
  return enter(std::move(op),
               [run_id = std::move(run_id)](MemoryTables& tables) { return tables.get(run_id); });
}

awaitable<std::vector<RunRow>> MemoryStore::list(RunFilter filter) {
  MemoryOp op{"list", {}, false};
  return enter(std::move(op),
               [filter = std::move(filter)](MemoryTables& tables) { return tables.list(filter); });
}

awaitable<std::vector<SessionRow>> MemoryStore::sessions(SessionFilter filter) {
  MemoryOp op{"sessions", {}, false};
  return enter(std::move(op), [filter = std::move(filter)](MemoryTables& tables) {
    return tables.sessions(filter);
  });
}

awaitable<Result<void>> MemoryStore::erase(std::string run_id, std::string by) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"erase", run_id, true};
  return enter(std::move(op), [run_id = std::move(run_id), by = std::move(by), at = now()](
                                  MemoryTables& tables) { return tables.erase(run_id, by, at); });
}

awaitable<std::vector<OutboxRow>> MemoryStore::claim_outbox(Micros now, int limit) {
  if (options_.read_only) throw StoreFault(store_rules::opened_for_reading().detail);
  MemoryOp op{"claim_outbox", {}, true};
  return enter(std::move(op),
               [now, limit](MemoryTables& tables) { return tables.claim_outbox(now, limit); });
}

awaitable<Result<void>> MemoryStore::settle_outbox(std::int64_t id, OutboxOutcome outcome) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"settle_outbox", {}, true};
  return enter(std::move(op), [id, outcome = std::move(outcome), at = now()](MemoryTables& tables) {
    return tables.settle_outbox(id, outcome, at);
  });
}

awaitable<std::vector<OutboxRow>> MemoryStore::list_outbox(OutboxFilter filter) {
  MemoryOp op{"list_outbox", {}, false};
  return enter(std::move(op), [filter = std::move(filter)](MemoryTables& tables) {
    return tables.list_outbox(filter);
  });
}

awaitable<Micros> MemoryStore::next_outbox() {
  MemoryOp op{"next_outbox", {}, false};
  return enter(std::move(op), [](MemoryTables& tables) { return tables.next_outbox(); });
}

awaitable<Result<std::int64_t>> MemoryStore::drop_outbox(Micros settled_before) {
  if (options_.read_only) return refused<std::int64_t>();
  MemoryOp op{"drop_outbox", {}, true};
  return enter(std::move(op), [settled_before](MemoryTables& tables) {
    return Result<std::int64_t>(tables.drop_outbox(settled_before));
  });
}

awaitable<Result<std::string>> MemoryStore::blob(Hash hash) {
  MemoryOp op{"blob", {}, false};
  return enter(std::move(op), [hash](MemoryTables& tables) { return tables.blob(hash); });
}

awaitable<Result<Posted>> MemoryStore::post(InboxMessage message) {
  if (options_.read_only) return refused<Posted>();
  MemoryOp op{"post", message.run_id, true};
  return enter(std::move(op), [message = std::move(message)](MemoryTables& tables) mutable {
    return tables.post(message);
  });
}

awaitable<std::vector<InboxMessage>> MemoryStore::inbox(std::string run_id) {
  MemoryOp op{"inbox", run_id, false};
  return enter(std::move(op),
               [run_id = std::move(run_id)](MemoryTables& tables) { return tables.inbox(run_id); });
}

awaitable<Result<Json>> MemoryStore::kv_get(std::string space, std::string key) {
  MemoryOp op{"kv_get", {}, false};
  return enter(std::move(op), [space = std::move(space), key = std::move(key)](
                                  MemoryTables& tables) { return tables.kv_get(space, key); });
}

awaitable<Result<void>> MemoryStore::kv_set(std::string space, std::string key, Json value) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"kv_set", {}, true};
  return enter(std::move(op),
               [space = std::move(space), key = std::move(key), value = std::move(value)](
                   MemoryTables& tables) mutable { return tables.kv_set(space, key, value); });
}

awaitable<Result<void>> MemoryStore::kv_remove(std::string space, std::string key) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"kv_remove", {}, true};
  return enter(std::move(op), [space = std::move(space), key = std::move(key)](
                                  MemoryTables& tables) { return tables.kv_remove(space, key); });
}

awaitable<std::vector<KvEntry>> MemoryStore::kv_list(std::string space, std::string prefix,
                                                     int limit) {
  MemoryOp op{"kv_list", {}, false};
  return enter(std::move(op),
               [space = std::move(space), prefix = std::move(prefix), limit](MemoryTables& tables) {
                 return tables.kv_list(space, prefix, limit);
               });
}

awaitable<Result<void>> MemoryStore::charge(MoneyMoves moves) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"charge", {}, true};
  return enter(std::move(op), [moves = std::move(moves)](MemoryTables& tables) mutable {
    return tables.charge(moves);
  });
}

awaitable<BudgetState> MemoryStore::budget(BudgetKey key) {
  MemoryOp op{"budget", {}, false};
  return enter(std::move(op),
               [key = std::move(key)](MemoryTables& tables) { return tables.budget(key); });
}

awaitable<std::vector<BudgetRow>> MemoryStore::budgets() {
  MemoryOp op{"budgets", {}, false};
  return enter(std::move(op), [](MemoryTables& tables) { return tables.budgets(); });
}

awaitable<LedgerPage> MemoryStore::ledger(LedgerFilter filter) {
  MemoryOp op{"ledger", filter.run_id, false};
  return enter(std::move(op), [filter = std::move(filter)](MemoryTables& tables) {
    return tables.ledger(filter);
  });
}

awaitable<std::vector<OpenCall>> MemoryStore::open_calls() {
  MemoryOp op{"open_calls", {}, false};
  return enter(std::move(op), [](MemoryTables& tables) { return tables.open_calls(); });
}

awaitable<Result<CachedReply>> MemoryStore::cached_reply(std::string space, std::string key,
                                                         Micros kept_since) {
  MemoryOp op{"cached_reply", {}, false};
  return enter(std::move(op),
               [space = std::move(space), key = std::move(key), kept_since](MemoryTables& tables) {
                 return tables.cached_reply(space, key, kept_since);
               });
}

awaitable<Result<void>> MemoryStore::keep_reply(std::string space, std::string key,
                                                CachedReply reply, ReplyBounds bounds) {
  if (options_.read_only) return refused<void>();
  MemoryOp op{"keep_reply", {}, true};
  return enter(std::move(op), [space = std::move(space), key = std::move(key),
                               reply = std::move(reply), bounds](MemoryTables& tables) mutable {
    return tables.keep_reply(space, key, reply, bounds);
  });
}

awaitable<Result<std::int64_t>> MemoryStore::drop_replies(std::string space) {
  if (options_.read_only) return refused<std::int64_t>();
  MemoryOp op{"drop_replies", {}, true};
  return enter(std::move(op), [space = std::move(space)](MemoryTables& tables) {
    return Result<std::int64_t>(tables.drop_replies(space));
  });
}

}  // namespace yoke
