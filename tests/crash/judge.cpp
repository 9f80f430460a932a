#include "tests/crash/judge.h"

#include <algorithm>

namespace yoke::testing {
namespace {

struct Call {
  std::string tool;
  std::string effect;
  std::string key;
  int attempts = 0;
  bool closed = false;
  std::string outcome;
};

class Judge {
 public:
  // Nothing may be called again once it has its outcome, neither a tool nor a model.
  void heed(const Json& event, std::size_t index) {
    const std::string kind = string_at(event, "kind");
    const std::string id = string_at(event, "call_id");
    if (integer_at(event, "seq") != static_cast<std::int64_t>(index) + 1) {
      complain("event " + std::to_string(index + 1) + " has another seq");
    }
    if (kind == "tool.called" || kind == "model.called") open(event, id);
    if (kind == "tool.returned" || kind == "model.replied" || kind == "model.failed") {
      if (!calls_.contains(id) || calls_[id].closed) complain(id + " is closed, but was not open");
      calls_[id].closed = true;
      calls_[id].outcome = string_at(event, "outcome");
    }
  }

  void heed_effects(const std::map<std::string, std::vector<Json>>& effects) {
    std::map<std::string, std::string> ids;
    for (const auto& [id, call] : calls_) {
      if (!call.closed) complain(id + " was never closed");
      if (call.key.empty()) continue;
      ids[call.key] = id;
      if (call.outcome != "ok") complain(call.tool + " " + id + " came to " + call.outcome);
      const auto found = effects.find(call.key);
      weigh(id, call, found == effects.end() ? std::vector<Json>{} : found->second);
    }
    for (const auto& [key, requests] : effects) {
      if (!ids.contains(key)) complain("the peer knows " + key + ", the journal does not");
    }
  }

  void complain(const std::string& what) { complaints_.push_back(what); }
  std::vector<std::string> take() { return std::move(complaints_); }

 private:
  void open(const Json& event, const std::string& id) {
    Call& call = calls_[id];
    if (call.closed) complain(id + " was finished, and is called again");
    call.tool = string_at(event, "tool");
    call.effect = string_at(event, "effect");
    call.key = string_at(event, "key");
    ++call.attempts;
  }

  void weigh(const std::string& id, const Call& call, const std::vector<Json>& requests) {
    const std::string what = call.tool + " " + id + ": the peer had " +
                             std::to_string(requests.size()) + " requests in " +
                             std::to_string(call.attempts) + " attempts";
    const auto count = static_cast<int>(requests.size());
    const bool once = call.effect == "once";
    // A read starts before its intent is on the disk: of an attempt that was killed just then, the
    // peer knows more than the journal.
    const bool too_many = call.effect != "read" && count > call.attempts;
    if (count < 1 || too_many || (once && count != 1)) complain(what);
    const auto takes_effect = [](const Json& each) { return !bool_at(each, "again"); };
    const auto taken = std::count_if(requests.begin(), requests.end(), takes_effect);
    if (call.effect != "read" && taken != 1) complain(what + ", " + std::to_string(taken) + " new");
  }

  std::map<std::string, Call> calls_;
  std::vector<std::string> complaints_;
};

}  // namespace

std::vector<std::string> complaints_about(const std::vector<Json>& events,
                                          const std::vector<Json>& acknowledged,
                                          const std::map<std::string, std::vector<Json>>& effects) {
  Judge judge;
  for (std::size_t at = 0; at < events.size(); ++at) judge.heed(events[at], at);
  judge.heed_effects(effects);
  for (const Json& event : acknowledged) {
    const auto at = static_cast<std::size_t>(integer_at(event, "seq"));
    const bool there = at >= 1 && at <= events.size() && events[at - 1] == event;
    if (!there) judge.complain("told, but not in the journal: " + to_text(event));
  }
  return judge.take();
}

std::string answer_in(const std::vector<Json>& events) {
  if (events.empty() || string_at(events.back(), "kind") != "run.completed") return {};
  return string_at(events.back(), "text");
}

std::map<std::string, std::string> open_questions(const std::vector<Json>& events) {
  std::map<std::string, std::string> open;
  for (const Json& event : events) {
    const std::string kind = string_at(event, "kind");
    const std::string question = string_at(event, "question");
    if (kind == "question.asked") open[question] = string_at(event, "call_id");
    if (kind == "question.answered") open.erase(question);
  }
  return open;
}

}  // namespace yoke::testing
