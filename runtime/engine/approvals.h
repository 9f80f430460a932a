#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/journal/run_state.h"
#include "runtime/ports/flow_policy.h"

// What people are asked about calls, and what their answers come to. Pure.
namespace yoke {

// How far an approval reaches, as answers and journals write it.
inline constexpr std::string_view kScopeRun = "run";
inline constexpr std::string_view kScopeSession = "session";

// What a person answered an approval with: yes, no, words why not, or
// {"approve":true|false, "message":…, "args":{…}, "scope":"run"|"session"}.
struct Approval {
  bool yes = false;
  std::string words;
  std::optional<Json> args = {};  // to make the call with instead
  std::string scope = {};         // empty: this call
};
Approval approval_from(const Json& answer);

// Whether the value answers the question at all. Errors: invalid, saying what an answer looks like.
Result<void> check_answer(const QuestionState& question, const Json& value);

// Whether two calls of a tool go to the same place: their critical arguments are the same ones with
// the same values; where there is none, all of their arguments are.
bool same_critical(const Json& a, const Json& b, const ToolFlow& tool);

// The approval given earlier that covers a call of the tool: "approved by ann for this session".
// Empty: none does.
std::string standing_approval(const RunState& state, const Policy& policy, const ToolSpec& tool,
                              const Json& args);

// Says in each approval that is asked for when it is too late to answer.
void set_expiries(std::vector<Event>& events, const Policy& policy, Micros now);

// The fields that an answer adds to question.answered: `args` and `scope`.
void add_answer_fields(Json& fields, const QuestionState& question, const Json& value);

// Approvals that stand for a whole session, as run.started hands them on to its next run.
Json standing_in_session(const RunState& state);

}  // namespace yoke
