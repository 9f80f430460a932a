#pragma once

#include <optional>
#include <vector>

#include "runtime/journal/run_state.h"

// Runs as the API tells of them: pure functions.
namespace yoke {

// As a list shows it.
Json run_summary(const RunRow& row);

// What is read of a run besides its row.
struct RunParts {
  std::optional<Event> start = {};            // run.started; none: it was erased
  std::optional<Event> end = {};              // its final event
  std::vector<QuestionState> questions = {};  // that wait for an answer
  std::vector<std::string> signals = {};      // names of those that it waits for
};
Json run_detail(const RunRow& row, const RunParts& parts);

// A question that waits for an answer.
Json question_view(const QuestionState& question);
std::vector<QuestionState> open_questions(const RunState& state);

// "running", "waiting" … None: there is no such status.
std::optional<RunStatus> status_from_name(std::string_view name);

}  // namespace yoke
