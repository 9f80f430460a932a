#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/base/id.h"
#include "trials/comparison.h"

// Whole trials, simulated with fixed seeds: how often an interval holds what is so.
namespace yoke {
namespace {

constexpr int kTrialCount = 1500;

class TrialDice {
 public:
  explicit TrialDice(std::uint64_t seed) : random_(seed) {}
  double share() { return static_cast<double>(random_.next() >> 11) * 0x1.0p-53; }
  double normal() {
    return std::sqrt(-2 * std::log(1 - share())) * std::cos(6.283185307179586 * share());
  }

 private:
  SeededRandom random_;
};

struct Shape {
  int cases = 12;
  int repeats = 1;
  double effect_spread = 0;  // how differently the cases suit the second route
  double failing = 0;        // share of calls that fail
};

void ask(Trial& trial, std::size_t at, std::size_t route, double skill, const Shape& shape,
         TrialDice& dice) {
  Cell& cell = trial.cells.emplace_back();
  cell.case_at = at;
  cell.route_at = route;
  cell.asked = true;
  cell.answered = dice.share() >= shape.failing;
  cell.cost = static_cast<NanoUsd>(1e6 * std::exp(0.5 * dice.normal()));
  cell.total_ms = 800 * std::exp(0.7 * dice.normal());
  Finding finding;
  finding.passed = cell.answered && dice.share() < skill;
  finding.score = finding.passed ? 0.5 + 0.5 * dice.share() : 0;
  cell.findings.push_back(finding);
}

// Both routes are as good on the whole; a case may suit one or the other.
Trial drawn(const Shape& shape, TrialDice& dice) {
  Trial trial;
  trial.routes = {"a", "b"};
  trial.repeats = shape.repeats;
  trial.cases.resize(static_cast<std::size_t>(shape.cases));
  for (std::size_t at = 0; at < trial.cases.size(); ++at) {
    const double skill = 0.3 + 0.4 * dice.share();
    const double effect = dice.share() < 0.5 ? shape.effect_spread : -shape.effect_spread;
    for (int repeat = 0; repeat < shape.repeats; ++repeat) {
      ask(trial, at, 0, skill, shape, dice);
      ask(trial, at, 1, skill + effect, shape, dice);
    }
  }
  return trial;
}

// Of trials in which there is no difference, those whose interval says so, by measure.
std::array<double, kMeasures> covering_zero(const Shape& shape, std::uint64_t seed) {
  std::array<double, kMeasures> shares{};
  TrialDice dice(seed);
  for (int i = 0; i < kTrialCount; ++i) {
    const Comparison comparison = compare(drawn(shape, dice));
    for (std::size_t m = 0; m < kMeasures; ++m) {
      const Difference& seen = comparison.routes[1].differences[m];
      shares[m] += seen.has_interval() && seen.covers_zero() ? 1.0 / kTrialCount : 0;
    }
  }
  return shares;
}

double of(const std::array<double, kMeasures>& shares, Measure measure) {
  return shares[static_cast<std::size_t>(measure)];
}

}  // namespace

TEST_CASE("a model against itself: 95 of 100 whole trials cover zero, in money and time as well") {
  for (const Shape& shape : {Shape{6, 1, 0, 0}, Shape{12, 1, 0, 0.1}, Shape{40, 3, 0, 0.1}}) {
    INFO(shape.cases << " prompts, " << shape.repeats << " times");
    const auto shares = covering_zero(shape, 11);
    for (const Measure measure :
         {Measure::pass, Measure::score, Measure::cost, Measure::total_time}) {
      INFO(name_of(measure));
      CHECK(of(shares, measure) > 0.935);
      CHECK(of(shares, measure) < 0.999);
    }
  }
}

TEST_CASE("asking the same few prompts ever more often does not make a trial surer than it is") {
  // Half of all prompts suit one route, half the other. Twenty askings counted as twenty prompts
  // would leave zero out in most trials of these eight.
  const auto shares = covering_zero(Shape{8, 20, 0.3, 0}, 5);
  CHECK(of(shares, Measure::pass) > 0.92);
}

}  // namespace yoke
