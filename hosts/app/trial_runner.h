#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hosts/app/asker.h"
#include "runtime/loop/signal.h"
#include "trials/checks.h"
#include "trials/comparison.h"

namespace yoke {

// Asks the cells of a trial in another way than by one call of a model.
class CellAsker {
 public:
  struct Asked {
    std::optional<Cell> cell = {};  // none: a limit kept it from being asked
    std::string refusal = {};       // and which
    bool again = false;             // the cell is worth being asked once more, after the others
  };
  virtual ~CellAsker() = default;
  // `alone`: nothing else is asked beside it, so that all that is left to spend is for it. Errors:
  // what keeps the trial as a whole from going on.
  virtual awaitable<Result<Asked>> ask(std::size_t cell, bool alone) = 0;
  virtual NanoUsd spent() const = 0;
};

struct TrialOptions {
  int at_once = 4;  // askings in flight
  NanoUsd limit = 0;
  std::string by;
  CellAsker* asks = nullptr;  // borrowed; null: a cell is one call of its route
};

// How far a trial came, and why no further.
struct TrialEnd {
  bool whole = false;
  std::string limit;  // which limit ended it, in words; empty: none did
};

// Asks every cell of a trial and holds the answers to the checks. The cells are asked in the order
// in which the trial has them. What was asked before, under the same trial's id, is not asked
// again. What a budget refuses beside others in flight is asked once more, alone.
//
// Ownership: borrows app, trial and checks; they outlive it.
// Threads:   loop thread only.
class TrialRunner {
 public:
  using Progress = std::function<void(std::size_t done, std::size_t all, NanoUsd spent)>;

  TrialRunner(App& app, Trial& trial, const std::vector<Check>& checks, TrialOptions options);

  // Until every cell is asked and judged, or a limit is reached. Errors: what keeps the trial as a
  // whole from going on; a model that fails is a cell's own. Cancelled: throws; askings in flight
  // are stopped, and go on when the trial is run again.
  awaitable<Result<TrialEnd>> run(Progress progress);

  // Holds cells that are there already to the checks, and asks nobody but the judges.
  awaitable<Result<TrialEnd>> judge(Progress progress);

 private:
  using Work = awaitable<void> (TrialRunner::*)(std::size_t cell);
  struct Judging {  // of one cell
    std::size_t index = 0;
    Json said = Json::object();  // what the judge's run notes besides the trial
    NanoUsd cost = 0;            // of the check at hand
    std::string refusal;         // which limit kept a judge from being asked
  };

  awaitable<void> each_cell(const Progress& progress, Work work);
  awaitable<void> each_of(std::vector<std::size_t> cells, const Progress& progress, Work work);
  bool is_over() const;
  bool has_room(std::size_t cell) const;
  awaitable<void> ask_cell(std::size_t index);
  awaitable<void> ask_elsewhere(std::size_t index, bool alone);
  NanoUsd spent() const;
  awaitable<void> judge_alone(std::size_t index);
  awaitable<void> judge_pairs(std::size_t index);
  void judge_groups();
  void judge_group(const Check& check, std::vector<Cell*> cells);
  awaitable<Finding> finding(Check check, Judging& judging);
  awaitable<Finding> point(Check check, Judging& judging);
  awaitable<Finding> pair(Check check, std::size_t base, Judging& judging);
  awaitable<Result<Json>> verdict(ModelRequest request, std::string key, Judging& judging);
  void fold(std::size_t index, const std::vector<Event>& events);
  bool put_off(std::size_t index, bool alone, const std::string& refusal);
  const Cell* base_of(const Cell& cell) const;
  std::string key_of(const Cell& cell) const;

  App& app_;
  Trial& trial_;
  const std::vector<Check>& checks_;
  TrialOptions options_;
  Asker asker_;
  Signal changed_;  // an asking came back
  int at_once_;     // falls to 1 when a budget has no room for several
  bool judging_ = false;
  std::vector<std::size_t> put_off_;  // cells to be asked once more, alone
  std::size_t in_flight_ = 0;
  std::size_t done_ = 0;
  std::string limit_;            // reached
  std::optional<Error> broken_;  // why the trial cannot go on
};

}  // namespace yoke
