#include <algorithm>

#include "runtime/engine/approvals.h"
#include "runtime/engine/call_input.h"
#include "runtime/engine/driver_context.h"

// What calls want while they run: a person's answer, a model's words. Both are journaled by the
// driver; the call waits in its own task, which outlives the driving of a run that has nothing else
// to do.
namespace yoke {
namespace {

constexpr std::size_t kHashShown = 12;  // hex digits: enough to tell requests of one call apart

CallAnswer answer_to_call(const QuestionState& question) {
  if (!question.answer) return {};
  Result<CallAnswer> read = read_input(question, *question.answer);
  return read ? std::move(*read) : CallAnswer{};  // it was checked when it was given
}

SampleReply reply_from(const CallState& call) {
  SampleReply reply;
  reply.outcome = call.outcome;
  reply.model = call.target;
  reply.refusal = call.message;
  const Result<Message> message = message_from_json(member_at(call.value, "message"));
  if (message) reply.message = *message;
  if (!message && reply.outcome == Outcome::ok) reply.outcome = Outcome::error;
  return reply;
}

ModelRequest request_for_sample(const RunState& state, const Program& program, CallSample sample) {
  const AgentSpec& spec = program.agent->spec();
  ModelRequest request;
  request.target = std::move(sample.target);
  if (request.target.empty()) request.target = state.model.empty() ? spec.model : state.model;
  request.instructions = std::move(sample.instructions);
  request.messages = std::move(sample.messages);
  request.output_tokens_max =
      std::clamp<std::int64_t>(sample.output_tokens_max, 1, spec.output_tokens_max);
  request.cache_key = state.run_id;
  request.tenant = state.tenant;
  return request;
}

}  // namespace

// A call that waits for news of its run; lives in the call's task.
class Driver::Waiter {
 public:
  Waiter(Driver& driver, std::string call_id, std::string question)
      : all_(driver.waiters_), call_id_(std::move(call_id)), question_(std::move(question)) {
    all_->insert(this);
  }
  ~Waiter() { all_->erase(this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  const std::string& call_id() const { return call_id_; }
  const std::string& question() const { return question_; }  // empty: it waits for a model
  Signal news;

 private:
  const std::shared_ptr<std::set<Waiter*>> all_;
  const std::string call_id_;
  const std::string question_;
};

awaitable<CallAnswer> Driver::ToolContext::ask(CallQuestion question) {
  const Patience::Pause pause(patience_);
  const std::map<std::string, QuestionState>& asked = driver_.state_.questions;
  const std::string hash = hash_of(question);
  std::string id = input_question_id(call_id(), ++asked_);
  // An earlier attempt may have asked other things in between.
  while (asked.contains(id) && asked.at(id).args_hash != hash) {
    id = input_question_id(call_id(), ++asked_);
  }
  if (!asked.contains(id)) {
    CallAsks asks;
    asks.call_id = call_id();
    asks.fields = input_fields(id, driver_.state_.find_call(call_id())->tool, question);
    driver_.mailbox_.push(std::move(asks));
  }
  Waiter waiter(driver_, call_id(), id);
  while (true) {
    const auto known = asked.find(id);
    if (known != asked.end() && !known->second.is_open()) co_return answer_to_call(known->second);
    driver_.mailbox_.push(Settled{});  // the run may have nothing left to do here
    co_await waiter.news.wait();
  }
}

awaitable<SampleReply> Driver::ToolContext::sample(CallSample sample) {
  const Patience::Pause pause(patience_);
  CallSamples wants;
  wants.call_id = call_id();
  wants.request = request_for_sample(driver_.state_, driver_.program_, std::move(sample));
  const std::string hash = hash_of(wants.request).substr(0, kHashShown);
  const std::string called_by = call_id() + "/s" + std::to_string(++sampled_) + "." + hash;
  wants.called_by = called_by;
  std::set<std::string> failed;  // in earlier attempts
  for (const auto& [id, call] : driver_.state_.calls) {
    if (!call.is_model() || call.called_by != called_by || call.open) continue;
    if (call.outcome == Outcome::ok) co_return reply_from(call);
    failed.insert(id);
  }
  driver_.mailbox_.push(std::move(wants));
  Waiter waiter(driver_, call_id(), "");
  while (true) {
    for (const auto& [id, call] : driver_.state_.calls) {
      const bool is_ours = call.is_model() && call.called_by == called_by && !failed.contains(id);
      if (is_ours && !call.open) co_return reply_from(call);
    }
    co_await waiter.news.wait();
  }
}

bool Driver::is_asking(const std::string& call_id) const {
  return std::any_of(waiters_->begin(), waiters_->end(), [&](const Waiter* waiter) {
    if (waiter->call_id() != call_id) return false;
    const auto question = state_.questions.find(waiter->question());
    return question != state_.questions.end() && question->second.is_open();
  });
}

bool Driver::is_idle() const {
  return std::all_of(running_.begin(), running_.end(),
                     [this](const std::string& id) { return is_idle_script(id) || is_asking(id); });
}

void Driver::tell_waiters() {
  for (Waiter* waiter : *waiters_) waiter->news.notify();
}

awaitable<void> Driver::ask_for(CallAsks asks) {
  const CallState* call = state_.find_call(asks.call_id);
  if (over() || call == nullptr || !call->open) co_return;
  std::vector<Event> events(1);
  events[0].kind = EventKind::question_asked;
  events[0].call_id = std::move(asks.call_id);
  events[0].attempt = call->attempt;
  events[0].label = state_.label;
  events[0].fields = std::move(asks.fields);
  set_expiries(events, engine_.services_.policy, engine_.services_.wall.now());
  Append nothing;
  co_await commit(std::move(events), std::move(nothing));
}

awaitable<void> Driver::sample_next() {
  while (!samples_.empty() && !running_.contains(samples_.front().call_id)) samples_.pop_front();
  if (samples_.empty() || short_of_money_) co_return;
  const std::string called_by = samples_.front().called_by;
  const Surroundings around = engine_.surroundings(state_, program_, frugal_);
  const Micros now = std::max(engine_.services_.wall.now(), state_.last_at);
  Plan plan = plan_sample(state_, around, now, samples_.front().request, called_by);
  if (plan.events.empty()) co_return;
  planned_at_ = now;
  co_await carry_out(std::move(plan));
  const bool begun = std::any_of(state_.calls.begin(), state_.calls.end(), [&](const auto& each) {
    return each.second.called_by == called_by && each.second.open;
  });
  if (begun) {
    samples_.pop_front();
  } else {
    mailbox_.push(Settled{});  // a budget refused it: it is planned again, or the run has ended
  }
}

awaitable<RunEnd> Driver::go_on(Claim claim) {
  claim_ = std::move(claim);
  resting_ = false;
  engine_.drivers_[claim_.run_id] = this;
  RunEnd end = co_await run(false);
  co_return end;
}

awaitable<void> Driver::let_go() {
  tasks_.cancel();
  co_await tasks_.join();
}

std::vector<Event> Driver::unasked(const std::string& call_id) const {
  std::vector<Event> events;
  for (const auto& [id, question] : state_.questions) {
    const bool is_its = question.call_id == call_id && question.purpose == kPurposeInput;
    if (!is_its || !question.is_open()) continue;
    Event& event = events.emplace_back();
    event.kind = EventKind::question_expired;
    event.call_id = call_id;
    event.fields = Json{{"question", id}};
  }
  return events;
}

}  // namespace yoke
