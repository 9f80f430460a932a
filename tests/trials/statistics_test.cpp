#include "trials/statistics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "runtime/base/id.h"

namespace yoke {
namespace {

// Numbers from a fixed seed: each simulation is the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  double share() { return static_cast<double>(random_.next() >> 11) * 0x1.0p-53; }
  bool happens(double probability) { return share() < probability; }
  double normal() {
    return std::sqrt(-2 * std::log(1 - share())) * std::cos(6.283185307179586 * share());
  }

 private:
  SeededRandom random_;
};

constexpr int kTrials = 4000;

// The share of trials whose interval holds the truth.
template <class Draw, class Judge>
double coverage(int pairs, double truth, const Draw& draw, const Judge& judge) {
  Dice dice(static_cast<std::uint64_t>(pairs) * 7919 + 1);
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> differences;
    for (int i = 0; i < pairs; ++i) differences.push_back(draw(dice));
    const Difference seen = judge(differences);
    covered += seen.low <= truth + 1e-12 && seen.high >= truth - 1e-12;
  }
  return static_cast<double>(covered) / kTrials;
}

double passed(Dice& dice, double probability) { return dice.happens(probability) ? 1 : 0; }

}  // namespace

TEST_CASE("Student's interval is the one that tables give") {
  // Differences of 1 to 8: mean 4.5, deviation 2.4495, t(7) = 2.3646.
  const std::vector<double> differences = {1, 2, 3, 4, 5, 6, 7, 8};
  const Difference seen = difference_of_means(differences);
  CHECK(seen.method == IntervalMethod::t);
  CHECK(seen.mean == Approx(4.5));
  CHECK(seen.low == Approx(4.5 - 2.36462 * 2.449490 / std::sqrt(8.0)).epsilon(1e-5));
  CHECK(seen.high == Approx(4.5 + 2.36462 * 2.449490 / std::sqrt(8.0)).epsilon(1e-5));
}

TEST_CASE("five pairs state no interval, whatever they say") {
  const std::vector<double> differences = {1, 1, 1, 1, 1};
  for (const Difference& seen :
       {difference_of_means(differences), difference_of_shares(differences)}) {
    CHECK_FALSE(seen.has_interval());
    CHECK(seen.pairs == 5);
    CHECK(seen.mean == 1);
    CHECK(pairs_to_see(seen, 0.05) == 0);
  }
  CHECK(difference_of_means({}).pairs == 0);
}

TEST_CASE("an interval of shares has a width even where every pair is alike") {
  const std::vector<double> alike(12, 0.0);
  const Difference seen = difference_of_shares(alike);
  CHECK(seen.mean == 0);
  CHECK(seen.low < -0.1);
  CHECK(seen.high > 0.1);
  const std::vector<double> opposite(12, 1.0);
  const Difference far = difference_of_shares(opposite);
  CHECK(far.high == 1);
  CHECK(far.low > 0.5);
  CHECK(far.low < 1);
}

TEST_CASE("a trial of a model against itself covers zero in 95 of 100 trials") {
  for (const int pairs : {6, 12, 30, 100}) {
    INFO(pairs);
    const auto times = [](Dice& dice) { return std::exp(dice.normal()) - std::exp(dice.normal()); };
    const double cost = coverage(
        pairs, 0, [](Dice& dice) { return dice.normal(); },
        [](const auto& d) { return difference_of_means(d); });
    CHECK(cost == Approx(0.95).margin(0.012));
    // Times have a long tail: the interval is then rather too wide than too narrow.
    const double time =
        coverage(pairs, 0, times, [](const auto& d) { return difference_of_means(d); });
    CHECK(time > 0.94);
    const double pass = coverage(
        pairs, 0, [](Dice& dice) { return passed(dice, 0.7) - passed(dice, 0.7); },
        [](const auto& d) { return difference_of_shares(d); });
    CHECK(pass > 0.94);
  }
}

TEST_CASE("an interval of long-tailed times that differ manifold is as good as the docs say") {
  struct Tail {
    double times, sigma, least;
  };
  for (const Tail& tail : {Tail{2, 0.7, 0.91}, Tail{5, 1, 0.86}}) {
    const auto took = [&tail](Dice& dice) { return std::exp(tail.sigma * dice.normal()); };
    const double truth = (tail.times - 1) * std::exp(tail.sigma * tail.sigma / 2);
    const double held = coverage(
        12, truth, [&](Dice& dice) { return tail.times * took(dice) - took(dice); },
        [](const auto& d) { return difference_of_means(d); });
    INFO(tail.times << " times, held in " << held);
    CHECK(held > tail.least);
    CHECK(held < 0.95);
  }
}

TEST_CASE("intervals of shares hold the truth where one model is better, also near certainty") {
  struct Pair {
    double first, other;
  };
  for (const Pair& rates : {Pair{0.5, 0.7}, Pair{0.8, 0.9}, Pair{0.9, 0.99}, Pair{0.95, 0.95}}) {
    for (const int pairs : {6, 12, 20, 50}) {
      INFO(rates.first << " " << rates.other << " " << pairs);
      const double covered = coverage(
          pairs, rates.other - rates.first,
          [&](Dice& dice) { return passed(dice, rates.other) - passed(dice, rates.first); },
          [](const auto& d) { return difference_of_shares(d); });
      CHECK(covered > 0.935);
    }
  }
}

TEST_CASE("scores that hardly differ are held as shares, others as means") {
  std::vector<double> scores(20, 0.0);
  scores[3] = 1;
  CHECK(difference_of_scores(scores).method == IntervalMethod::agresti_min);
  const std::vector<double> lost(20, -1.0);
  CHECK(difference_of_scores(lost).high > -1);  // no certainty, however alike they are
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = 0.01 * static_cast<double>(i);
  CHECK(difference_of_scores(scores).method == IntervalMethod::t);
}

TEST_CASE("the pairs said to be needed do show the difference four times in five") {
  Difference seen;
  seen.method = IntervalMethod::t;
  seen.spread = 1;
  const int needed = pairs_to_see(seen, 0.5);
  CHECK(needed == 32);
  Dice dice(5);
  int shown = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> differences;
    for (int i = 0; i < needed; ++i) differences.push_back(0.5 + dice.normal());
    shown += !difference_of_means(differences).covers_zero();
  }
  CHECK(static_cast<double>(shown) / kTrials == Approx(0.8).margin(0.04));
  CHECK(pairs_to_see(seen, 0) == 0);
  CHECK(pairs_to_see(seen, 1e-9) == 0);
}

TEST_CASE("a share's own interval is Wilson's, and holds the truth in about 95 of 100 trials") {
  // Figures of the published formula: 8 of 10, 0 of 10 and 50 of 100.
  const ShareInterval eight = interval_of_share(0.8, 10);
  CHECK(eight.low == Approx(0.4902).margin(1e-4));
  CHECK(eight.high == Approx(0.9433).margin(1e-4));
  CHECK(interval_of_share(0, 10).low == 0);
  CHECK(interval_of_share(0, 10).high == Approx(0.2775).margin(1e-4));
  CHECK(interval_of_share(0.5, 100).low == Approx(0.4038).margin(1e-4));
  CHECK(interval_of_share(0.5, 0).high == 1);
  // Of few cases the share that holds the truth goes up and down with the truth: between 92 and 98
  // of 100 for these.
  Dice dice(11);
  double all = 0;
  for (const double truth : {0.5, 0.6, 0.7, 0.8, 0.9}) {
    int held = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      int seen = 0;
      for (int i = 0; i < 25; ++i) seen += dice.happens(truth);
      const ShareInterval interval = interval_of_share(seen / 25.0, 25);
      held += interval.low <= truth && interval.high >= truth;
    }
    CHECK(held > 0.91 * kTrials);
    all += held;
  }
  CHECK(all > 0.94 * 5 * kTrials);
}

TEST_CASE("chance parts few pairs evenly and many seldom unevenly") {
  CHECK(chance_of_split(0, 0) == 1);
  CHECK(chance_of_split(3, 3) == 1);
  CHECK(chance_of_split(0, 5) == Approx(0.0625));
  CHECK(chance_of_split(0, 6) == Approx(0.03125));
  CHECK(chance_of_split(9, 2) == Approx(0.0654296875));
  CHECK(chance_of_split(9, 2) == chance_of_split(2, 9));
}

}  // namespace yoke
