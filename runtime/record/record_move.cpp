#include "runtime/record/record_move.h"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/recount.h"
#include "runtime/record/root_walk.h"

namespace yoke {
namespace {

constexpr int kRunsListed = 10'000;
constexpr int kRootsRead = 256;
constexpr int kValuesRead = 500;
constexpr int kUnsentMax = 1'000'000;
constexpr const char* kImporting = "yoke:import";  // small values; no tool can have the space

Error broken(const std::string& run_id, const ChainBreak& first) {
  const std::string place = first.seq == 0 ? "" : ", event " + std::to_string(first.seq);
  return Error{Errc::conflict, "run " + run_id + place + ": " + first.what};
}

// By the newest root that covers no more of the run than was read: others may seal meanwhile.
awaitable<std::optional<SealProof>> proof_of(StoreKeeper& keeper, std::string tenant,
                                             std::string run_id, std::int64_t head_seq) {
  std::vector<CoveredHead> covered = co_await keeper.heads_of_run(run_id);
  std::erase_if(covered, [head_seq](const CoveredHead& head) { return head.seq > head_seq; });
  if (covered.empty()) co_return std::nullopt;
  const CoveredHead& newest = covered.back();
  const std::vector<AuditRoot> roots = co_await keeper.roots(tenant, newest.n - 1, 1);
  const std::vector<CoveredHead> heads = co_await keeper.heads_of_root(tenant, newest.n);
  if (roots.empty()) co_return std::nullopt;
  SealProof proof;
  proof.root = roots.front();
  proof.seq = newest.seq;
  proof.path = merkle_path(std::vector<RunHead>(heads.begin(), heads.end()), run_id);
  co_return proof;
}

// Oldest first, so that a fork comes after what it was forked off.
awaitable<std::vector<std::string>> all_runs(Store& store) {
  std::vector<std::string> ids;
  RunFilter filter;
  filter.tenant = std::nullopt;
  filter.limit = kRunsListed;
  while (true) {
    const std::vector<RunRow> page = co_await store.list(filter);
    for (const RunRow& row : page) ids.push_back(row.run_id);
    if (page.size() < kRunsListed) break;
    filter.before = page.back().run_id;
  }
  std::reverse(ids.begin(), ids.end());
  co_return ids;
}

// The roots that are there, without what each covers.
awaitable<std::vector<AuditRoot>> all_roots(StoreKeeper& keeper) {
  std::vector<AuditRoot> roots;
  const std::vector<std::string> tenants = co_await keeper.tenants_with_roots();
  for (const std::string& tenant : tenants) {
    std::int64_t after = 0;
    while (true) {
      const std::vector<AuditRoot> page = co_await keeper.roots(tenant, after, kRootsRead);
      roots.insert(roots.end(), page.begin(), page.end());
      if (page.size() < kRootsRead) break;
      after = page.back().n;
    }
  }
  co_return roots;
}

awaitable<void> export_roots(StoreKeeper& keeper, std::vector<AuditRoot> roots,
                             RecordFileWriter& writer) {
  for (const AuditRoot& root : roots) {
    const std::vector<CoveredHead> heads = co_await keeper.heads_of_root(root.tenant, root.n);
    writer.write(FiledRoot{root, std::vector<RunHead>(heads.begin(), heads.end())});
  }
}

awaitable<void> export_values(StoreKeeper& keeper, RecordFileWriter& writer) {
  std::string space;
  std::string key;
  while (true) {
    const std::vector<KeptValue> page = co_await keeper.values(space, key, kValuesRead);
    for (const KeptValue& value : page) writer.write(value);
    if (page.size() < kValuesRead) co_return;
    space = page.back().space;
    key = page.back().entry.key;
  }
}

// Takes in one part after the other.
class Importer {
 public:
  Importer(Store& store, StoreKeeper& keeper)
      : store_(store), keeper_(keeper), walk_(RootsWanted{}) {}

  awaitable<Result<void>> take(FiledPart part, FileOrigin from) {
    from_ = from.store;
    auto settling = settle_id(std::move(from));
    const Result<void> settled = co_await std::move(settling);
    if (!settled) co_return settled.error();
    if (auto* run = std::get_if<FiledRun>(&part)) {
      auto taking = take_run(std::move(*run));
      co_return co_await std::move(taking);
    }
    if (auto* root = std::get_if<FiledRoot>(&part)) {
      auto taking = take_root(std::move(*root));
      co_return co_await std::move(taking);
    }
    if (auto* value = std::get_if<KeptValue>(&part)) {
      auto taking = take_value(std::move(*value));
      co_return co_await std::move(taking);
    }
    co_return co_await charge(std::get<LedgerRow>(std::move(part)));
  }

  // The whole file is in.
  awaitable<Result<void>> end() {
    if (!takes_values_) co_return Result<void>();
    co_return co_await store_.kv_remove(kImporting, store_id_);
  }

  Imported imported;

 private:
  // The first part says whether this store takes the other's place: not for a few runs of it.
  awaitable<Result<void>> settle_id(FileOrigin from) {
    if (settled_ || !from.whole) co_return Result<void>();
    settled_ = true;
    store_id_ = from.store;
    const std::string before = co_await keeper_.store_id();
    const Result<bool> same = co_await keeper_.adopt_id(std::move(from.store));
    if (!same) co_return same.error();
    imported.roots_left_out = !*same;
    // An import that was cut off before its end goes on.
    const Result<Json> begun = co_await store_.kv_get(kImporting, store_id_);
    takes_values_ = *same && (before != store_id_ || begun);
    if (!takes_values_) co_return Result<void>();
    co_return co_await store_.kv_set(kImporting, store_id_, Json(true));
  }

  awaitable<Result<void>> take_value(KeptValue value) {
    const Result<Json> here = co_await store_.kv_get(value.space, value.entry.key);
    if (here) co_return Result<void>();
    if (!takes_values_ || value.space == kImporting) {
      if (value.space != kImporting) ++imported.values_left_out;
      co_return Result<void>();
    }
    ++imported.values;
    auto setting = store_.kv_set(std::move(value.space), std::move(value.entry.key),
                                 std::move(value.entry.value));
    co_return co_await std::move(setting);
  }

  awaitable<Result<void>> take_run(FiledRun run) {
    const std::vector<ChainBreak> breaks = check_filed(run);
    if (!breaks.empty()) co_return broken(run.row.run_id, breaks.front());
    const std::string wrong = run.proof ? wrong_in_proof(run, {}) : std::string();
    if (!wrong.empty()) co_return broken(run.row.run_id, ChainBreak{0, wrong});
    if (!taken_.insert(run.row.run_id).second) {
      co_return broken(run.row.run_id, ChainBreak{0, "it is there twice"});
    }
    const auto events = static_cast<std::int64_t>(run.records.size());
    MovedRun moved = std::move(run);
    const Result<bool> adopted = co_await keeper_.adopt(std::move(moved));
    if (!adopted) co_return adopted.error();
    if (*adopted) imported.events += events;
    ++(*adopted ? imported.runs : imported.same);
    co_return Result<void>();
  }

  // A root is held against the one before it and the runs that it covers, which came before it.
  awaitable<Result<void>> take_root(FiledRoot root) {
    const AuditRoot& made = root.root;
    walk_.take(made);
    if (made.store != from_) {
      walk_.find(made, "it is of store " + printable(made.store) + ", the file of store " +
                           printable(from_));
    }
    std::vector<CoveredHead> heads;
    heads.reserve(root.heads.size());
    for (const RunHead& head : root.heads) {
      CoveredHead covered;
      static_cast<RunHead&>(covered) = head;
      covered.n = made.n;
      const Result<RunRow> row = co_await store_.get(head.run_id);
      if (row && row->tenant == made.tenant) {
        covered.found = co_await keeper_.hash_at(head.run_id, head.seq);
      }
      heads.push_back(std::move(covered));
    }
    walk_.take_heads(made, heads);
    for (const CoveredHead& head : heads) walk_.take_head(made, head);
    if (!walk_.report.findings.empty()) co_return found_in(walk_.report.findings.front());
    if (imported.roots_left_out) co_return Result<void>();
    auto adopting = keeper_.adopt_root(std::move(root.root), std::move(root.heads));
    const Result<void> adopted = co_await std::move(adopting);
    if (!adopted) co_return adopted.error();
    ++imported.roots;
    co_return Result<void>();
  }

  static Error found_in(const RootFinding& each) {
    const std::string of = "root " + std::to_string(each.n) + " of " + printable(each.tenant);
    const std::string whose = each.run_id.empty() ? of : "run " + printable(each.run_id);
    return Error{Errc::conflict, whose + ": " + each.what};
  }

  // What was spent outside of runs is counted once, however often the file is taken in.
  awaitable<Result<void>> charge(LedgerRow spent) {
    LedgerFilter filter;
    filter.since = spent.opened_at;
    filter.until = spent.opened_at + 1;
    const std::vector<LedgerRow> here = co_await read_ledger(store_, std::move(filter));
    for (const LedgerRow& row : here) {
      if (row.run_id.empty() && row.call_id == spent.call_id && row.at == spent.at) {
        co_return Result<void>();
      }
    }
    MoneyMoves moves;
    moves.ledger = {std::move(spent)};
    auto charging = store_.charge(std::move(moves));
    co_return co_await std::move(charging);
  }

  Store& store_;
  StoreKeeper& keeper_;
  RootWalk walk_;
  std::set<std::string> taken_;  // runs of the file
  std::string from_;             // the store that the file is of
  bool settled_ = false;
  bool takes_values_ = false;
  std::string store_id_;  // of the store whose place this one takes
};

}  // namespace

awaitable<Result<FiledRun>> read_filed(Store& store, StoreKeeper* keeper, std::string run_id) {
  FiledRun run;
  Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  Result<std::vector<Record>> records = co_await read_records(store, run_id);
  if (!records) co_return records.error();
  run.row = std::move(*row);
  run.records = std::move(*records);
  std::erase_if(run.records, [&run](const Record& record) {  // it went on meanwhile
    return record.seq > run.row.head_seq;
  });
  LedgerFilter spent;
  spent.run_id = run_id;
  run.ledger = co_await read_ledger(store, std::move(spent));
  std::erase_if(run.ledger, [&run](const LedgerRow& each) { return each.seq > run.row.head_seq; });
  run.inbox = co_await store.inbox(run_id);
  OutboxFilter unsent;
  unsent.run_id = run_id;
  unsent.state = OutboxState::unsent;
  unsent.limit = kUnsentMax;
  run.outbox = co_await store.list_outbox(std::move(unsent));
  std::reverse(run.outbox.begin(), run.outbox.end());  // oldest first, as they are sent
  Result<std::string> program = co_await store.blob(run.row.plan_hash);
  if (program) run.program = std::move(*program);
  if (keeper != nullptr) {
    run.proof = co_await proof_of(*keeper, run.row.tenant, run_id, run.row.head_seq);
  }
  co_return run;
}

awaitable<Result<FiledCounts>> export_store(Store& store, StoreKeeper& keeper,
                                            RecordFileWriter& writer) {
  // Those that are made meanwhile cover what is not read any more.
  std::vector<AuditRoot> roots = co_await all_roots(keeper);
  const std::vector<std::string> ids = co_await all_runs(store);
  for (const std::string& id : ids) {
    auto reading = read_filed(store, nullptr, id);
    const Result<FiledRun> run = co_await std::move(reading);
    if (!run) co_return run.error();
    const std::vector<ChainBreak> breaks = verify_chain(run->row, run->records);
    if (!breaks.empty()) co_return broken(id, breaks.front());
    writer.write(*run);
  }
  co_await export_roots(keeper, std::move(roots), writer);
  co_await export_values(keeper, writer);
  LedgerFilter all;
  const std::vector<LedgerRow> ledger = co_await read_ledger(store, std::move(all));
  for (const LedgerRow& row : ledger) {
    if (row.run_id.empty()) writer.write(row);
  }
  writer.end();
  co_return writer.counts();
}

awaitable<Result<Imported>> import_store(Store& store, StoreKeeper& keeper,
                                         std::function<bool(std::string&)> next_line) {
  RecordFileReader reader;
  Importer importer(store, keeper);
  std::string line;
  while (next_line(line)) {
    Result<std::vector<FiledPart>> parts = reader.take(line);
    if (!parts) co_return parts.error();
    for (FiledPart& part : *parts) {
      auto taking = importer.take(std::move(part), reader.origin());
      const Result<void> taken = co_await std::move(taking);
      if (!taken) co_return taken.error();
    }
  }
  const Result<void> whole = reader.end();
  if (!whole) co_return whole.error();
  auto ending = importer.end();
  const Result<void> ended = co_await std::move(ending);
  if (!ended) co_return ended.error();
  co_return importer.imported;
}

}  // namespace yoke
