#include "agents/answer.h"

#include "agents/structured.h"

namespace yoke {

std::vector<Action> answer_of(const RunState& state, const Turn& turn, const Schema* output,
                              int repairs_max) {
  const std::string text = text_of(turn.reply);
  if (turn.finish == "refusal" || turn.finish == "content_filter") {
    return {Fail{"refused", text.empty() ? "the model declined to answer" : text}};
  }
  if (output == nullptr) return {Complete{text, nullptr}};
  Result<Json> value = structured_output(*output, turn.reply);
  if (value) return {Complete{text, std::move(*value)}};
  int refused = 0;
  for (auto each = state.turns.rbegin(); each != state.turns.rend(); ++each) {
    if (!each->calls.empty()) break;
    ++refused;
  }
  if (refused > repairs_max) {
    return {Fail{"output.invalid", "the answer does not fit its schema after " +
                                       std::to_string(repairs_max) +
                                       " repairs: " + value.error().detail}};
  }
  return {CallModel{}};
}

std::string answer_note(const Turn& turn, const Schema* output) {
  if (output == nullptr || !turn.calls.empty()) return {};
  const Result<Json> value = structured_output(*output, turn.reply);
  if (value) return {};
  return "Your answer does not fit the schema it must have: " + value.error().detail +
         ". Answer again with the corrected JSON alone.";
}

}  // namespace yoke
