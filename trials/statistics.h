#pragma once

#include <span>
#include <string_view>

// What can be said of two models that were asked the same. Pure.
namespace yoke {

// With fewer pairs no interval is stated: even if all of five pointed one way, that happens by
// chance in one trial of sixteen.
inline constexpr int kPairsMin = 6;

enum class IntervalMethod : unsigned char {
  none,         // too few pairs
  t,            // Student's t over the differences
  agresti_min,  // for shares: t after adding half a pair of each of the four outcomes
};
std::string_view describe(IntervalMethod method);

// The mean of paired differences (the other less the first) with its 95 % interval.
struct Difference {
  int pairs = 0;
  double mean = 0;
  double low = 0;  // of the interval; `mean` when there is none
  double high = 0;
  double spread = 0;  // standard deviation of one difference, as the method sees it
  IntervalMethod method = IntervalMethod::none;
  int more = 0;  // pairs in which the other has more, and less
  int less = 0;

  bool has_interval() const { return method != IntervalMethod::none; }
  // That no difference at all is one of the values the interval allows.
  bool covers_zero() const { return low <= 0 && high >= 0; }
};

// A share's own 95 % interval.
struct ShareInterval {
  double low = 0;
  double high = 1;
};
// Of a share seen in `of` cases; all of 0 to 1 where there is none. Where cases are means over
// repetitions, it is wider than it need be, never narrower.
ShareInterval interval_of_share(double share, int of);

// How likely chance alone is to part `better` and `worse` so unevenly or more so, where pairs that
// are alike say nothing: McNemar's exact test. 1 where nothing differs.
double chance_of_split(int better, int worse);

// Of a measure without bounds: cost, tokens, time.
Difference difference_of_means(std::span<const double> differences);

// Of shares: each difference lies between -1 and 1, such as passed (1) less failed (0). Where all
// are equal, t would give an interval of no width; this one never does.
Difference difference_of_shares(std::span<const double> differences);

// Of scores between 0 and 1: as shares while hardly any pair differs from the rest, else as means.
Difference difference_of_scores(std::span<const double> differences);

// How many pairs, spread as those were, would show a true difference of `size` four times in five.
// 0 where that cannot be said.
int pairs_to_see(const Difference& seen, double size);

}  // namespace yoke
