#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke::testing {

// What is wrong with a run that was killed and went on, one line each; empty when all is well.
//   events        its whole journal
//   acknowledged  events that a process printed before it was killed
//   effects       the peer's log of this run: idempotency key -> the requests it had
std::vector<std::string> complaints_about(const std::vector<Json>& events,
                                          const std::vector<Json>& acknowledged,
                                          const std::map<std::string, std::vector<Json>>& effects);

// The answer in run.completed; empty when the run has not completed.
std::string answer_in(const std::vector<Json>& events);

// The ids of the questions that are asked and not answered, with the calls they are about.
std::map<std::string, std::string> open_questions(const std::vector<Json>& events);

}  // namespace yoke::testing
