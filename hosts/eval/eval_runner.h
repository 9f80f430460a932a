#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/app/options.h"
#include "hosts/app/trial_runner.h"
#include "hosts/eval/eval_set.h"
#include "trials/run_facts.h"

namespace yoke {

struct EvalOptions {
  NanoUsd limit = 0;  // of all runs together; 0: none
  int at_once = 4;
  std::string limits = {};  // of each run, instead of its agent's
  std::string by = {};
  bool errored_again = true;  // runs that failed on the way are run again when gone on with
  bool replay_tools = false;  // tools give what each case has recorded, and are not called
  WhenAsked when_asked = WhenAsked::deny;  // approvals; nobody is here to ask
};

// Runs the cases of a set over its subjects. Each cell is a run of its own, found again by its key:
// driven once, however often the evaluation is begun, save where a limit of money ended it early,
// or it failed on the way to a model: it is then run again, the latter once after all others, and
// whenever the evaluation is gone on with. Each time its route tries and waits as it always does.
//
// Ownership: borrows all it is given; they outlive it.
// Threads:   loop thread only.
class EvalRunner final : public CellAsker {
 public:
  // Told of each cell as it is done.
  using Told = std::function<void(const Cell& cell, std::size_t case_at, std::size_t subject_at)>;

  EvalRunner(App& app, const Trial& trial, const EvalSet& set, EvalOptions options, Told told);

  // Makes the program of every subject, so that what is wrong with one is told before anything is
  // run. Errors: invalid, which subject and why.
  Result<void> prepare();
  // What the programs are made of, so that a set is gone on with only while they are unchanged.
  std::string hash_of_programs() const;

  awaitable<Result<Asked>> ask(std::size_t cell, bool alone) override;
  NanoUsd spent() const override { return spent_; }

 private:
  struct Start;
  Result<Program> program_of(const EvalSubject& subject, const EvalCase& one);
  Result<Program> agent_program(const std::string& agent, const std::string& route);
  Result<Start> start_of(const Cell& cell, bool alone);
  awaitable<Result<Asked>> asked_in(Start start);
  awaitable<Result<void>> note_turn(std::string key, int turn);
  awaitable<Result<std::string>> drive(std::string run_id);
  awaitable<Result<bool>> settle(RunEnd end);
  std::string denial_of(const std::string& run_id, const Json& asked);
  awaitable<Result<Asked>> folded(std::string run_id, NanoUsd own_limit, bool last);
  NanoUsd left() const;

  App& app_;
  const Trial& trial_;
  const EvalSet& set_;
  const EvalOptions options_;
  const Told told_;
  std::vector<EvalSubject> subjects_;
  std::map<std::string, Program> programs_;  // by agent and route
  std::set<std::string> counted_;            // runs that are in spent_
  NanoUsd spent_ = 0;
  NanoUsd reserved_ = 0;
  int in_flight_ = 0;
  std::set<std::size_t> again_;  // cells that were asked again, for they failed on the way
  std::map<std::string, std::vector<RecordedCall>> denied_;  // calls still to be denied, by run
};

}  // namespace yoke
