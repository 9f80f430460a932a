#include <algorithm>

#include "hosts/app/settings.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "models/prices.h"
#include "runtime/base/text.h"
#include "runtime/engine/recount.h"
#include "runtime/store/spend.h"

// `yoke models spend`: what models cost, from the ledger; and how the budgets stand.
namespace yoke {
namespace {

constexpr std::size_t kNamesShown = 10;  // of a budget that each agent, session … has

struct Asked {
  SpendBy by = SpendBy::model;
  LedgerFilter rows;
};

// "2026-11-21", or a whole time; of a day, its beginning, or with `after` its end.
Result<Micros> time_from(const std::string& option, const std::string& text, bool after) {
  if (text.empty()) return Micros{0};
  const std::optional<WindowRange> day = range_of("day:" + text);
  if (day) return after ? day->until : day->from;
  const std::optional<WindowRange> month = range_of("month:" + text);
  if (month) return after ? month->until : month->from;
  Result<Micros> time = micros_from_iso8601(text);
  if (time) return time;
  return Error{Errc::invalid, option + ": '" + text +
                                  "' is no date; write 2026-11-21, 2026-11 or "
                                  "2026-11-21T10:00:00Z (all UTC)"};
}

Result<Asked> asked_of(const ModelsOptions& options) {
  Asked asked;
  const std::optional<SpendBy> by = spend_by_from(options.by);
  if (!by) {
    const std::vector<std::string> names(std::begin(kSpendByNames), std::end(kSpendByNames));
    return Error{Errc::invalid, "--by: no '" + options.by + "'" + did_you_mean(options.by, names) +
                                    "; there are " + join(names, ", ")};
  }
  asked.by = *by;
  const Result<Micros> since = time_from("--since", options.since, false);
  if (!since) return since.error();
  const Result<Micros> until = time_from("--until", options.until, true);
  if (!until) return until.error();
  asked.rows.since = *since;
  asked.rows.until = *until;
  return asked;
}

// What reading from vendors' caches saved, at the prices that this Yoke knows of.
NanoUsd saved_by_caches(const Config& config, const std::vector<LedgerRow>& rows) {
  NanoUsd saved = 0;
  const Result<ModelsConfig> models = models_of(config);
  for (const LedgerRow& row : rows) {
    const std::size_t slash = row.target.find('/');
    if (row.cached <= 0 || !models || slash == std::string::npos) continue;
    const auto backend = models->backends.find(row.target.substr(0, slash));
    if (backend == models->backends.end()) continue;
    const BackendSettings& settings = backend->second;
    const std::optional<Price> price =
        find_price(settings.preset, row.target.substr(slash + 1), settings.prices);
    if (!price) continue;
    Usage usage;
    usage.input = row.cached;
    const NanoUsd full = cost_of(usage, *price);
    usage.cached = row.cached;
    saved += full - cost_of(usage, *price);
  }
  return saved;
}

std::string right(const std::string& text, std::size_t columns) {
  const std::size_t width = display_width(text);
  return width < columns ? std::string(columns - width, ' ') + text : text;
}

std::string left(const std::string& text, std::size_t columns) {
  const std::size_t width = display_width(text);
  return width < columns ? text + std::string(columns - width, ' ') : text;
}

std::string share_of(const SpendSum& sum) {
  if (sum.estimated_rows == 0) return "-";
  if (sum.cost == 0) return std::to_string(100 * sum.estimated_rows / sum.rows) + "%";
  const auto part = static_cast<double>(sum.estimated_cost) / static_cast<double>(sum.cost);
  return std::to_string(static_cast<int>(part * 100 + 0.5)) + "%";
}

std::string spend_line(const std::string& name, std::size_t width, const SpendSum& sum) {
  std::string line = left(name, width);
  for (const std::int64_t each : {sum.rows, sum.input, sum.cached, sum.output, sum.reasoning}) {
    line += right(std::to_string(each), 11);
  }
  return line + right(to_dollars(sum.cost), 12) + right(share_of(sum), 10) + "\n";
}

std::string spend_table(const std::string& by, const SpendTable& table) {
  SpendSum all;
  std::size_t width = std::max<std::size_t>(by.size(), 5);
  std::vector<std::pair<std::string, SpendSum>> rows;
  for (const auto& [name, sum] : table) {
    rows.emplace_back(name.empty() ? "(none)" : printable(name), sum);
    width = std::max(width, display_width(rows.back().first));
    all.rows += sum.rows;
    all.estimated_rows += sum.estimated_rows;
    all.input += sum.input;
    all.cached += sum.cached;
    all.output += sum.output;
    all.reasoning += sum.reasoning;
    all.cost += sum.cost;
    all.estimated_cost += sum.estimated_cost;
  }
  if (by != "day") {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second.cost > b.second.cost; });
  }
  std::string text = left(by, width);
  for (const char* title : {"requests", "input", "cached", "output", "reasoning"}) {
    text += right(title, 11);
  }
  text += right("cost", 12) + right("estimated", 10) + "\n";
  for (const auto& [name, sum] : rows) text += spend_line(name, width, sum);
  return text + spend_line("total", width, all);
}

// Budgets in the windows of now, those that are used most first.
std::vector<BudgetRow> current(std::vector<BudgetRow> rows, Micros now) {
  std::erase_if(rows, [now](const BudgetRow& row) {
    const std::optional<WindowRange> range = range_of(row.key.window);
    return !range || now < range->from || now >= range->until;
  });
  std::stable_sort(rows.begin(), rows.end(), [](const BudgetRow& a, const BudgetRow& b) {
    const auto used = [](const BudgetRow& row) {
      return static_cast<double>(row.settled) /
             static_cast<double>(std::max<std::int64_t>(row.cap, 1));
    };
    return used(a) > used(b);
  });
  return rows;
}

// Budgets of all runs in force that nobody drew on yet have no row.
void add_untouched(std::vector<BudgetRow>& rows, const Config& config, Micros now) {
  for (const BudgetRule& rule : budgets_of(config)) {
    if (rule.scope != BudgetScope::all) continue;
    const BudgetKey key{"all", window_of(rule.span, now), rule.unit};
    const bool there =
        std::any_of(rows.begin(), rows.end(), [&](const BudgetRow& row) { return row.key == key; });
    if (there) continue;
    BudgetRow& row = rows.emplace_back();
    row.key = key;
    row.cap = rule.cap;
  }
}

std::string kind_of(const BudgetKey& key) { return key.scope.substr(0, key.scope.find(':')); }

std::string budget_lines(const std::vector<BudgetRow>& rows) {
  std::string text;
  std::map<std::string, std::size_t> shown;
  std::size_t left_out = 0;
  for (const BudgetRow& row : rows) {
    if (++shown[kind_of(row.key)] > kNamesShown) {
      ++left_out;
      continue;
    }
    const auto amount = [&](std::int64_t each) { return amount_text(row.key.unit, each); };
    const std::int64_t room = std::max<std::int64_t>(0, row.cap - row.settled - row.reserved);
    text += "  " + printable(words_for(row.key)) + ": " + amount(row.settled) + " of " +
            amount(row.cap) + " spent, " + amount(row.reserved) + " reserved, " + amount(room) +
            " left\n";
  }
  if (left_out > 0) text += "  and " + std::to_string(left_out) + " more (--json shows all)\n";
  return text;
}

Json to_json(const SpendSum& sum) {
  return Json{{"requests", sum.rows},
              {"estimated_requests", sum.estimated_rows},
              {"input", sum.input},
              {"cached", sum.cached},
              {"cache_write", sum.cache_write},
              {"output", sum.output},
              {"reasoning", sum.reasoning},
              {"nanousd", sum.cost},
              {"estimated_nanousd", sum.estimated_cost}};
}

Json to_json(const BudgetRow& row) {
  return Json{{"scope", row.key.scope},
              {"window", row.key.window},
              {"unit", row.key.unit == BudgetUnit::usd ? "nanousd" : "tokens"},
              {"cap", row.cap},
              {"reserved", row.reserved},
              {"settled", row.settled}};
}

std::string price_note() {
  const PriceTable table = price_table();
  return "prices: table " + std::to_string(table.version) + " of " + std::string(table.date);
}

void print(Terminal& terminal, const std::string& by, const SpendTable& table, NanoUsd saved,
           const std::vector<BudgetRow>& budgets) {
  if (table.empty()) {
    terminal.line("nothing was spent in that time");
  } else {
    terminal.out(spend_table(by, table));
  }
  if (saved > 0) terminal.out("read from vendors' caches: " + to_dollars(saved) + " saved\n");
  if (!budgets.empty()) terminal.out("\nbudgets\n" + budget_lines(budgets));
  terminal.line(price_note());
}

awaitable<int> spend(OpenStore& open, Terminal& terminal, ModelsOptions options, bool json) {
  const Result<Asked> asked = asked_of(options);
  if (!asked) co_return fail(terminal, asked.error());
  LedgerFilter filter = asked->rows;
  const std::vector<LedgerRow> rows = co_await read_ledger(*open.store, std::move(filter));
  SpendTable table;
  for (const LedgerRow& row : rows) add_to(table, asked->by, row);
  const NanoUsd saved = saved_by_caches(open.config, rows);
  std::vector<BudgetRow> budgets = co_await open.store->budgets();
  const Micros now = open.wall.now();
  budgets = current(std::move(budgets), now);
  add_untouched(budgets, open.config, now);
  if (!json) {
    print(terminal, options.by, table, saved, budgets);
    co_return kExitCompleted;
  }
  Json out{{"by", options.by}, {"rows", Json::array()}, {"budgets", Json::array()}};
  out["cache_saved_nanousd"] = saved;
  out["prices"] = std::string(price_table().date);
  for (const auto& [name, sum] : table) {
    out["rows"].push_back(to_json(sum));
    out["rows"].back()["name"] = name;
  }
  for (const BudgetRow& row : budgets) out["budgets"].push_back(to_json(row));
  terminal.out(to_text(out) + "\n");
  co_return kExitCompleted;
}

}  // namespace

int models_spend(const CommonOptions& common, const ModelsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return spend(open, terminal, options, common.json);
  });
}

}  // namespace yoke
