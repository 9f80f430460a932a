#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "hosts/app/training_set.h"

// What judges said of answers, as the journals of their runs have it: reasons for training pairs.
namespace yoke {

struct JudgeVerdict {
  std::string judge_run;
  std::string of;                 // the run whose answer it judged
  std::string against;            // and the one it compared it with; empty: it held it to a rubric
  bool shown_first = false;       // comparing: whether the answer of `of` was shown first
  std::string check;              // its name
  Json said;                      // as trials/judge.h asks for it
  std::set<std::string> targets;  // who judged
};

// Of the judges' runs that these answers brought about, whoever asked for them; oldest first.
// `store` outlives the call. Errors: unavailable (a damaged journal).
awaitable<Result<std::vector<JudgeVerdict>>> verdicts_on(Store& store,
                                                         std::vector<std::string> run_ids);

// Sets the standing of answers that were held to a rubric, and gives what was compared: in both
// orders with one mind, or graded at least kGradesApart apart by one rubric. Pure.
inline constexpr double kGradesApart = 0.25;
std::vector<JudgedPair> hold_to_verdicts(std::vector<TrainingRun>& runs,
                                         const std::vector<JudgeVerdict>& verdicts);

}  // namespace yoke
