#include "trials/comparison.h"

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "trials/html_report.h"
#include "trials/table.h"
#include "trials/words.h"

namespace yoke {
namespace {

Finding finding(bool passed, bool judged = true) {
  Finding out;
  out.check = "c";
  out.passed = passed;
  out.judged = judged;
  out.score = passed ? 1 : 0;
  return out;
}

Trial trial_of(int cases, int repeats = 1) {
  Trial trial;
  trial.id = "t1";
  trial.routes = {"first", "other"};
  trial.repeats = repeats;
  for (int i = 0; i < cases; ++i) {
    TrialCase one;
    one.id = std::to_string(i + 1);
    one.prompt = "prompt " + one.id;
    trial.cases.push_back(std::move(one));
  }
  return trial;
}

Cell& add(Trial& trial, std::size_t at, std::size_t route, bool passed, NanoUsd cost = 1000) {
  Cell& cell = trial.cells.emplace_back();
  cell.case_at = at;
  cell.route_at = route;
  cell.asked = cell.answered = true;
  cell.cost = cost;
  cell.findings = {finding(passed)};
  return cell;
}

const Difference& of(const Comparison& comparison, Measure measure) {
  return comparison.routes[1].differences[static_cast<std::size_t>(measure)];
}
double mean_of(const Comparison& comparison, std::size_t route, Measure measure) {
  return comparison.routes[route].means[static_cast<std::size_t>(measure)].value;
}

}  // namespace

TEST_CASE("routes are compared case by case, not average with average") {
  Trial trial = trial_of(8);
  for (std::size_t i = 0; i < 8; ++i) {
    // What a case costs differs a thousandfold; the other route always costs 100 more.
    const auto cost = static_cast<NanoUsd>(1000) << i;
    add(trial, i, 0, true, cost);
    add(trial, i, 1, true, cost + 100);
  }
  const Difference& cost = of(compare(trial), Measure::cost);
  CHECK(cost.pairs == 8);
  CHECK(cost.mean == Approx(100e-9));
  CHECK(cost.low > 0);
}

TEST_CASE("a case that is asked many times counts once") {
  Trial trial = trial_of(2, 3);
  for (int repeat = 0; repeat < 3; ++repeat) {
    add(trial, 0, 0, true).repeat = repeat;
    add(trial, 0, 1, repeat == 0).repeat = repeat;
    add(trial, 1, 0, false).repeat = repeat;
    add(trial, 1, 1, false).repeat = repeat;
  }
  const Comparison comparison = compare(trial);
  CHECK(of(comparison, Measure::pass).pairs == 2);
  CHECK(mean_of(comparison, 0, Measure::pass) == Approx(0.5));
  CHECK(mean_of(comparison, 1, Measure::pass) == Approx(1.0 / 6));
  CHECK_FALSE(of(comparison, Measure::pass).has_interval());
}

TEST_CASE("a case that one route was not asked, or that no check could judge, makes no pair") {
  Trial trial = trial_of(3);
  add(trial, 0, 0, true);
  add(trial, 0, 1, true).asked = false;
  add(trial, 1, 0, true);
  add(trial, 1, 1, true).findings = {finding(true), finding(false, false)};
  add(trial, 2, 0, true);
  add(trial, 2, 1, false);
  const Comparison comparison = compare(trial);
  CHECK(of(comparison, Measure::pass).pairs == 1);
  CHECK(comparison.unasked == 1);
  CHECK(comparison.routes[1].not_judged == 1);
}

TEST_CASE("a call that failed passes nothing and has no time, but its cost counts") {
  Trial trial = trial_of(1);
  add(trial, 0, 0, true).total_ms = 5;
  Cell& broken = add(trial, 0, 1, false, 700);
  broken.answered = false;
  broken.total_ms = 9;
  const Comparison comparison = compare(trial);
  CHECK(mean_of(comparison, 1, Measure::pass) == 0);
  CHECK(mean_of(comparison, 1, Measure::failed) == 1);
  CHECK(of(comparison, Measure::total_time).pairs == 0);
  CHECK(comparison.routes[1].cost == 700);
}

TEST_CASE("where one price is not known, no mean of the others is told as the cost") {
  Trial trial = trial_of(3);
  for (std::size_t i = 0; i < 3; ++i) {
    add(trial, i, 0, true);
    add(trial, i, 1, true, 0).priced = i != 0;
  }
  const Comparison comparison = compare(trial);
  CHECK(mean_of(comparison, 0, Measure::cost) > 0);
  CHECK(comparison.routes[1].means[static_cast<std::size_t>(Measure::cost)].cases == 0);
  CHECK(of(comparison, Measure::cost).pairs == 0);
}

TEST_CASE("what a case is called is the trial's to say, and one of a thing has no plural") {
  Trial trial = trial_of(1);
  trial.unit = "case";
  add(trial, 0, 0, true);
  add(trial, 0, 1, true).answer.steps = 1;
  const std::string table = table_text(trial, compare(trial));
  CHECK(table.find("too few cases to say anything") != std::string::npos);
  CHECK(table.find("case by case") != std::string::npos);
  CHECK(table.find("prompt") == std::string::npos);
  const std::string page = html_report(trial, compare(trial), "today");
  CHECK(page.find("1 case ·") != std::string::npos);
  CHECK(page.find("· 1 step ·") != std::string::npos);
  CHECK(page.find("prompts") == std::string::npos);
  CHECK(page.find("from the cache") == std::string::npos);  // none was
}

TEST_CASE("what was lost with calls that were cut off counts in what all cost, and nowhere else") {
  Trial trial = trial_of(6);
  for (std::size_t i = 0; i < 6; ++i) {
    add(trial, i, 0, true);
    add(trial, i, 1, true).lost = 9000;
  }
  const Comparison comparison = compare(trial);
  CHECK(comparison.routes[1].cost == 6 * 10'000);
  CHECK(mean_of(comparison, 1, Measure::cost) == mean_of(comparison, 0, Measure::cost));
}

TEST_CASE("an answer from the cache says nothing of a model's cost and time") {
  Cell cell;
  cell.asked = cell.answered = cell.from_cache = true;
  cell.total_ms = 1;
  CHECK_FALSE(value_of(cell, Measure::cost).has_value());
  CHECK_FALSE(value_of(cell, Measure::total_time).has_value());
  CHECK(value_of(cell, Measure::output_tokens).has_value());
}

TEST_CASE("a verdict claims no more than its interval") {
  const Mean base{12, 0.5};
  Difference few;
  few.pairs = 4;
  few.mean = 1;
  CHECK(verdict_of(Measure::pass, few, base, "prompt") == "too few prompts to say anything");
  CHECK(interval_text(Measure::pass, few) == "+100 points (n=4)");
  const std::vector<double> mixed = {1, -1, 0, 0, 1, -1, 0, 0, 0, 1, 0, 0};
  const Difference unsure = difference_of_shares(mixed);
  const std::string words = verdict_of(Measure::pass, unsure, base, "prompt");
  CHECK(words.starts_with("no difference can be shown; about "));
  CHECK(words.ends_with(" more prompts would be needed to see a difference of 5 points"));
  const std::vector<double> worse(12, -1.0);
  CHECK(verdict_of(Measure::pass, difference_of_shares(worse), base, "prompt") ==
        "passes less often");
  const std::vector<double> same(12, 0.0);
  CHECK(verdict_of(Measure::cost, difference_of_means(same), base, "prompt") == "no difference");
  CHECK(interval_text(Measure::cost, difference_of_means(same)) == "0 in each pair (n=12)");
}

TEST_CASE("a table says what each check found, and what went wrong how often") {
  Trial trial = trial_of(3);
  for (std::size_t i = 0; i < 3; ++i) {
    add(trial, i, 0, true);
    Cell& other = add(trial, i, 1, i == 0);
    other.failure = i == 0 ? "" : "model.quota: too many\x1b[31m";
    other.answered = i == 0;
  }
  trial.cells[0].findings[0].judged = false;
  trial.cells[0].findings[0].why = "no verdict";
  const std::string text = table_text(trial, compare(trial));
  INFO(text);
  CHECK(text.find("2 of 2     1 of 3") != std::string::npos);
  CHECK(text.find("2 × model.quota: too many") != std::string::npos);
  CHECK(text.find("1 × not judged by 'c': no verdict") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("what is left unasked is told") {
  Trial trial = trial_of(2);
  add(trial, 0, 0, true);
  add(trial, 0, 1, true).asked = false;
  CHECK(table_text(trial, compare(trial)).find("not asked") != std::string::npos);
  CHECK(comparison_json(trial, compare(trial))["routes"][1]["unasked"] == 1);
}

TEST_CASE("a table and its JSON tell the same trial") {
  Trial trial = trial_of(6);
  for (std::size_t i = 0; i < 6; ++i) {
    add(trial, i, 0, true);
    add(trial, i, 1, i % 2 == 0);
  }
  const Comparison comparison = compare(trial);
  const std::string text = table_text(trial, comparison);
  CHECK(text.find("pass rate") != std::string::npos);
  CHECK(text.find("other against first") != std::string::npos);
  const Json json = comparison_json(trial, comparison);
  CHECK(json.at("cells").size() == 12);
  const Json& pass = json.at("routes").at(1).at("measures").at("pass");
  CHECK(pass.at("mean") == 0.5);
  CHECK(pass.at("difference").at("pairs") == 6);
}

}  // namespace yoke
