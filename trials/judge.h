#pragma once

#include <array>

#include "runtime/base/result.h"
#include "trials/checks.h"

// Asking a model what it thinks of an answer: the requests, and what its verdicts mean. Pure.
namespace yoke {

// Whether the answer meets the rubric. The answer is shown as data, in JSON, so that what it says
// is not taken for what the judge is told.
ModelRequest judge_request(const Check& check, const TrialCase& one, const TrialAnswer& answer);
// `verdict`: the structured reply, or why there is none.
Finding judged(const Check& check, const Result<Json>& verdict);

// Which of two answers is better; asked in both orders, because judges lean to a place.
ModelRequest judge_request(const Check& check, const TrialCase& one, const TrialAnswer& shown_first,
                           const TrialAnswer& shown_second);
// `verdicts`: with the base's answer first, then with the other's first. A score of 1: the other
// is better in both orders; 0: worse in both; 0.5: a tie, or a mind that changed with the order.
Finding judged(const Check& check, const std::array<Result<Json>, 2>& verdicts);
// Where one of them did not answer: an answer is better than none, and nobody need be asked.
Finding judged_unanswered(const Check& check, bool base_answered, bool other_answered);

}  // namespace yoke
