#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "trials/case.h"
#include "trials/statistics.h"

// Several routes that were asked the same: what each came to, and how it differs from the first.
// Pure.
namespace yoke {

// One asking: a case, a route, a repetition.
struct Cell {
  std::size_t case_at = 0;
  std::size_t route_at = 0;
  int repeat = 0;
  bool asked = false;     // false: the trial ended, or its limit was reached, before it
  bool answered = false;  // false: `failure` says why
  bool errored = false;   // it failed on the way to a model: nothing was said that could be judged
  std::string failure;    // "model.quota: …"
  std::string run_id;
  std::string target;  // the backend/model that answered
  TrialAnswer answer;
  int tries = 1;            // targets that were asked for it
  bool degraded = false;    // the vendor's own mode was not there, or the answer was mended
  bool from_cache = false;  // then its times and costs are no measure of the model
  Usage usage;
  NanoUsd cost = 0;
  NanoUsd lost = 0;  // booked for calls that an end of the process cut off: no measure of the model
  bool priced = true;
  std::optional<double> first_ms = {};  // from the call to the first token
  std::optional<double> total_ms = {};
  std::vector<Finding> findings = {};
};

struct Trial {
  std::string id;
  std::string title = {};           // for people
  std::string unit = "prompt";      // what people call one of its cases
  std::vector<std::string> routes;  // the first is what the others are compared with
  std::vector<TrialCase> cases;
  int repeats = 1;
  std::uint64_t seed = 0;
  std::vector<Cell> cells;
};

enum class Measure : unsigned char {
  pass,
  score,
  preferred,
  failed,
  cost,
  input_tokens,
  output_tokens,
  first_token,
  total_time,
  steps,
};
inline constexpr std::size_t kMeasures = 10;
std::string_view name_of(Measure measure);

// What a cell says of a measure; nothing where it says nothing.
std::optional<double> value_of(const Cell& cell, Measure measure);

// A route's mean over the cases, each case counting once however often it was asked.
struct Mean {
  int cases = 0;
  double value = 0;
};

// What one check said of a route's answers.
struct CheckCount {
  std::string check;
  bool pairwise = false;
  int judged = 0;
  int passed = 0;  // pairwise: preferred
  int tied = 0;    // pairwise
};

struct RouteSummary {
  std::string route;
  int asked = 0;
  int unasked = 0;
  int answered = 0;
  int failed = 0;
  int errored = 0;  // of the others: none of them answered, failed
  int degraded = 0;
  int from_cache = 0;
  int not_judged = 0;  // answers of which a check could not say anything
  std::vector<CheckCount> checks;
  NanoUsd cost = 0;  // of all that was asked
  bool priced = true;
  std::array<Mean, kMeasures> means;
  // To the first route, case by case; of that route itself they have no pairs.
  std::array<Difference, kMeasures> differences;
};

struct Comparison {
  std::vector<RouteSummary> routes;
  NanoUsd judging = 0;  // what judges cost
  int unasked = 0;      // cells left out
};

Comparison compare(const Trial& trial);

}  // namespace yoke
