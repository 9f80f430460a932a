#include "hosts/cli/eval_report.h"

#include <algorithm>
#include <functional>

#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "trials/words.h"

namespace yoke {
namespace {

constexpr std::size_t kBarMax = 24;
constexpr std::size_t kBarMin = 4;
constexpr std::size_t kReasonBytes = 160;

const Finding* first_failing(const Cell& cell) {
  for (const Finding& finding : cell.findings) {
    if (!finding.pairwise && finding.judged && !finding.passed) return &finding;
  }
  return nullptr;
}

std::string reason_of(const Cell& cell) {
  if (!cell.failure.empty()) return cell.failure;
  const Finding* finding = first_failing(cell);
  return finding == nullptr ? "" : finding->check + ": " + finding->why;
}

// A line for each cell that is meant, in the order of the set.
std::vector<std::string> lines_of(const Trial& trial, std::size_t most,
                                  const std::function<bool(const Cell&)>& is_meant) {
  std::vector<const Cell*> failing;
  for (const Cell& cell : trial.cells) {
    if (is_meant(cell)) failing.push_back(&cell);
  }
  std::sort(failing.begin(), failing.end(), [](const Cell* a, const Cell* b) {
    return std::tuple(a->case_at, a->route_at, a->repeat) <
           std::tuple(b->case_at, b->route_at, b->repeat);
  });
  std::vector<std::string> lines;
  for (const Cell* cell : failing) {
    if (lines.size() == most) {
      lines.push_back("… and " + std::to_string(failing.size() - most) + " more");
      break;
    }
    std::string line = trial.cases[cell->case_at].id;
    if (trial.routes.size() > 1) line += " · " + trial.routes[cell->route_at];
    lines.push_back(line + ": " + shorten(reason_of(*cell), kReasonBytes) + " (" + cell->run_id +
                    ")");
  }
  return lines;
}

}  // namespace

std::string progress_bar(std::size_t done, std::size_t all, const std::string& more, int columns) {
  const std::string words = " " + std::to_string(done) + " of " + std::to_string(all) +
                            (more.empty() ? "" : " · " + more);
  const std::size_t room = columns < 0 ? 0 : static_cast<std::size_t>(columns);
  const std::size_t taken = display_width(words) + 2;  // and its brackets
  const std::size_t width = std::min(kBarMax, room > taken ? room - taken : 0);
  if (width < kBarMin) return words.substr(1);
  const std::size_t full = all == 0 ? 0 : done * width / all;
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]" + words;
}

std::string cell_line(const Trial& trial, const Cell& cell, std::size_t case_at,
                      std::size_t subject_at) {
  std::string line = trial.cases[case_at].id;
  if (trial.routes.size() > 1) line += " · " + trial.routes[subject_at];
  if (cell.errored) line += ": errored";
  line += cell.answered ? ": answered" : ": " + shorten(cell.failure, kReasonBytes);
  if (cell.total_ms) line += " in " + figure(Measure::total_time, *cell.total_ms);
  if (cell.priced && cell.cost > 0) line += ", " + to_dollars(cell.cost);
  return line;
}

std::vector<std::string> failing_lines(const Trial& trial, std::size_t most) {
  return lines_of(trial, most, [](const Cell& cell) {
    return !cell.errored && value_of(cell, Measure::pass) == 0.0;
  });
}

std::vector<std::string> errored_lines(const Trial& trial, std::size_t most) {
  return lines_of(trial, most, [](const Cell& cell) { return cell.errored; });
}

std::vector<std::string> broken_bounds(const Trial& trial, const Comparison& comparison,
                                       const EvalBounds& bounds) {
  constexpr auto kPass = static_cast<std::size_t>(Measure::pass);
  constexpr auto kScore = static_cast<std::size_t>(Measure::score);
  std::vector<std::string> broken;
  for (std::size_t i = 0; i < comparison.routes.size(); ++i) {
    const RouteSummary& route = comparison.routes[i];
    const Mean& pass = route.means[kPass];
    if (bounds.min_pass && (pass.cases == 0 || pass.value < *bounds.min_pass)) {
      broken.push_back(trial.routes[i] + " passes " + figure(Measure::pass, pass.value) +
                       ", wanted are " + figure(Measure::pass, *bounds.min_pass));
    }
    if (bounds.min_pass && route.not_judged > 0) {
      broken.push_back(trial.routes[i] + ": " + counted(route.not_judged, "answer") +
                       " could not be judged");
    }
    if (!bounds.no_worse || i == 0) continue;
    for (const std::size_t measure : {kPass, kScore}) {
      if (shown(route.differences[measure]) >= 0) continue;
      const auto name = static_cast<Measure>(measure);
      broken.push_back(trial.routes[i] + " is worse than " + trial.routes[0] + " in " +
                       title_of(name) + ": " + interval_text(name, route.differences[measure]));
    }
  }
  return broken;
}

}  // namespace yoke
