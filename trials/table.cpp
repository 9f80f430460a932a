#include "trials/table.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "trials/words.h"

namespace yoke {
namespace {

constexpr std::size_t kColumnMax = 36;

bool is_measured(const Comparison& comparison, std::size_t measure) {
  return std::any_of(
      comparison.routes.begin(), comparison.routes.end(),
      [measure](const RouteSummary& route) { return route.means[measure].cases > 0; });
}

using Cells = std::vector<std::string>;

std::string laid_out(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - display_width(row[i]), ' ');
      text += i == 0 ? row[i] + gap : "  " + gap + row[i];
    }
    while (text.ends_with(' ')) text.pop_back();
    text += "\n";
  }
  return text;
}

Cells counts_row(const std::string& title, const Comparison& all, int RouteSummary::*member) {
  Cells row{title};
  for (const RouteSummary& route : all.routes) row.push_back(std::to_string(route.*member));
  return row;
}

Cells check_row(const std::string& check, const Comparison& all) {
  Cells row{"  " + shorten(printable(check), kColumnMax)};
  for (const RouteSummary& route : all.routes) {
    const auto found =
        std::find_if(route.checks.begin(), route.checks.end(),
                     [&check](const CheckCount& each) { return each.check == check; });
    row.push_back(found == route.checks.end() ? "–" : count_text(*found));
  }
  return row;
}

std::vector<Cells> table_of(const Comparison& all) {
  Cells head{""};
  for (const RouteSummary& route : all.routes) {
    head.push_back(shorten(printable(route.route), kColumnMax));
  }
  std::vector<Cells> rows{head};
  rows.push_back(counts_row("answered", all, &RouteSummary::answered));
  for (std::size_t m = 0; m < kMeasures; ++m) {
    if (!is_measured(all, m)) continue;
    const auto measure = static_cast<Measure>(m);
    Cells row{title_of(measure)};
    for (const RouteSummary& route : all.routes) {
      const Mean& mean = route.means[m];
      row.push_back(mean.cases == 0 ? "–" : figure(measure, mean.value));
    }
    rows.push_back(std::move(row));
    if (measure != Measure::pass) continue;
    Cells intervals{"  95 %"};
    for (const RouteSummary& route : all.routes) {
      intervals.push_back(share_interval_text(route.means[m]));
    }
    rows.push_back(std::move(intervals));
  }
  Cells total{"cost in all"};
  for (const RouteSummary& route : all.routes) {
    total.push_back(route.priced ? to_dollars(route.cost) : "unknown");
  }
  rows.push_back(std::move(total));
  for (const auto& [title, member] : {std::pair{"errored", &RouteSummary::errored},
                                      {"not asked", &RouteSummary::unasked},
                                      {"degraded", &RouteSummary::degraded},
                                      {"from the cache", &RouteSummary::from_cache},
                                      {"not judged", &RouteSummary::not_judged}}) {
    const bool any = std::any_of(all.routes.begin(), all.routes.end(),
                                 [&](const RouteSummary& route) { return route.*member > 0; });
    if (any) rows.push_back(counts_row(title, all, member));
  }
  const std::vector<std::string> checks = checks_of(all);
  if (!checks.empty()) rows.push_back(Cells{"by check"});
  for (const std::string& check : checks) rows.push_back(check_row(check, all));
  return rows;
}

std::string differences_text(const RouteSummary& route, const RouteSummary& base,
                             const std::string& unit) {
  std::string text = "\n" + printable(route.route) + " against " + printable(base.route) + "\n";
  std::vector<Cells> rows;
  for (std::size_t m = 0; m < kMeasures; ++m) {
    const Difference& difference = route.differences[m];
    if (difference.pairs == 0) continue;
    const auto measure = static_cast<Measure>(m);
    rows.push_back(Cells{"  " + title_of(measure), interval_text(measure, difference)});
    rows.back().push_back(verdict_of(measure, difference, base.means[m], unit));
    if (measure == Measure::pass) rows.back().back() += " (" + split_text(difference) + ")";
  }
  if (rows.empty()) return text + "  no " + unit + " was answered on both\n";
  std::size_t title = 0;
  std::size_t interval = 0;
  for (const Cells& row : rows) {
    title = std::max(title, display_width(row[0]));
    interval = std::max(interval, display_width(row[1]));
  }
  for (const Cells& row : rows) {
    text += row[0] + std::string(title - display_width(row[0]) + 2, ' ') + row[1] +
            std::string(interval - display_width(row[1]) + 2, ' ') + row[2] + "\n";
  }
  return text;
}

Json difference_json(const Difference& difference) {
  Json out{{"pairs", difference.pairs}, {"mean", difference.mean}};
  if (!difference.has_interval()) return out;
  out["low"] = difference.low;
  out["high"] = difference.high;
  out["method"] = describe(difference.method);
  return out;
}

Json split_json(const Difference& difference) {
  return Json{{"better", difference.more},
              {"worse", difference.less},
              {"p", chance_of_split(difference.more, difference.less)}};
}

Json checks_json(const std::vector<CheckCount>& checks) {
  Json out = Json::array();
  for (const CheckCount& each : checks) {
    out.push_back(Json{{"check", each.check}, {"judged", each.judged}, {"passed", each.passed}});
    if (each.pairwise) out.back()["tied"] = each.tied;
  }
  return out;
}

Json route_json(const RouteSummary& route, const RouteSummary& base, const std::string& unit) {
  Json measures = Json::object();
  for (std::size_t m = 0; m < kMeasures; ++m) {
    const auto measure = static_cast<Measure>(m);
    if (route.means[m].cases == 0) continue;
    Json one{{"mean", route.means[m].value}, {"cases", route.means[m].cases}};
    if (measure == Measure::pass) {
      const ShareInterval interval = interval_of_share(route.means[m].value, route.means[m].cases);
      one["low"] = interval.low;
      one["high"] = interval.high;
    }
    if (&route != &base && route.differences[m].pairs > 0) {
      one["difference"] = difference_json(route.differences[m]);
      one["verdict"] = verdict_of(measure, route.differences[m], base.means[m], unit);
      if (measure == Measure::pass) one["mcnemar"] = split_json(route.differences[m]);
    }
    measures[std::string(name_of(measure))] = std::move(one);
  }
  return Json{{"route", route.route},
              {"asked", route.asked},
              {"unasked", route.unasked},
              {"answered", route.answered},
              {"failed", route.failed},
              {"errored", route.errored},
              {"degraded", route.degraded},
              {"from_cache", route.from_cache},
              {"cost", route.cost},
              {"priced", route.priced},
              {"checks", checks_json(route.checks)},
              {"measures", measures},
              {"not_judged", route.not_judged}};
}

Json finding_json(const Finding& finding) {
  Json out{{"check", finding.check}, {"judged", finding.judged}, {"why", finding.why}};
  if (finding.judged) {
    out["score"] = finding.score;
    if (finding.pairwise) out["pairwise"] = true;
    if (!finding.pairwise) out["passed"] = finding.passed;
  }
  if (finding.cost > 0) out["cost"] = finding.cost;
  return out;
}

Json cell_json(const Trial& trial, const Cell& cell) {
  Json out{{"case", trial.cases[cell.case_at].id},
           {"route", trial.routes[cell.route_at]},
           {"repeat", cell.repeat},
           {"asked", cell.asked}};
  if (!cell.asked) return out;
  out["run"] = cell.run_id;
  out["target"] = cell.target;
  out["answered"] = cell.answered;
  if (!cell.answered) out["errored"] = cell.errored;
  if (!cell.failure.empty()) out["failure"] = cell.failure;
  out["text"] = cell.answer.text;
  out["calls"] = cell.answer.calls;
  out["finish"] = cell.answer.finish;
  out["usage"] = to_json(cell.usage);
  out["cost"] = cell.cost;
  if (cell.lost != 0) out["lost"] = cell.lost;
  out["priced"] = cell.priced;
  out["tries"] = cell.tries;
  out["degraded"] = cell.degraded;
  out["from_cache"] = cell.from_cache;
  if (cell.first_ms) out["first_ms"] = *cell.first_ms;
  if (cell.total_ms) out["total_ms"] = *cell.total_ms;
  if (cell.answer.steps) out["steps"] = *cell.answer.steps;
  out["findings"] = Json::array();
  for (const Finding& finding : cell.findings) out["findings"].push_back(finding_json(finding));
  return out;
}

}  // namespace

std::string table_text(const Trial& trial, const Comparison& comparison) {
  std::string text = laid_out(table_of(comparison));
  for (std::size_t i = 1; i < comparison.routes.size(); ++i) {
    text += differences_text(comparison.routes[i], comparison.routes.front(), trial.unit);
  }
  for (std::size_t i = 0; i < trial.routes.size(); ++i) {
    const std::vector<std::string> told = complaints(trial, i);
    if (!told.empty()) text += "\n" + printable(trial.routes[i]) + " had trouble\n";
    for (const std::string& each : told) text += "  " + printable(each) + "\n";
  }
  if (comparison.judging > 0) text += "\njudging cost " + to_dollars(comparison.judging) + "\n";
  return text + "\n" + method_note(trial) + "\n";
}

Json comparison_json(const Trial& trial, const Comparison& comparison) {
  Json out{{"trial", trial.id},
           {"seed", trial.seed},
           {"repeats", trial.repeats},
           {"cases", trial.cases.size()},
           {"unasked", comparison.unasked},
           {"judging", comparison.judging},
           {"method", method_note(trial)}};
  out["routes"] = Json::array();
  for (const RouteSummary& route : comparison.routes) {
    out["routes"].push_back(route_json(route, comparison.routes.front(), trial.unit));
  }
  out["cells"] = Json::array();
  for (const Cell& cell : trial.cells) out["cells"].push_back(cell_json(trial, cell));
  return out;
}

}  // namespace yoke
