#include "runtime/record/record_move.h"

#include <algorithm>
#include <map>

#include "runtime/engine/reader.h"
#include "runtime/engine/recount.h"
#include "runtime/record/signing_key.h"

namespace yoke {
namespace {

constexpr int kRunsListed = 10'000;
constexpr int kRootsRead = 256;
constexpr int kValuesRead = 500;
constexpr int kUnsentMax = 1'000'000;

Error broken(const std::string& run_id, const ChainBreak& first) {
  const std::string place = first.seq == 0 ? "" : ", event " + std::to_string(first.seq);
  return Error{Errc::conflict, "run " + run_id + place + ": " + first.what};
}

awaitable<std::optional<SealProof>> proof_of(StoreKeeper& keeper, std::string tenant,
                                             std::string run_id) {
  const std::vector<CoveredHead> covered = co_await keeper.heads_of_run(run_id);
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

awaitable<void> export_roots(StoreKeeper& keeper, RecordFileWriter& writer) {
  const std::vector<std::string> tenants = co_await keeper.tenants_with_roots();
  for (const std::string& tenant : tenants) {
    std::int64_t after = 0;
    while (true) {
      const std::vector<AuditRoot> page = co_await keeper.roots(tenant, after, kRootsRead);
      for (const AuditRoot& root : page) {
        const std::vector<CoveredHead> heads = co_await keeper.heads_of_root(tenant, root.n);
        writer.write(FiledRoot{root, std::vector<RunHead>(heads.begin(), heads.end())});
        after = root.n;
      }
      if (page.size() < kRootsRead) break;
    }
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
  Importer(Store& store, StoreKeeper& keeper) : store_(store), keeper_(keeper) {}

  awaitable<Result<void>> take(FiledPart part, FileOrigin from) {
    if (auto* run = std::get_if<FiledRun>(&part)) {
      auto taking = take_run(std::move(*run), std::move(from));
      co_return co_await std::move(taking);
    }
    if (auto* root = std::get_if<FiledRoot>(&part)) {
      auto taking = take_root(std::move(*root), std::move(from));
      co_return co_await std::move(taking);
    }
    if (auto* value = std::get_if<KeptValue>(&part)) {
      auto setting = store_.kv_set(value->space, value->entry.key, value->entry.value);
      co_return co_await std::move(setting);
    }
    co_return co_await charge(std::get<LedgerRow>(std::move(part)));
  }

  Imported imported;

 private:
  // The first part says whether this store takes the other's place: not for a few runs of it.
  awaitable<Result<void>> settle_id(FileOrigin from) {
    if (settled_ || !from.whole) co_return Result<void>();
    settled_ = true;
    const Result<bool> same = co_await keeper_.adopt_id(std::move(from.store));
    if (!same) co_return same.error();
    imported.roots_left_out = !*same;
    co_return Result<void>();
  }

  awaitable<Result<void>> take_run(FiledRun run, FileOrigin from) {
    auto settling = settle_id(std::move(from));
    const Result<void> settled = co_await std::move(settling);
    if (!settled) co_return settled.error();
    const std::vector<ChainBreak> breaks = check_filed(run);
    if (!breaks.empty()) co_return broken(run.row.run_id, breaks.front());
    const auto events = static_cast<std::int64_t>(run.records.size());
    MovedRun moved = std::move(run);
    const Result<bool> adopted = co_await keeper_.adopt(std::move(moved));
    if (!adopted) co_return adopted.error();
    if (*adopted) imported.events += events;
    ++(*adopted ? imported.runs : imported.same);
    co_return Result<void>();
  }

  awaitable<Result<void>> take_root(FiledRoot root, FileOrigin from) {
    auto settling = settle_id(std::move(from));
    const Result<void> settled = co_await std::move(settling);
    if (!settled) co_return settled.error();
    if (imported.roots_left_out) co_return Result<void>();
    if (merkle_root(root.heads) != root.root.heads) {
      co_return Error{Errc::conflict, "root " + std::to_string(root.root.n) +
                                          " is not over the heads that come with it"};
    }
    auto adopting = keeper_.adopt_root(std::move(root.root), std::move(root.heads));
    const Result<void> adopted = co_await std::move(adopting);
    if (!adopted) co_return adopted.error();
    ++imported.roots;
    co_return Result<void>();
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
  bool settled_ = false;
};

// How a run in a file stands to roots; a finding where it does not.
void check_seal(const FiledRun& run, const std::vector<std::string>& keys,
                const std::vector<RootFile>& exported, FileReport& report) {
  const std::string& id = run.row.run_id;
  const std::string wrong = wrong_in_proof(run, keys);
  if (!wrong.empty()) report.findings.push_back({id, 0, wrong});
  if (run.proof && wrong.empty()) {
    const AuditRoot& root = run.proof->root;
    report.notes.push_back(id + ": up to event " + std::to_string(run.proof->seq) +
                           " it is covered by root " + std::to_string(root.n) + " of " +
                           to_iso8601(root.at).substr(0, 19) + "Z, " +
                           (root.key.empty() ? "not signed" : "signed by " + key_text(root.key)));
  }
  for (const RootFile& file : exported) {
    const bool same_root =
        run.proof && run.proof->root.n == file.root.n && run.proof->root.tenant == file.root.tenant;
    if (run.proof && run.proof->root.store != file.root.store) {
      report.findings.push_back({id, 0, "the exported root is of another store"});
    } else if (same_root && run.proof->root.root != file.root.root) {
      report.findings.push_back({id, 0, "the root in the file is not the exported one"});
    }
    for (const RunHead& head : file.heads) {
      if (head.run_id != id) continue;
      const bool there = std::any_of(
          run.records.begin(), run.records.end(),
          [&](const Record& each) { return each.seq == head.seq && each.hash == head.hash; });
      if (there) continue;
      report.findings.push_back(
          {id, head.seq, "it was rewritten, or cut, before what the exported root covers"});
    }
  }
}

}  // namespace

awaitable<Result<FiledRun>> read_filed(Store& store, StoreKeeper* keeper, std::string run_id) {
  FiledRun run;
  Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  Result<std::vector<Record>> records = co_await read_records(store, run_id);
  if (!records) co_return records.error();
  run.row = std::move(*row);
  run.records = std::move(*records);
  if (!run.records.empty() && run.records.back().seq > run.row.head_seq) {  // it went on meanwhile
    run.row.head_seq = run.records.back().seq;
    run.row.head_hash = run.records.back().hash;
  }
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
  if (keeper != nullptr) run.proof = co_await proof_of(*keeper, run.row.tenant, run_id);
  co_return run;
}

awaitable<Result<FiledCounts>> export_store(Store& store, StoreKeeper& keeper,
                                            RecordFileWriter& writer) {
  const std::vector<std::string> ids = co_await all_runs(store);
  for (const std::string& id : ids) {
    auto reading = read_filed(store, nullptr, id);
    const Result<FiledRun> run = co_await std::move(reading);
    if (!run) co_return run.error();
    const std::vector<ChainBreak> breaks = verify_chain(run->row, run->records);
    if (!breaks.empty()) co_return broken(id, breaks.front());
    writer.write(*run);
  }
  co_await export_roots(keeper, writer);
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
  co_return importer.imported;
}

FileReport check_record_file(const std::function<bool(std::string&)>& next_line,
                             const std::vector<std::string>& keys,
                             const std::vector<RootFile>& exported) {
  RecordFileReader reader;
  FileReport report;
  const auto fail = [&report](const Error& error) {
    report.findings.push_back({{}, 0, error.message()});
  };
  std::string line;
  while (next_line(line)) {
    const Result<std::vector<FiledPart>> parts = reader.take(line);
    if (!parts) {
      fail(parts.error());
      report.counts = reader.counts();
      return report;
    }
    for (const FiledPart& part : *parts) {
      const auto* run = std::get_if<FiledRun>(&part);
      if (run == nullptr) continue;
      for (const ChainBreak& each : check_filed(*run)) {
        report.findings.push_back({run->row.run_id, each.seq, each.what});
      }
      check_seal(*run, keys, exported, report);
    }
  }
  const Result<void> whole = reader.end();
  if (!whole) fail(whole.error());
  report.counts = reader.counts();
  return report;
}

}  // namespace yoke
