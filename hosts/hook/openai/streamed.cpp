#include "hosts/hook/openai/streamed.h"

#include "hosts/hook/awaited_of_run.h"
#include "hosts/hook/openai/call_ids.h"

namespace yoke::openai {
namespace {

constexpr std::size_t kCallsMax = 512;  // of a reply; more are shown at its end

// What was sent of a call's arguments says the same as the call that came of it.
bool says_the_same(const std::string& shown, const ToolCallPart& call) {
  if (!call.args.is_object()) return shown == call.bad_args;
  const Result<Json> parsed = parse_json(shown.empty() ? "{}" : shown);
  return parsed && *parsed == call.args;
}

}  // namespace

std::string Streamed::add(const Delta& delta) {
  begins_call_ = false;
  if (delta.kind == Delta::Kind::reset) {
    const bool of_this_turn = !turn_ended_ && !text_.empty();
    held_ = held_ || of_this_turn || !calls_.empty();
    return {};
  }
  if (held_) return {};
  if (delta.kind == Delta::Kind::text) return add_text(delta);
  if (delta.kind == Delta::Kind::tool_args) return add_call(delta);
  reasoning_ = reasoning_ || !delta.text.empty();
  return delta.text;
}

std::string Streamed::add_text(const Delta& delta) {
  if (delta.text.empty()) return {};
  if (turn_ended_) {
    earlier_text_ = any_text();
    text_.clear();
    turn_ended_ = false;
  }
  const bool apart = text_.empty() && earlier_text_;
  text_ += delta.text;
  return (apart ? "\n\n" : "") + delta.text;
}

std::string Streamed::add_call(const Delta& delta) {
  if (of_agent_) return {};
  const auto index = static_cast<std::size_t>(delta.index);
  if (delta.index < 0 || index > calls_.size() || index >= kCallsMax) {
    held_ = true;  // out of order: told at the end
    return {};
  }
  begins_call_ = index == calls_.size();
  if (begins_call_) calls_.emplace_back();
  calls_[index] += delta.text;
  return delta.text;
}

std::optional<Streamed::Rest> Streamed::rest(const TalkReply& reply) const {
  Rest rest;
  const std::string whole = shown_text(reply);
  const std::vector<const ToolCallPart*> calls = calls_in(reply.message);
  if (calls_.size() > calls.size()) return std::nullopt;
  for (std::size_t index = 0; index < calls_.size(); ++index) {
    if (!says_the_same(calls_[index], *calls[index])) return std::nullopt;
    if (calls_[index].empty()) rest.bare.push_back(index);
  }
  rest.calls_shown = calls_.size();
  rest.refusal = refusal_in(reply.message);
  if (!rest.refusal.empty() && text_ == whole + rest.refusal) {
    rest.refusal.clear();
    return rest;
  }
  if (whole.starts_with(text_)) {
    const bool apart = text_.empty() && earlier_text_ && !whole.empty();
    rest.text = (apart ? "\n\n" : "") + whole.substr(text_.size());
    return rest;
  }
  // An agent's answer may be another text than its model's last.
  if (!of_agent_ || held_) return std::nullopt;
  rest.text = "\n\n" + whole;
  return rest;
}

std::vector<const ToolCallPart*> calls_in(const Message& message) {
  std::vector<const ToolCallPart*> calls;
  for (const Part& part : message.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(call);
  }
  return calls;
}

std::string handed_out_id(const TalkReply& reply, std::size_t index, bool of_agent) {
  if (!of_agent) return call_id({reply.run_id, std::to_string(index)});
  return call_id({reply.run_id, calls_in(reply.message)[index]->id});
}

std::string arguments_text(const ToolCallPart& call) {
  return call.args.is_object() ? to_text(call.args) : call.bad_args;
}

std::string shown_text(const TalkReply& reply) {
  std::string text = text_of(reply.message);
  const std::string asked = waiting_words(reply);
  if (!text.empty() && !asked.empty()) text += "\n\n";
  return text + asked;
}

std::string refusal_in(const Message& message) {
  for (const Part& part : message.parts) {
    if (const auto* refusal = std::get_if<RefusalPart>(&part)) return refusal->text;
  }
  return {};
}

Refusal begun_anew() {
  return {502, "begun anew",
          "the model began its answer anew after a part of it was sent, and what was sent is no "
          "part of the new one: ask again",
          "answer_begun_anew"};
}

}  // namespace yoke::openai
