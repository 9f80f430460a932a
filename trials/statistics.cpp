#include "trials/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

namespace yoke {
namespace {

constexpr double kTail = 0.025;          // each side of a 95 % interval
constexpr double kNormal = 1.959963985;  // that leaves kTail above it
constexpr double kSeenAtLeast = 2.8;     // 1.96 + 0.84: standard errors for 95 % and four in five
constexpr double kPairsSaid = 1e6;       // a number beyond it helps nobody

struct Sums {
  double sum = 0;
  double squares = 0;
};

Sums sums_of(std::span<const double> values) {
  Sums sums;
  for (const double value : values) {
    sums.sum += value;
    sums.squares += value * value;
  }
  return sums;
}

double quantile(double degrees) {
  return boost::math::quantile(boost::math::complement(boost::math::students_t(degrees), kTail));
}

Difference plain(std::span<const double> differences) {
  Difference out;
  out.pairs = static_cast<int>(differences.size());
  if (out.pairs > 0) out.mean = sums_of(differences).sum / out.pairs;
  out.low = out.high = out.mean;
  for (const double each : differences) {
    out.more += each > 0;
    out.less += each < 0;
  }
  return out;
}

}  // namespace

// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
// the American Statistical Association 22, 1927.
ShareInterval interval_of_share(double share, int of) {
  if (of <= 0) return {};
  const double n = of;
  const double squared = kNormal * kNormal;
  const double middle = (share + squared / (2 * n)) / (1 + squared / n);
  const double half =
      kNormal / (1 + squared / n) * std::sqrt(share * (1 - share) / n + squared / (4 * n * n));
  return {std::max(0.0, std::min(share, middle - half)),
          std::min(1.0, std::max(share, middle + half))};
}

// Q. McNemar, "Note on the sampling error of the difference between correlated proportions",
// Psychometrika 12, 1947; exact, as a sign test over the pairs that differ.
double chance_of_split(int better, int worse) {
  const int differ = better + worse;
  if (differ == 0) return 1;
  const boost::math::binomial_distribution<double> coin(differ, 0.5);
  return std::min(1.0, 2 * boost::math::cdf(coin, std::min(better, worse)));
}

std::string_view describe(IntervalMethod method) {
  switch (method) {
    case IntervalMethod::t:
      return "Student's t over the paired differences";
    case IntervalMethod::agresti_min:
      return "Agresti and Min's adjusted interval for paired shares";
    case IntervalMethod::none:
      break;
  }
  return "no interval: too few pairs";
}

Difference difference_of_means(std::span<const double> differences) {
  Difference out = plain(differences);
  if (out.pairs < kPairsMin) return out;
  double squares = 0;
  for (const double each : differences) squares += (each - out.mean) * (each - out.mean);
  out.method = IntervalMethod::t;
  out.spread = std::sqrt(squares / (out.pairs - 1));
  const double half = quantile(out.pairs - 1) * out.spread / std::sqrt(out.pairs);
  out.low = out.mean - half;
  out.high = out.mean + half;
  return out;
}

// A. Agresti and Y. Min, "Simple improved confidence intervals for comparing matched proportions",
// 2005: half a pair more of each outcome, here with the t quantile, which keeps small trials
// honest. The mean that is told stays the one that was seen.
Difference difference_of_shares(std::span<const double> differences) {
  Difference out = plain(differences);
  if (out.pairs < kPairsMin) return out;
  const Sums sums = sums_of(differences);
  const double pairs = out.pairs + 2.0;
  const double mean = sums.sum / pairs;
  out.method = IntervalMethod::agresti_min;
  out.spread = std::sqrt(std::max(0.0, (sums.squares + 1) / pairs - mean * mean));
  const double half = quantile(pairs - 1) * out.spread / std::sqrt(pairs);
  out.low = std::max(-1.0, std::min(out.mean, mean - half));
  out.high = std::min(1.0, std::max(out.mean, mean + half));
  return out;
}

Difference difference_of_scores(std::span<const double> differences) {
  std::vector<double> sorted(differences.begin(), differences.end());
  std::sort(sorted.begin(), sorted.end());
  const double usual = sorted.empty() ? 0 : sorted[sorted.size() / 2];
  const auto unusual =
      std::count_if(sorted.begin(), sorted.end(), [usual](double each) { return each != usual; });
  return unusual < kPairsMin ? difference_of_shares(differences) : difference_of_means(differences);
}

int pairs_to_see(const Difference& seen, double size) {
  if (!seen.has_interval() || !(size > 0)) return 0;
  const double ratio = kSeenAtLeast * seen.spread / size;
  const double pairs = std::ceil(ratio * ratio);
  if (!(pairs <= kPairsSaid)) return 0;
  return std::max(kPairsMin, static_cast<int>(pairs));
}

}  // namespace yoke
