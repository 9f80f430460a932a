#include <algorithm>

#include "hosts/app/budget_report.h"
#include "hosts/app/caller_budgets.h"
#include "hosts/app/settings.h"
#include "hosts/app/spend_report.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "runtime/base/text.h"
#include "runtime/engine/recount.h"

// `yoke models spend`: what models cost, from the ledger; `yoke models budgets`: how those stand.
namespace yoke {
namespace {

constexpr std::size_t kOfAKind = 10;  // of budgets that each agent, session … has

// "2026-11-21", or a whole time; of a day, its beginning, or with `after` its end.
Result<Micros> time_from(const std::string& option, const std::string& text, bool after) {
  if (text.empty()) return Micros{0};
  for (const char* kind : {"day:", "month:"}) {
    const std::optional<WindowRange> range = range_of(kind + text);
    if (range) return after ? range->until : range->from;
  }
  Result<Micros> time = micros_from_iso8601(text);
  if (time) return time;
  return Error{Errc::invalid, option + ": '" + text +
                                  "' is no date; write 2026-11-21, 2026-11 or "
                                  "2026-11-21T10:00:00Z (all UTC)"};
}

struct Asked {
  SpendBy by = SpendBy::model;
  LedgerFilter rows;
};

Result<Asked> asked_of(const ModelsOptions& options) {
  Asked asked;
  const std::optional<SpendBy> by = spend_by_from(options.by);
  if (!by) {
    const std::vector<std::string> names(std::begin(kSpendByNames), std::end(kSpendByNames));
    return Error{Errc::invalid, "--by: there is no '" + options.by + "'" +
                                    did_you_mean(options.by, names) + "; it is one of " +
                                    join(names, ", ")};
  }
  asked.by = *by;
  const Result<Micros> since = time_from("--since", options.since, false);
  if (!since) return since.error();
  const Result<Micros> until = time_from("--until", options.until, true);
  if (!until) return until.error();
  if (*until != 0 && *until <= *since) {
    return Error{Errc::invalid, "--until: '" + options.until + "' is before --since"};
  }
  asked.rows.since = *since;
  asked.rows.until = *until;
  return asked;
}

PriceOf prices_in(const Config& config) {
  std::map<std::string, BackendSettings> backends;
  const Result<ModelsConfig> models = models_of(config);
  if (models) backends = models->backends;
  return [backends](const std::string& target) -> std::optional<Price> {
    const std::size_t slash = target.find('/');
    if (slash == std::string::npos) return std::nullopt;
    const std::string name = target.substr(0, slash);
    const auto found = backends.find(name);
    if (found == backends.end()) return find_price(name, target.substr(slash + 1), {});
    const BackendSettings& backend = found->second;
    return find_price(backend.preset, target.substr(slash + 1), backend.prices);
  };
}

// The targets whose cost is not known, and how to say it.
std::string unpriced_note(const std::vector<LedgerRow>& ledger) {
  std::vector<std::string> targets;
  for (const LedgerRow& row : ledger) {
    const bool known = std::find(targets.begin(), targets.end(), row.target) != targets.end();
    if (is_unpriced(row) && !known) targets.push_back(row.target);
  }
  if (targets.empty()) return {};
  const std::string backend = targets.front().substr(0, targets.front().find('/'));
  return "what " + printable(join(targets, ", ")) +
         " cost is not known: say it for the next time under [backends." + printable(backend) +
         ".prices], with input and output in dollars for a million tokens\n";
}

// Where the project's own prices are from, of the backends that were used.
std::string origin_note(const Config& config, const std::vector<LedgerRow>& ledger) {
  std::string note;
  for (const auto& [name, backend] : config.backends) {
    const std::string date = string_at(backend.prices, "date");
    const std::string source = string_at(backend.prices, "source");
    const bool used = std::any_of(ledger.begin(), ledger.end(), [&](const LedgerRow& row) {
      return row.target.starts_with(name + "/");
    });
    if (!used || (date.empty() && source.empty())) continue;
    note += "prices of " + name + ":";
    if (!date.empty()) note += " of " + date;
    if (!source.empty()) note += " (" + printable(source) + ")";
    note += "\n";
  }
  return note;
}

awaitable<std::vector<BudgetLine>> lines_now(OpenStore& open, std::vector<BudgetRule> rules) {
  const std::vector<BudgetRow> rows = co_await open.store->budgets();
  std::vector<BudgetLine> lines = budgets_in_force(rules, rows, open.wall.now());
  for (BudgetLine& line : lines) {  // one that nobody drew on counts the ledger all the same
    BudgetKey key = line.key;
    const BudgetState state = co_await open.store->budget(std::move(key));
    line.state.settled = state.settled;
    line.state.reserved = state.reserved;
  }
  co_return lines;
}

awaitable<int> spend(OpenStore& open, Terminal& terminal, ModelsOptions options, bool json) {
  const Result<Asked> asked = asked_of(options);
  if (!asked) co_return fail(terminal, asked.error());
  LedgerFilter filter = asked->rows;
  const std::vector<LedgerRow> ledger = co_await read_ledger(*open.store, std::move(filter));
  const SpendReport report = spend_report(asked->by, ledger, prices_in(open.config));
  const Result<std::vector<BudgetRule>> rules =
      co_await budgets_in(open.config, *open.store, open.wall);
  if (!rules) co_return fail(terminal, rules.error());
  const std::vector<BudgetLine> lines = co_await lines_now(open, *rules);
  if (json) {
    Json out = spend_json(report);
    out["budgets"] = budgets_json(lines);
    out["prices"] = prices_edition(open.config);
    terminal.out(to_text(out) + "\n");
    co_return kExitCompleted;
  }
  if (ledger.empty()) {
    terminal.line(asked->rows.since == 0 && asked->rows.until == 0
                      ? "nothing was spent yet"
                      : "nothing was spent in that time");
  } else {
    terminal.out(spend_text(report));
    terminal.err(unpriced_note(ledger) + origin_note(open.config, ledger));
  }
  if (lines.empty()) co_return kExitCompleted;
  const std::string gap = ledger.empty() ? "" : "\n";
  terminal.out(gap + budgets_text(lines, *rules, kOfAKind));
  co_return kExitCompleted;
}

awaitable<int> budgets(OpenStore& open, Terminal& terminal, bool json) {
  const Result<std::vector<BudgetRule>> rules =
      co_await budgets_in(open.config, *open.store, open.wall);
  if (!rules) co_return fail(terminal, rules.error());
  const std::vector<BudgetLine> lines = co_await lines_now(open, *rules);
  if (json) {
    terminal.out(to_text(budgets_json(lines)) + "\n");
  } else if (rules->empty()) {
    terminal.line(
        "no budgets are set: in yoke.toml, [budgets] with day = { usd = 20.0 } bounds what all "
        "runs of a day may cost");
  } else {
    terminal.out(budgets_text(lines, *rules, kOfAKind));
  }
  co_return kExitCompleted;
}

}  // namespace

int models_spend(const CommonOptions& common, const ModelsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return spend(open, terminal, options, common.json);
  });
}

int models_budgets(const CommonOptions& common) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return budgets(open, terminal, common.json);
  });
}

}  // namespace yoke
