#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/recount.h"
#include "runtime/store/chain.h"

// `yoke runs verify`: the hash chains, and whether the books hold what the journals say was spent.
namespace yoke {
namespace {

// What is found, as it is told: a line each, or with --json an object each.
struct Findings {
  Terminal& terminal;
  bool json;
  int broken = 0;  // runs with a broken chain
  int amiss = 0;   // runs whose ledger differs, and budgets
  std::int64_t events = 0;

  void chain(const std::string& run_id, const ChainBreak& each) const {
    tell(Json{{"run", run_id}, {"seq", each.seq}, {"what", each.what}},
         run_id + " event " + std::to_string(each.seq) + ": " + each.what);
  }
  void erased(const RunRow& row) const {
    const std::string at = to_iso8601(row.erased_at);
    tell(Json{{"run", row.run_id}, {"erased_at", at}, {"erased_by", row.erased_by}},
         row.run_id + ": its content was erased by " + row.erased_by + " at " + at +
             "; its chain is whole");
  }
  void books(const std::string& run_id, const BookDifference& each) const {
    tell(Json{{"run", run_id}, {"call", each.call_id}, {"what", each.what}},
         run_id + " call " + each.call_id + ": " + each.what);
  }
  void budget(const std::string& what) const { tell(Json{{"budget", what}}, what); }
  bool fine() const { return broken + amiss == 0; }
  // All in all; with --json the last object, the only one when nothing is found.
  void end(int runs) const {
    const int whole = runs - broken;
    if (json) {
      const Json sums{{"runs", runs}, {"whole", whole}, {"events", events}, {"amiss", amiss}};
      return terminal.out(to_text(Json{{"verified", sums}, {"ok", fine()}}) + "\n");
    }
    terminal.line(std::to_string(whole) + " of " + std::to_string(runs) + " runs are whole (" +
                  std::to_string(events) + " events checked); " +
                  (amiss == 0 ? "the ledger has what the journals say was spent"
                              : "the ledger does not have what the journals say"));
  }

 private:
  void tell(const Json& finding, const std::string& line) const {
    terminal.out((json ? to_text(finding) : line) + "\n");
  }
};

awaitable<Result<void>> verify_run(Store& store, std::string id, Findings& findings) {
  const Result<RunRow> row = co_await store.get(id);
  if (!row) co_return row.error();
  const Result<std::vector<Record>> records = co_await read_records(store, id);
  std::vector<ChainBreak> breaks;
  if (records) breaks = verify_chain(*row, *records);
  if (!records) breaks.push_back(ChainBreak{0, records.error().message()});
  if (records) findings.events += static_cast<std::int64_t>(records->size());
  for (const ChainBreak& each : breaks) findings.chain(id, each);
  if (!breaks.empty()) {  // what it spent cannot be told from a damaged journal
    ++findings.broken;
    co_return Result<void>();
  }
  if (row->erased_at > 0) {
    findings.erased(*row);
    co_return Result<void>();
  }
  const Result<std::vector<BookDifference>> books = co_await recount_run(store, id);
  if (!books) co_return books.error();
  for (const BookDifference& each : *books) findings.books(id, each);
  if (!books->empty()) ++findings.amiss;
  co_return Result<void>();
}

awaitable<Result<std::vector<std::string>>> runs_asked(Store& store, std::string typed) {
  std::vector<std::string> ids;
  if (!typed.empty()) {
    const Result<std::string> id = co_await find_run(store, std::move(typed));
    if (!id) co_return id.error();
    ids.push_back(*id);
    co_return ids;
  }
  RunFilter all;
  all.limit = 1'000'000;
  const std::vector<RunRow> rows = co_await store.list(std::move(all));
  for (const RunRow& row : rows) ids.push_back(row.run_id);
  co_return ids;
}

awaitable<int> verify(OpenStore& open, Terminal& terminal, std::string typed, bool json) {
  const bool everything = typed.empty();
  const Result<std::vector<std::string>> ids = co_await runs_asked(*open.store, std::move(typed));
  if (!ids) co_return fail(terminal, ids.error());
  Findings findings{terminal, json};
  for (const std::string& id : *ids) {
    const Result<void> looked = co_await verify_run(*open.store, id, findings);
    if (!looked) co_return fail(terminal, looked.error());
  }
  if (everything) {
    const std::vector<std::string> budgets = co_await recount_budgets(*open.store);
    for (const std::string& each : budgets) findings.budget(each);
    findings.amiss += static_cast<int>(budgets.size());
  }
  findings.end(static_cast<int>(ids->size()));
  co_return findings.fine() ? kExitCompleted : kExitFailed;
}

}  // namespace

int runs_verify(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return verify(open, terminal, options.id, common.json);
  });
}

}  // namespace yoke
