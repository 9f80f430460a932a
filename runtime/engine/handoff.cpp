#include "runtime/engine/handoff.h"

#include <iterator>
#include <map>
#include <optional>

#include "runtime/base/text.h"
#include "runtime/journal/handoff.h"
#include "runtime/journal/history.h"
#include "runtime/journal/opening.h"

namespace yoke {
namespace {

constexpr std::size_t kResultBytesMax = 8u << 10;
constexpr std::size_t kToldBytesMax = kEarlierBytesMax / 2;
constexpr std::size_t kToldMessagesMax = kEarlierMessagesMax / 2;

using Wants = std::map<std::string, std::string>;  // calls in words, by the vendor's id

std::string call_words(const ToolCallPart& call) {
  const std::string args = call.bad_args.empty() ? to_text(call.args) : call.bad_args;
  return call.name + " " + shorten(args, kResultBytesMax);
}

// A message as one sees it who has other tools. None: there is nothing of it to be seen.
std::optional<Message> in_words(const Message& message, Wants& wants) {
  if (message.role == Role::user) return message;
  Message out;
  out.role = message.role == Role::tool ? Role::user : Role::assistant;
  std::string results;
  for (const Part& part : message.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part)) wants[call->id] = call_words(*call);
    if (std::holds_alternative<TextPart>(part)) out.parts.push_back(part);
    const auto* result = std::get_if<ToolResultPart>(&part);
    if (result == nullptr) continue;
    const auto wanted = wants.find(result->id);
    const std::string words = wanted == wants.end() ? result->name : wanted->second;
    results += "\n" + words + " → " + shorten(result->content, kResultBytesMax);
  }
  if (!results.empty()) {
    out.parts.emplace_back(TextPart{"(What tools were called for, and what they gave.)" + results});
  }
  if (out.parts.empty()) return std::nullopt;
  return out;
}

// The reply that hands over: history leaves it out for as long as a call of it is open.
void add_last(const RunState& state, std::vector<Message>& messages) {
  if (state.turns.empty()) return;
  const Turn& turn = state.turns.back();
  Message results;
  results.role = Role::tool;
  std::size_t index = 0;
  bool is_open = false;
  for (const Part& part : turn.reply.parts) {
    const auto* wanted = std::get_if<ToolCallPart>(&part);
    if (wanted == nullptr) continue;
    const CallState* call = state.find_call(turn.calls[index++]);
    is_open = is_open || call == nullptr || call->open;
    if (call != nullptr && !call->open) results.parts.emplace_back(result_part(*call, *wanted));
  }
  if (!is_open) return;
  messages.push_back(turn.reply);
  if (!results.parts.empty()) messages.push_back(std::move(results));
}

const CallState* last_handoff(const RunState& state) {
  const CallState* last = nullptr;
  for (const auto& [id, call] : state.calls) {
    if (!is_handoff(call)) continue;
    if (last == nullptr || call.open || (!last->open && call.opened_at >= last->opened_at)) {
      last = &call;
    }
  }
  return last;
}

}  // namespace

std::vector<Message> conversation_of(const RunState& state) {
  std::vector<Message> whole = history_of(state, {});
  add_last(state, whole);
  std::vector<Message> told;
  Wants wants;
  for (const Message& message : whole) {
    std::optional<Message> words = in_words(message, wants);
    if (words) told.push_back(std::move(*words));
  }
  std::size_t bytes = 0;
  auto first = told.end();
  while (first != told.begin() && static_cast<std::size_t>(told.end() - first) < kToldMessagesMax) {
    bytes += to_text(to_json(*(first - 1))).size();
    if (bytes > kToldBytesMax) break;
    --first;
  }
  if (first == told.begin()) return told;
  std::vector<Message> newest;
  newest.push_back(user_message("(The earlier part of this conversation is left out here.)"));
  std::move(first, told.end(), std::back_inserter(newest));
  return newest;
}

std::string handoff_task(const RunState& state, const ChildState& child) {
  if (child.call_id == kHandedCall) return {};
  return "(The agent '" + state.agent +
         "' has handed this conversation over to you: go on with it." +
         (child.task.empty() ? "" : " It says: " + child.task) + ")";
}

namespace machine {
namespace {

void begin_handed(Draft& draft) {
  ToolSpec spec;
  spec.agent = draft.state.handed.front();
  spec.name = std::string(kHandoffPrefix) + spec.agent;
  spec.effect = Effect::read;  // what the other agent does is asked about by itself
  const Wanted wanted{std::string(kHandedCall), spec.name, Json::object(), ""};
  want_checked(draft, wanted, spec);
}

}  // namespace

bool follow_handoff(Draft& draft) {
  const RunState& state = draft.state;
  if (const CallState* call = last_handoff(state)) {
    if (call->open) return true;
    if (call->outcome == Outcome::ok) return false;  // the agent takes its answer
  }
  if (!state.turns.empty() || state.handed.empty() || !state.open_model.empty()) return false;
  const CallState* before = state.find_call(kHandedCall);
  if (before != nullptr) return before->open;
  begin_handed(draft);
  return true;
}

bool may_hand_over(Draft& draft, const Wanted& wanted) {
  const auto refused = [&](const std::string& why) {
    refuse(draft, wanted, Effect::read, Outcome::not_started, why);
    return false;
  };
  const RunState& state = draft.state;
  if (state.turns.empty()) return refused("a reply alone hands the conversation over");
  const Turn& turn = state.turns.back();
  bool all_back = true;
  bool is_of_turn = false;
  std::size_t index = 0;
  for (const Part& part : turn.reply.parts) {
    const auto* other = std::get_if<ToolCallPart>(&part);
    if (other == nullptr) continue;
    const std::string& id = turn.calls[index++];
    if (id == wanted.call_id) {
      is_of_turn = true;
    } else if (!is_handoff_tool(other->name)) {
      const CallState* call = state.find_call(id);
      all_back = all_back && call != nullptr && !call->open;
    } else if (!is_of_turn) {
      return refused("the conversation is handed to one agent alone: " + other->name +
                     " was called first");
    }
  }
  return is_of_turn ? all_back : refused("a reply alone hands the conversation over");
}

}  // namespace machine
}  // namespace yoke
