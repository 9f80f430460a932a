#include "trials/comparison.h"

#include <algorithm>

#include "runtime/base/saturating.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, kMeasures> kNames = {
    "pass",         "score",         "preferred",   "failed",     "cost",
    "input_tokens", "output_tokens", "first_token", "total_time", "steps"};

bool counts(const Finding& finding) { return !finding.pairwise; }

// Nothing where no check applies, or one of them could not judge.
std::optional<double> passed(const Cell& cell) {
  bool any = false;
  bool all = true;
  for (const Finding& finding : cell.findings) {
    if (!counts(finding)) continue;
    if (!finding.judged) return std::nullopt;
    any = true;
    all = all && finding.passed;
  }
  if (!any) return std::nullopt;
  return all ? 1.0 : 0.0;
}

std::optional<double> scored(const Cell& cell) {
  double sum = 0;
  double weight = 0;
  for (const Finding& finding : cell.findings) {
    if (!counts(finding)) continue;
    if (!finding.judged) return std::nullopt;
    sum += finding.score * finding.weight;
    weight += finding.weight;
  }
  if (weight == 0) return std::nullopt;
  return sum / weight;
}

std::optional<double> preferred(const Cell& cell) {
  double sum = 0;
  int count = 0;
  for (const Finding& finding : cell.findings) {
    if (counts(finding)) continue;
    if (!finding.judged) return std::nullopt;
    sum += finding.score;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

using Values = std::vector<std::optional<double>>;  // by case

// Of each case the mean over its repetitions.
Values by_case(const Trial& trial, std::size_t route, Measure measure) {
  std::vector<double> sums(trial.cases.size(), 0);
  std::vector<int> counts_of(trial.cases.size(), 0);
  for (const Cell& cell : trial.cells) {
    if (cell.route_at != route) continue;
    const std::optional<double> value = value_of(cell, measure);
    if (!value) continue;
    sums[cell.case_at] += *value;
    ++counts_of[cell.case_at];
  }
  Values values(trial.cases.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (counts_of[i] > 0) values[i] = sums[i] / counts_of[i];
  }
  return values;
}

Mean mean_of(const Values& values) {
  Mean mean;
  for (const std::optional<double>& value : values) {
    if (!value) continue;
    mean.value += *value;
    ++mean.cases;
  }
  if (mean.cases > 0) mean.value /= mean.cases;
  return mean;
}

Difference difference_of(Measure measure, const std::vector<double>& differences) {
  switch (measure) {
    case Measure::pass:
    case Measure::failed:
      return difference_of_shares(differences);
    case Measure::score:
    case Measure::preferred:
      return difference_of_scores(differences);
    default:
      return difference_of_means(differences);
  }
}

void count(const Finding& finding, std::vector<CheckCount>& checks) {
  auto found = std::find_if(checks.begin(), checks.end(),
                            [&](const CheckCount& each) { return each.check == finding.check; });
  if (found == checks.end()) {
    checks.push_back(CheckCount{finding.check, finding.pairwise});
    found = checks.end() - 1;
  }
  if (!finding.judged) return;
  ++found->judged;
  found->passed += finding.pairwise ? finding.score > 0.5 : finding.passed;
  found->tied += finding.pairwise && finding.score == 0.5;
}

void count(const Cell& cell, RouteSummary& route, Comparison& all) {
  for (const Finding& finding : cell.findings) {
    all.judging = saturating_add(all.judging, finding.cost);
    count(finding, route.checks);
  }
  if (!cell.asked) {
    ++all.unasked;
    ++route.unasked;
    return;
  }
  ++route.asked;
  route.answered += cell.answered;
  route.failed += !cell.answered && !cell.errored;
  route.errored += cell.errored;
  route.degraded += cell.degraded;
  route.from_cache += cell.from_cache;
  route.not_judged += std::any_of(cell.findings.begin(), cell.findings.end(),
                                  [](const Finding& each) { return !each.judged; });
  route.cost = saturating_add(route.cost, saturating_add(cell.cost, cell.lost));
  route.priced = route.priced && cell.priced;
}

// The base is neither better nor worse than itself wherever another was held against it.
void set_base_preference(std::vector<Values>& routes) {
  for (std::size_t i = 0; i < routes.front().size(); ++i) {
    const bool held = std::any_of(routes.begin() + 1, routes.end(),
                                  [i](const Values& other) { return other[i].has_value(); });
    if (held) routes.front()[i] = 0.5;
  }
}

}  // namespace

std::string_view name_of(Measure measure) { return kNames[static_cast<std::size_t>(measure)]; }

std::optional<double> value_of(const Cell& cell, Measure measure) {
  if (!cell.asked) return std::nullopt;
  switch (measure) {
    case Measure::failed:
      if (cell.errored) return std::nullopt;
      return cell.answered ? 0 : 1;
    case Measure::pass:
      return passed(cell);
    case Measure::score:
      return scored(cell);
    case Measure::preferred:
      return preferred(cell);
    case Measure::cost:
      if (!cell.priced || cell.from_cache) return std::nullopt;
      return static_cast<double>(cell.cost) / static_cast<double>(kNanoPerUsd);
    default:
      break;
  }
  if (!cell.answered) return std::nullopt;
  if (measure == Measure::input_tokens) return static_cast<double>(cell.usage.input);
  if (measure == Measure::output_tokens) return static_cast<double>(cell.usage.output);
  if (measure == Measure::steps) return cell.answer.steps;
  if (cell.from_cache) return std::nullopt;
  return measure == Measure::first_token ? cell.first_ms : cell.total_ms;
}

Comparison compare(const Trial& trial) {
  Comparison out;
  out.routes.resize(trial.routes.size());
  for (std::size_t i = 0; i < trial.routes.size(); ++i) out.routes[i].route = trial.routes[i];
  for (const Cell& cell : trial.cells) count(cell, out.routes[cell.route_at], out);
  for (std::size_t m = 0; m < kMeasures; ++m) {
    const auto measure = static_cast<Measure>(m);
    std::vector<Values> routes;
    for (std::size_t i = 0; i < trial.routes.size(); ++i) {
      // Of those alone whose price is known it would be the cost of something else.
      const bool is_known = measure != Measure::cost || out.routes[i].priced;
      routes.push_back(is_known ? by_case(trial, i, measure) : Values(trial.cases.size()));
    }
    if (measure == Measure::preferred && !routes.empty()) set_base_preference(routes);
    for (std::size_t i = 0; i < routes.size(); ++i) {
      out.routes[i].means[m] = mean_of(routes[i]);
      if (i == 0) continue;
      std::vector<double> differences;
      for (std::size_t at = 0; at < trial.cases.size(); ++at) {
        if (routes[0][at] && routes[i][at]) differences.push_back(*routes[i][at] - *routes[0][at]);
      }
      out.routes[i].differences[m] = difference_of(measure, differences);
    }
  }
  return out;
}

}  // namespace yoke
