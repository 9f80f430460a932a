#pragma once

#include <string>

#include "runtime/journal/run_state.h"
#include "runtime/ports/call_wants.h"

// What a call asks a person while it runs, as the journal has it. Pure. Private to the engine.
namespace yoke {

inline constexpr std::string_view kPurposeInput = "input";

// The n-th thing that the call asks. The same for every attempt, so that an answer is found again.
std::string input_question_id(const std::string& call_id, int nth);
std::string hash_of(const CallQuestion& question);
// The fields of question.asked.
Json input_fields(const std::string& id, const std::string& tool, const CallQuestion& question);

// What an answer comes to. Accepted: an object of the question's schema, its defaults filled in; a
// bare value where the schema has one field; yes where it asks for none. "decline" and "no", and
// "cancel", say what they say. Errors: invalid: what does not fit, and what an answer looks like.
Result<CallAnswer> read_input(const QuestionState& question, const Json& value);

}  // namespace yoke
