#include <fstream>
#include <functional>
#include <set>

#include "hosts/app/record_keys.h"
#include "hosts/cli/store.h"
#include "hosts/cli/support.h"
#include "hosts/config/read_file.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/recount.h"
#include "runtime/record/file_check.h"
#include "runtime/record/root_check.h"
#include "runtime/record/row_check.h"
#include "runtime/store/chain.h"

// `yoke runs verify`: the hash chains, the roots over them, and whether the books hold what the
// journals say was spent.
namespace yoke {
namespace {

constexpr int kRunsListed = 10'000;  // at once

// What is found, as it is told: a line each, or with --json an object each.
struct Findings {
  Terminal& terminal;
  bool json;
  int broken = 0;    // runs with a broken chain
  int amiss = 0;     // runs whose ledger differs, and budgets
  int unsealed = 0;  // what is wrong with roots, or against them
  std::int64_t events = 0;
  std::int64_t roots = 0;
  std::int64_t heads = 0;

  void chain(const std::string& run_id, const ChainBreak& each) const {
    const std::string place = each.seq == 0 ? "" : " event " + std::to_string(each.seq);
    tell(Json{{"run", run_id}, {"seq", each.seq}, {"what", each.what}},
         run_id + place + ": " + each.what);
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
  void sealed(const RootReport& report) {
    for (const RootFinding& each : report.findings) {
      Json finding{{"root", each.n}, {"what", each.what}};
      if (!each.tenant.empty()) finding["tenant"] = each.tenant;
      if (!each.run_id.empty()) finding["run"] = each.run_id;
      const std::string of = each.tenant.empty() ? "" : " of " + printable(each.tenant);
      const std::string root =
          each.n > 0 ? "root " + std::to_string(each.n) + of : "tenant " + printable(each.tenant);
      tell(finding, (each.run_id.empty() ? root : printable(each.run_id)) + ": " + each.what);
    }
    unsealed += static_cast<int>(report.findings.size());
    roots += report.roots;
    heads += report.heads;
  }
  void filed(const FileReport& report, const std::string& file) const {
    for (const FileFinding& each : report.findings) {
      const std::string place = each.seq == 0 ? "" : " event " + std::to_string(each.seq);
      tell(Json{{"run", each.run_id}, {"seq", each.seq}, {"what", each.what}},
           (each.run_id.empty() ? printable(file) : printable(each.run_id)) + place + ": " +
               each.what);
    }
    for (const std::string& note : report.notes) tell(Json{{"note", note}}, note);
    const bool whole = report.findings.empty();
    if (json) {
      const Json sums{{"runs", report.counts.runs}, {"events", report.counts.events}};
      return terminal.out(to_text(Json{{"verified", sums}, {"ok", whole}}) + "\n");
    }
    terminal.line(counted(report.counts.runs, "run") + " with " +
                  counted(report.counts.events, "event") + " checked; " +
                  (whole ? "the file is whole" : "the file is NOT as it was written"));
  }
  bool fine() const { return broken + amiss + unsealed == 0; }
  // All in all; with --json the last object, the only one when nothing is found.
  void end(int runs) const {
    const int whole = runs - broken;
    if (json) {
      const Json sums{{"runs", runs},   {"whole", whole}, {"events", events},
                      {"amiss", amiss}, {"roots", roots}, {"unsealed", unsealed}};
      return terminal.out(to_text(Json{{"verified", sums}, {"ok", fine()}}) + "\n");
    }
    terminal.line(std::to_string(whole) + " of " + std::to_string(runs) + " runs are whole (" +
                  std::to_string(events) + " events checked); " +
                  (amiss == 0 ? "the ledger has what the journals say was spent"
                              : "the ledger does not have what the journals say") +
                  roots_words());
  }

 private:
  std::string roots_words() const {
    if (unsealed > 0) return "; they do NOT stand as they were sealed";
    if (roots == 0) return "";
    return "; " + counted(roots, "root") + (roots == 1 ? " covers " : " cover ") +
           counted(heads, "head") + (heads == 1 ? ", as it was" : ", all as they were");
  }

  void tell(const Json& finding, const std::string& line) const {
    terminal.out((json ? to_text(finding) : line) + "\n");
  }
};

struct LookedAt {
  RunRow row;
  std::int64_t events = 0;
  std::vector<ChainBreak> breaks = {};
};

// A run may be driven meanwhile: its journal is looked at as far as its row had come.
awaitable<Result<LookedAt>> look_at(Store& store, std::string id) {
  LookedAt looked;
  Result<RunRow> row = co_await store.get(id);
  if (!row) co_return row.error();
  looked.row = std::move(*row);
  Result<std::vector<Record>> records = co_await read_records(store, id);
  if (!records) {
    looked.breaks.push_back(ChainBreak{0, records.error().message()});
    co_return looked;
  }
  const std::int64_t head = looked.row.head_seq;
  const bool grows = !is_final(looked.row.status);
  if (grows) {
    std::erase_if(*records, [head](const Record& record) { return record.seq > head; });
  }
  looked.events = static_cast<std::int64_t>(records->size());
  looked.breaks = verify_chain(looked.row, *records);
  if (looked.breaks.empty()) looked.breaks = check_row(looked.row, *records);
  co_return looked;
}

// Of one that was erased while it was looked at, the words were gone before its row said so.
awaitable<bool> was_erased_since(Store& store, RunRow row) {
  const Result<RunRow> now = co_await store.get(row.run_id);
  co_return now && now->erased_at != row.erased_at;
}

awaitable<Result<void>> verify_run(Store& store, std::string id, Findings& findings) {
  Result<LookedAt> looked = co_await look_at(store, id);
  if (!looked) co_return looked.error();
  bool erased = false;
  if (!looked->breaks.empty()) erased = co_await was_erased_since(store, looked->row);
  if (erased) looked = co_await look_at(store, id);
  if (!looked) co_return looked.error();
  findings.events += looked->events;
  for (const ChainBreak& each : looked->breaks) findings.chain(id, each);
  if (!looked->breaks.empty()) {  // what it spent cannot be told from a damaged journal
    ++findings.broken;
    co_return Result<void>();
  }
  if (looked->row.erased_at > 0) {
    findings.erased(looked->row);
    co_return Result<void>();
  }
  const Result<std::vector<BookDifference>> books = co_await recount_run(store, id);
  if (!books) co_return books.error();
  if (!books->empty()) erased = co_await was_erased_since(store, looked->row);
  if (erased) co_return Result<void>();
  for (const BookDifference& each : *books) findings.books(id, each);
  if (!books->empty()) ++findings.amiss;
  co_return Result<void>();
}

struct Asked {
  std::vector<std::string> ids;
  std::set<std::string> tenants;  // whose they are
};

awaitable<Result<Asked>> runs_asked(Store& store, std::string typed) {
  Asked asked;
  if (!typed.empty()) {
    const Result<std::string> id = co_await find_run(store, std::move(typed));
    if (!id) co_return id.error();
    const Result<RunRow> row = co_await store.get(*id);
    if (!row) co_return row.error();
    asked.ids.push_back(*id);
    asked.tenants.insert(row->tenant);
    co_return asked;
  }
  RunFilter filter;
  filter.tenant = std::nullopt;
  filter.limit = kRunsListed;
  while (true) {
    const std::vector<RunRow> page = co_await store.list(filter);
    for (const RunRow& row : page) {
      asked.ids.push_back(row.run_id);
      asked.tenants.insert(row.tenant);
    }
    if (page.size() < kRunsListed) co_return asked;
    filter.before = page.back().run_id;
  }
}

Result<RootsWanted> roots_wanted(const Config& config, const VerifyVerb& verb) {
  RootsWanted wanted;
  Result<std::vector<std::string>> keys = known_keys(config, verb.keys);
  if (!keys) return keys.error();
  wanted.keys = std::move(*keys);
  for (const std::string& path : verb.roots) {
    const Result<std::string> text = read_file(path);
    if (!text) return text.error();
    Result<RootFile> file = root_from_file(*text);
    if (!file) return Error{file.error().code, file.error().detail, path};
    wanted.exported.push_back(std::move(*file));
  }
  return wanted;
}

// A store that keeps no roots has none to be held against.
awaitable<Result<void>> verify_roots(OpenStore& open, VerifyVerb verb, Asked asked,
                                     Findings& findings) {
  const Result<StoreKeeper*> keeper = keeper_of(*open.store);
  if (!keeper && !verb.roots.empty()) co_return keeper.error();
  if (!keeper) co_return Result<void>();
  Result<RootsWanted> wanted = roots_wanted(open.config, verb);
  if (!wanted) co_return wanted.error();
  // The key that [record] has says how roots are to be, and nothing of when the first one is due.
  if (!verb.keys.empty()) wanted->sealed_tenants.assign(asked.tenants.begin(), asked.tenants.end());
  const bool of_one_run = !verb.id.empty() && verb.roots.empty();
  if (of_one_run) {
    auto checking =
        check_roots_of_run(**keeper, asked.ids.front(), *asked.tenants.begin(), std::move(*wanted));
    const RootReport report = co_await std::move(checking);
    findings.sealed(report);
    co_return Result<void>();
  }
  auto checking = check_roots(**keeper, std::move(*wanted));
  const RootReport report = co_await std::move(checking);
  findings.sealed(report);
  co_return Result<void>();
}

awaitable<int> verify(OpenStore& open, Terminal& terminal, VerifyVerb verb, bool json) {
  const bool everything = verb.id.empty();
  Result<Asked> asked = co_await runs_asked(*open.store, verb.id);
  if (!asked) co_return fail(terminal, asked.error());
  Findings findings{terminal, json};
  for (const std::string& id : asked->ids) {
    const Result<void> looked = co_await verify_run(*open.store, id, findings);
    if (!looked) co_return fail(terminal, looked.error());
  }
  if (everything) {
    const std::vector<std::string> budgets = co_await recount_budgets(*open.store);
    for (const std::string& each : budgets) findings.budget(each);
    findings.amiss += static_cast<int>(budgets.size());
  }
  const auto runs = static_cast<int>(asked->ids.size());
  const Result<void> sealed = co_await verify_roots(open, verb, std::move(*asked), findings);
  if (!sealed) co_return fail(terminal, sealed.error());
  findings.end(runs);
  co_return findings.fine() ? kExitCompleted : kExitFailed;
}

// A file needs no store; a key may be named in the project that it is checked in.
int verify_file(const CommonOptions& common, const VerifyVerb& verb) {
  Terminal terminal(common.color);
  if (!verb.id.empty()) {
    return fail(terminal, Error{Errc::invalid, "--file has its own runs: leave the id out"});
  }
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  const Result<RootsWanted> wanted = roots_wanted(*config, verb);
  if (!wanted) return fail(terminal, wanted.error());
  std::ifstream in(verb.file, std::ios::binary);
  if (!in) return fail(terminal, Error{Errc::not_found, "cannot be read", verb.file});
  const auto next_line = [&in](std::string& line) {
    return static_cast<bool>(std::getline(in, line));
  };
  const FileReport report = check_record_file(next_line, wanted->keys, wanted->exported);
  const Findings findings{terminal, common.json};
  findings.filed(report, verb.file);
  return report.findings.empty() ? kExitCompleted : kExitFailed;
}

int runs_verify(const CommonOptions& common, const VerifyVerb& verb) {
  if (!verb.file.empty()) return verify_file(common, verb);
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return verify(open, terminal, verb, common.json);
  });
}

}  // namespace

void add_verify(CLI::App& runs, CommonOptions& common, VerifyVerb& verb,
                std::function<int()>& chosen) {
  CLI::App* app = runs.add_subcommand("verify", "Check that journals are whole and unchanged");
  app->footer("Example:\n  yoke runs verify --root root.json");
  app->add_option("id", verb.id, "A run; all of them when left out");
  app->add_option("--root", verb.roots, "A root that was exported earlier; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--key", verb.keys, "A public key that roots are signed with; may be repeated")
      ->type_name("KEY|FILE")
      ->allow_extra_args(false);
  app->add_option("--file", verb.file, "What runs export or store export wrote, without a store")
      ->type_name("FILE");
  app->callback([&chosen, &common, &verb] {
    chosen = [&common, &verb] { return runs_verify(common, verb); };
  });
}

}  // namespace yoke
