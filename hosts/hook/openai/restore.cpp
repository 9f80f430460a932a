#include "hosts/hook/openai/restore.h"

#include <algorithm>
#include <charconv>

#include "hosts/hook/openai/ask.h"
#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/visible.h"
#include "runtime/engine/reader.h"

namespace yoke::openai {
namespace {

constexpr std::size_t kRunsMax = 64;  // looked up for one request: the newest

// The place of a model's call in its reply; none: the call is of an agent's run.
std::optional<std::size_t> index_of(const CallRef& ref) {
  std::size_t index = 0;
  const char* end = ref.call.data() + ref.call.size();
  const auto [stop, error] = std::from_chars(ref.call.data(), end, index);
  if (error != std::errc() || stop != end) return std::nullopt;
  return index;
}

std::string run_of(const Part& part) {
  if (const auto* call = std::get_if<ToolCallPart>(&part)) {
    const std::optional<CallRef> ref = parse_call_id(call->id);
    return ref && index_of(*ref) ? ref->run_id : std::string();
  }
  const auto* thought = std::get_if<ReasoningPart>(&part);
  if (thought == nullptr || !thought->opaque || thought->opaque->origin != kMarkOrigin) return {};
  return thought->opaque->value.is_string() ? thought->opaque->value.get<std::string>()
                                            : std::string();
}

bool is_mark(const Part& part) {
  return std::holds_alternative<ReasoningPart>(part) && !run_of(part).empty();
}

std::vector<const ToolCallPart*> calls_of(const Message& message) {
  std::vector<const ToolCallPart*> calls;
  for (const Part& part : message.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(call);
  }
  return calls;
}

class Restoring {
 public:
  explicit Restoring(const RepliesByRun& replies) : replies_(replies) {}

  void take(Message& message) {
    if (message.role == Role::assistant) restore(message);
    for (Part& part : message.parts) {
      auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr) continue;
      const auto known = ids_.find(result->id);
      if (known != ids_.end()) result->id = known->second;
    }
  }

 private:
  void restore(Message& message) {
    const Message* whole = nullptr;  // the reply that the message is
    bool same = true;
    for (Part& part : message.parts) {
      const auto reply = replies_.find(run_of(part));
      if (reply == replies_.end()) continue;
      same = same && (whole == nullptr || whole == &reply->second);
      whole = &reply->second;
      if (auto* call = std::get_if<ToolCallPart>(&part)) {
        same = restore(*call, reply->second) && same;
      }
    }
    if (whole != nullptr && same && says_all(message, *whole)) message.parts = whole->parts;
    std::erase_if(message.parts, is_mark);
  }

  // Whether it is as the model made it.
  bool restore(ToolCallPart& call, const Message& reply) {
    const std::optional<CallRef> ref = parse_call_id(call.id);
    const std::optional<std::size_t> index = index_of(*ref);
    const std::vector<const ToolCallPart*> calls = calls_of(reply);
    if (!index || *index >= calls.size()) return false;
    const ToolCallPart& made = *calls[*index];
    ids_[call.id] = made.id;
    const bool same = made.name == call.name && made.args == call.args;
    if (same) {
      call = made;
    } else {
      call.id = made.id;
    }
    return same;
  }

  // A client may leave a text out that stands beside calls; what it says otherwise is its own.
  static bool says_all(const Message& message, const Message& reply) {
    const std::string text = text_of(message);
    const bool has_calls = !calls_of(reply).empty();
    const bool text_fits = text == text_of(reply) || (text.empty() && has_calls);
    return text_fits && calls_of(message).size() == calls_of(reply).size();
  }

  const RepliesByRun& replies_;
  std::map<std::string, std::string, std::less<>> ids_;  // handed out -> the vendor's
};

}  // namespace

std::vector<std::string> call_ids_in(const std::vector<Message>& messages) {
  std::vector<std::string> ids;
  for (const Message& message : messages) {
    for (const Part& part : message.parts) {
      if (const auto* call = std::get_if<ToolCallPart>(&part)) ids.push_back(call->id);
      if (const auto* result = std::get_if<ToolResultPart>(&part)) ids.push_back(result->id);
    }
  }
  return ids;
}

std::vector<std::string> runs_in(const std::vector<Message>& messages) {
  std::vector<std::string> runs;
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    for (const Part& part : message->parts) {
      const std::string run = run_of(part);
      if (run.empty() || std::find(runs.begin(), runs.end(), run) != runs.end()) continue;
      runs.push_back(run);
    }
  }
  return runs;
}

void restore(std::vector<Message>& messages, const RepliesByRun& replies) {
  Restoring restoring(replies);
  for (Message& message : messages) restoring.take(message);
}

awaitable<void> restore_from_runs(Store& store, Principal who, std::vector<Message>& messages) {
  std::vector<std::string> runs = runs_in(messages);
  if (runs.size() > kRunsMax) runs.resize(kRunsMax);
  RepliesByRun replies;
  for (const std::string& run_id : runs) {
    auto reading = read_state_at(store, run_id, 0);
    Result<RunState> state = co_await std::move(reading);
    if (!state || !may_see(who, owner_of(*state)) || state->turns.empty()) continue;
    replies.emplace(run_id, std::move(state->turns.back().reply));
  }
  restore(messages, replies);
}

}  // namespace yoke::openai
