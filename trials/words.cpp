#include "trials/words.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>

#include "runtime/base/counted.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

constexpr std::size_t kComplaints = 3;  // told of a route
constexpr std::size_t kComplaintBytes = 240;

enum class Unit { points, share, dollars, count, milliseconds };

struct Row {
  const char* title;
  Unit unit;
  const char* more;  // what the other route does where its value is higher
  const char* less;
};

constexpr std::array<Row, kMeasures> kRows = {{
    {"pass rate", Unit::points, "passes more often", "passes less often"},
    {"score", Unit::share, "scores higher", "scores lower"},
    {"preferred", Unit::share, "is preferred", "is not preferred"},
    {"failed", Unit::points, "fails more often", "fails less often"},
    {"cost each", Unit::dollars, "costs more", "costs less"},
    {"input tokens", Unit::count, "reads more tokens", "reads fewer tokens"},
    {"output tokens", Unit::count, "writes more tokens", "writes fewer tokens"},
    {"first token", Unit::milliseconds, "begins later", "begins sooner"},
    {"total time", Unit::milliseconds, "takes longer", "takes less time"},
    {"steps", Unit::count, "takes more steps", "takes fewer steps"},
}};

const Row& row_of(Measure measure) { return kRows[static_cast<std::size_t>(measure)]; }

std::string decimal(double value, int places) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, value);
  return text.data();
}

// 0, 0.42, 4.2, 42, 420
std::string count_text(double value) {
  const double size = std::abs(value);
  const bool whole = size >= 100 || value == std::round(value);
  if (whole) return decimal(value, 0);
  return decimal(value, size >= 10 ? 1 : 2);
}

std::string dollars_text(double value) {
  return to_dollars(static_cast<NanoUsd>(std::llround(value * static_cast<double>(kNanoPerUsd))));
}

std::string time_text(double ms) {
  return to_short_text(std::chrono::microseconds(std::llround(ms * 1000)));
}

std::string size_text(Unit unit, double size) {
  switch (unit) {
    case Unit::points:
      return decimal(size * 100, size * 100 == std::round(size * 100) ? 0 : 1) + " points";
    case Unit::share:
      return decimal(size, 2);
    case Unit::dollars:
      return dollars_text(size);
    case Unit::count:
      return count_text(size);
    case Unit::milliseconds:
      return time_text(size);
  }
  return {};
}

// The difference that a trial should be able to see: 5 points, or a tenth of what the first has.
double worth_seeing(Unit unit, const Mean& base) {
  if (unit == Unit::points || unit == Unit::share) return 0.05;
  return base.value * 0.1;
}

std::string need_text(Measure measure, const Difference& difference, const Mean& base,
                      const std::string& called) {
  const Unit unit = row_of(measure).unit;
  const double size = worth_seeing(unit, base);
  const int needed = pairs_to_see(difference, size);
  const std::string what = "a difference of " + size_text(unit, size);
  if (needed == 0) return "";
  if (needed <= difference.pairs) return "; " + what + " would most likely have shown";
  return "; about " + counted(needed - difference.pairs, "more " + called) +
         " would be needed to see " + what;
}

}  // namespace

std::string title_of(Measure measure) { return row_of(measure).title; }

std::string figure(Measure measure, double value) {
  switch (row_of(measure).unit) {
    case Unit::points:
      return decimal(value * 100, 0) + " %";
    case Unit::share:
      return decimal(value, 2);
    case Unit::dollars:
      return dollars_text(value);
    case Unit::count:
      return count_text(value);
    case Unit::milliseconds:
      return time_text(value);
  }
  return {};
}

std::string signed_figure(Measure measure, double value) {
  const std::string size = size_text(row_of(measure).unit, std::abs(value));
  if (value == 0) return "0";
  return (value < 0 ? "−" : "+") + size;
}

std::string interval_text(Measure measure, const Difference& difference) {
  if (difference.pairs == 0) return "not measured on both";
  const std::string mean = signed_figure(measure, difference.mean);
  const std::string n = "n=" + std::to_string(difference.pairs);
  if (!difference.has_interval()) return mean + " (" + n + ")";
  if (difference.spread == 0) return mean + " in each pair (" + n + ")";
  return mean + " (95 %: " + signed_figure(measure, difference.low) + " to " +
         signed_figure(measure, difference.high) + ", " + n + ")";
}

int shown(const Difference& difference) {
  if (!difference.has_interval() || difference.covers_zero()) return 0;
  return difference.mean > 0 ? 1 : -1;
}

std::string verdict_of(Measure measure, const Difference& difference, const Mean& base,
                       const std::string& unit) {
  if (difference.pairs == 0) return "not measured on both";
  if (!difference.has_interval()) return "too few " + unit + "s to say anything";
  const int side = shown(difference);
  const Row& row = row_of(measure);
  if (side != 0) return side > 0 ? row.more : row.less;
  if (difference.spread == 0) return "no difference";
  return "no difference can be shown" + need_text(measure, difference, base, unit);
}

std::string share_interval_text(const Mean& share) {
  if (share.cases == 0) return "–";
  const ShareInterval interval = interval_of_share(share.value, share.cases);
  return decimal(interval.low * 100, 0) + " to " + decimal(interval.high * 100, 0) + " %";
}

std::string split_text(const Difference& difference) {
  const double chance = chance_of_split(difference.more, difference.less);
  return std::to_string(difference.more) + " better, " + std::to_string(difference.less) +
         " worse, " + (chance < 0.001 ? "p < 0.001" : "p = " + decimal(chance, 3));
}

std::string count_text(const CheckCount& count) {
  const std::string share = std::to_string(count.passed) + " of " + std::to_string(count.judged);
  if (!count.pairwise) return share;
  return share + ", " + std::to_string(count.tied) + " alike";
}

std::vector<std::string> checks_of(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const RouteSummary& route : comparison.routes) {
    for (const CheckCount& each : route.checks) {
      const bool known = std::find(names.begin(), names.end(), each.check) != names.end();
      if (!known) names.push_back(each.check);
    }
  }
  return names;
}

std::vector<std::string> complaints(const Trial& trial, std::size_t route) {
  std::map<std::string, int> counts;
  for (const Cell& cell : trial.cells) {
    if (cell.route_at != route || !cell.asked) continue;
    if (!cell.failure.empty()) ++counts[cell.failure];
    for (const Finding& finding : cell.findings) {
      if (!finding.judged) ++counts["not judged by '" + finding.check + "': " + finding.why];
    }
  }
  std::vector<std::pair<int, std::string>> found;
  for (const auto& [what, count] : counts) found.emplace_back(-count, what);
  std::sort(found.begin(), found.end());
  std::vector<std::string> told;
  for (const auto& [count, what] : found) {
    if (told.size() == kComplaints) {
      told.push_back("… and " + counted(std::ssize(found) - std::ssize(told), "more kind"));
      break;
    }
    told.push_back(std::to_string(-count) + " × " + shorten(what, kComplaintBytes));
  }
  return told;
}

std::string method_note(const Trial& trial) {
  std::string note = "A pass rate's own 95 % interval is Wilson's.";
  if (trial.routes.size() > 1) {
    note += " Differences are to the first column, " + trial.unit + " by " + trial.unit +
            ", with 95 % intervals (paired shares: Agresti and Min; the rest: Student's t); fewer "
            "than " +
            std::to_string(kPairsMin) + " " + trial.unit +
            "s have none; p is of McNemar's exact test. Each interval stands by itself: of "
            "twenty that are looked at, one leaves zero out by chance.";
  }
  note += " What failed has not passed and is not preferred; its tokens and times are left out.";
  if (trial.repeats > 1) {
    note += " Each " + trial.unit + " was put to each " + std::to_string(trial.repeats) +
            " times and counts once, by its mean.";
  }
  return note;
}

}  // namespace yoke
