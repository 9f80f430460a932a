#include "runtime/engine/driver.h"

#include <algorithm>

#include "runtime/base/crash_point.h"
#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "runtime/engine/memory_events.h"
#include "runtime/engine/turn.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"

namespace yoke {
namespace {

constexpr std::size_t kTitleBytesMax = 120;

// Whether the events open a model call that asks for more than it must have.
bool may_ask_for_less(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (event.kind != EventKind::model_called) continue;
    const Json& estimate = member_at(event.fields, "estimate");
    const NanoUsd asked = integer_at(estimate, "cost");
    if (estimate.contains("least") && asked > integer_at(estimate, "least")) return true;
  }
  return false;
}

void add_notes(std::vector<Event>& events, std::vector<Event> notes) {
  for (Event& note : notes) events.push_back(std::move(note));
}

}  // namespace

// A commit that is waited for. Shared by the driver's coroutine and the task that carries it out,
// either of which may end first.
struct Driver::Commit {
  bool stored = false;
  Signal done;
};

Driver::Driver(Engine& engine, const asio::any_io_executor& executor, Claim claim, Program program,
               RunState state)
    : engine_(engine),
      claim_(std::move(claim)),
      program_(std::move(program)),
      state_(std::move(state)),
      steps_(std::make_shared<std::map<std::string, Steps*>>()),
      waiters_(std::make_shared<std::set<Waiter*>>()),
      tasks_(executor),
      children_(executor) {
  engine_.drivers_[claim_.run_id] = this;
}

Driver::~Driver() {
  engine_.stop_waiting_for_money(*this);
  engine_.drives_ended_ += engine_.drivers_.erase(claim_.run_id);
}

void Driver::message_came() { mailbox_.push(InboxCame{}); }

void Driver::money_came() {
  money_came_ = owes_turn_ = true;
  if (!short_of_money_) return;
  short_of_money_ = false;
  mailbox_.push(Settled{});  // whoever waits looks again
}

void Driver::lease_lost(const std::string& why) {
  lose(Error{Errc::fenced, why});
  mailbox_.push(Settled{});  // whoever waits looks again
}

awaitable<RunEnd> Driver::run(bool taken_over) {
  std::exception_ptr failure;
  try {
    co_await drive(taken_over);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  resting_ = !failure && !over() && !waiters_->empty();
  if (!resting_) {
    tasks_.cancel();
    co_await tasks_.join();
  }
  if (failure || lost_ || !is_final(state_.status)) children_.cancel();
  co_await children_.join();
  engine_.stop_waiting_for_money(*this);
  if (money_until_ || owes_turn_) engine_.money_freed();  // its turn goes to the next
  const bool stopped = failure && is_cancellation(failure);
  if (failure && !stopped) std::rethrow_exception(failure);
  if (stopped) co_await keep_outcomes();
  if (fault_) std::rethrow_exception(fault_);
  RunEnd end;
  if (stopped) {
    end.kind = RunEnd::Kind::stopped;
  } else if (lost_) {
    end.kind = RunEnd::Kind::fenced;
    end.why = lost_why_;
  } else if (!is_final(state_.status)) {
    end.kind = RunEnd::Kind::waiting;
    end.ready_at = due_next();
  }
  if (resting_) {
    engine_.drives_ended_ += engine_.drivers_.erase(claim_.run_id);
    end.state = state_;
  } else {
    end.state = std::move(state_);
  }
  co_return end;
}

void Driver::take_turn(Engine::Turn turn) {
  turn_ = std::make_unique<Engine::Turn>(std::move(turn));
}

void Driver::begin_with(StartModel first) {
  first_ = std::make_unique<StartModel>(std::move(first));
}

// Says that the run is here, takes what came for it and, if it was queued, its turn.
awaitable<void> Driver::begin(bool taken_over) {
  if (first_) start(std::move(*first_));
  if (taken_over) {
    std::vector<Event> events(1);
    events[0].kind = EventKind::lease_taken;
    events[0].label = kTrustedPublic;
    events[0].fields = Json{{"node", engine_.options_.node_id}, {"adopted", claim_.adopted}};
    Append nothing;
    co_await commit(std::move(events), std::move(nothing));
  }
  co_await take_inbox();
  if (!over()) co_await end_with_parent();
  if (turn_ && !over()) {
    std::vector<Event> events(1, std::move(turn_->event));
    Append nothing;
    co_await commit(std::move(events), std::move(nothing));
    state_.prior = std::move(turn_->prior);
  }
}

awaitable<void> Driver::drive(bool taken_over) {
  co_await begin(taken_over);
  if (!state_.queued.empty() && !over()) {
    co_await release();
    co_return;
  }
  // Without an agent it was claimed only to be cancelled.
  ENSURE(over() || ending_ || program_.agent != nullptr);
  while (!over()) {
    co_await advance();
    if (!over() && !ending_) co_await sample_next();
    if (over()) break;
    const bool rests = is_idle() && !short_of_money_ && !ending_;
    if (rests && mailbox_.empty()) {
      co_await fire_timers();
      const bool parked = !over() && is_idle() && mailbox_.empty();
      if (parked) co_await release();
      if (parked) break;
      continue;
    }
    arm_timer();
    Incoming item = co_await mailbox_.pop();
    const bool taken = take_outcome(item);
    if (!taken) co_await handle(std::move(item));
    if (taken && !stopped_by_hook_.empty()) co_await end_by_hook();
  }
  while (unacknowledged_ > 0 && !lost_) {
    Incoming item = co_await mailbox_.pop();
    const bool taken = take_outcome(item);
    if (!taken) co_await handle(std::move(item));
  }
}

// Plans and acts until the machine wants nothing more before something comes in.
awaitable<void> Driver::advance() {
  while (!over() && (ending_ || !short_of_money_)) {
    if (ending_) co_return co_await end_if_alone();
    const Surroundings around = engine_.surroundings(state_, program_, frugal_);
    const Micros now = std::max(engine_.services_.wall.now(), state_.last_at);
    Plan plan = plan_next(state_, around, now);
    resume_parts();
    if (plan.events.empty() && plan.starts.empty()) co_return;
    if (put_off(plan)) co_return;
    planned_at_ = now;
    co_await carry_out(std::move(plan));
  }
}

awaitable<void> Driver::carry_out(Plan plan) {
  const bool ends = spec_of(plan.events.back().kind).status_after.has_value();
  const bool completes = plan.events.back().kind == EventKind::run_completed;
  if (completes) plan = co_await asked_at_end(std::move(plan));
  // A loop that was held up, or a machine that slept, may be late with its renewal.
  if (!plan.starts.empty() && !engine_.lease_holds()) co_await renew_lease();
  if (over()) co_return;
  if (plan.commit_first || ends) {
    Append extra;
    crash_point("engine.before_intent");
    const bool stored = co_await commit(std::move(plan.events), std::move(extra));
    planned_at_ = 0;
    crash_point("engine.after_intent");
    if (!stored) co_return;
  } else {
    commit_later(std::move(plan.events));
    planned_at_ = 0;
  }
  for (Start& next : plan.starts) start(std::move(next));
}

awaitable<void> Driver::renew_lease() {
  try {
    const Result<void> renewed = co_await engine_.renew_lease();
    static_cast<void>(renewed);  // when it is lost, every driver is told
  } catch (const Fault& fault) {
    lease_lost(std::string("this node's lease is not certain: ") + fault.what());
  }
}

awaitable<void> Driver::handle(Incoming item) {
  if (std::holds_alternative<InboxCame>(item)) co_await take_inbox();
  if (std::holds_alternative<TimerDue>(item)) co_await fire_timers();
  if (auto* done = std::get_if<ScriptDone>(&item)) co_await end_changed(std::move(*done));
  if (auto* rests = std::get_if<ChildRests>(&item)) co_await child_rests(std::move(*rests));
  if (auto* asks = std::get_if<CallAsks>(&item)) co_await ask_for(std::move(*asks));
  if (auto* wants = std::get_if<CallSamples>(&item)) samples_.push_back(std::move(*wants));
}

bool Driver::take_outcome(Incoming& item) {
  std::vector<Event> events;
  if (auto* model = std::get_if<ModelDone>(&item)) {
    running_.erase(model->call_id);
    events = events_of(state_, model->call_id, std::move(model->outcome));
    const std::int64_t reply_seq = state_.seq + static_cast<std::int64_t>(events.size());
    add_notes(events, guard_events(model->notes, model->call_id, reply_seq, state_.label));
    add_notes(events, std::move(model->ran));
    if (!model->stops.empty()) stopped_by_hook_ = std::move(model->stops);
  } else if (auto* tool = std::get_if<ToolDone>(&item)) {
    running_.erase(tool->call_id);
    events = unasked(tool->call_id);
    add_notes(events, memory_events_of(state_, tool->call_id, tool->outcome));
    events.push_back(event_of(state_, tool->call_id, std::move(tool->outcome)));
    add_notes(events, guard_events(tool->notes, tool->call_id, 0, state_.label));
    add_notes(events, std::move(tool->ran));
    if (!tool->stops.empty()) stopped_by_hook_ = std::move(tool->stops);
  } else if (auto* probe = std::get_if<ProbeDone>(&item)) {
    running_.erase(probe->call_id);
    events = events_of(state_, probe->call_id, std::move(probe->outcome));
  } else {
    return take_script(item);
  }
  if (over()) return true;
  crash_point("engine.before_append");
  commit_later(std::move(events));
  crash_point("engine.after_append");
  return true;
}

awaitable<void> Driver::take_inbox() {
  if (over()) co_return;
  std::vector<InboxMessage> messages = co_await engine_.services_.store.inbox(claim_.run_id);
  for (InboxMessage& message : messages) {
    if (over()) co_return;
    co_await take_message(std::move(message));
  }
}

awaitable<void> Driver::take_message(InboxMessage message) {
  if (message.topic == "cancel") {
    co_await cancel_run(std::move(message));
    co_return;
  }
  Append extra;
  extra.inbox_taken.push_back(message.id);
  if (message.topic == "child") {
    std::string call_id = string_at(message.body, "call");
    std::string child = string_at(message.body, "child");
    co_await finish_child(std::move(call_id), std::move(child), std::move(extra));
    co_return;
  }
  std::vector<Event> events;
  if (message.topic == "answer") {
    const auto found = state_.questions.find(string_at(message.body, "question"));
    const bool open =
        found != state_.questions.end() && !found->second.answer && !found->second.expired;
    if (open) {
      const QuestionState question = found->second;
      Json value = member_at(message.body, "value");
      GuardedResult passed = co_await guarded_answer(question, std::move(value));
      events.push_back(answered_event(question, passed.outcome.value, message.by));
      add_notes(events, guard_events(passed.notes, question.call_id, 0, state_.label));
    }
  } else if (message.topic == "signal") {
    events = co_await received(std::move(message));
  }
  co_await commit(std::move(events), std::move(extra));
}

// What came back just before its calls were stopped keeps its own outcome.
awaitable<void> Driver::keep_outcomes() {
  planned_at_ = 0;  // of a plan that was cut off
  Incoming item;
  while (mailbox_.try_pop(item)) take_outcome(item);
  co_await tasks_.join();  // the appends that were handed in
}

void Driver::stamp(std::vector<Event>& events) const {
  const Micros wall = planned_at_ != 0 ? planned_at_ : engine_.services_.wall.now();
  const Micros now = std::max(wall, state_.last_at);
  std::int64_t seq = state_.seq;
  for (Event& event : events) {
    event.seq = ++seq;
    event.at = now;
    event.run_id = claim_.run_id;
  }
}

// What is wrong here is a bug of ours: nothing that a model, a tool or a person says may cause it.
void Driver::fold(const std::vector<Event>& events) {
  for (const Event& event : events) {
    const Result<void> shape = check_event(event);
    const Result<void> pairing = check_pairing(state_, event);
    ENSURE(shape.has_value());
    ENSURE(pairing.has_value());
    state_.apply(event);
  }
  tell_scripts();
  tell_waiters();
}

// Listeners hear of an event once nothing can take it back, and after all that came before it; or
// not at all: then they hear of the end of the driving, and the journal knows the rest.
void Driver::tell(const std::vector<Event>& events, Durability stored) {
  if (lost_) return;
  untold_.insert(untold_.end(), events.begin(), events.end());
  if (stored == Durability::soft) return;
  for (const Event& event : untold_) engine_.publish(event);
  untold_.clear();
}

Append Driver::append_of(const std::vector<Event>& events) const {
  Append append;
  append.run_id = claim_.run_id;
  append.fence = claim_.fence;
  append.after_seq = state_.seq;
  append.durability = Durability::soft;
  append.records.reserve(events.size());
  for (const Event& event : events) {
    append.records.push_back(to_record(event));
    const Durability wanted = spec_of(event.kind).durability;
    if (wanted == Durability::durable) append.durability = Durability::durable;
  }
  const EngineOptions& options = engine_.options_;
  // Money moves in the transaction of the event it belongs to.
  static_cast<MoneyMoves&>(append) = money_of(events, state_, options.budgets, options.prices);
  append.outbox = engine_.outbox_of(events, state_);
  return append;
}

void Driver::lose(const Error& error) {
  if (error.code == Errc::exhausted) {
    budget_refused_ = true;
    refused_why_ = error.detail;
  } else {
    lost_ = true;
    if (lost_why_.empty()) lost_why_ = error.message();
  }
}

awaitable<bool> Driver::commit(std::vector<Event> events, Append extra) {
  stamp(events);
  Append append = append_of(events);
  append.inbox_taken = std::move(extra.inbox_taken);
  append.update = std::move(extra.update);
  if (!events.empty()) {
    const auto status = spec_of(events.back().kind).status_after;
    if (status && is_final(*status)) append.update = update_to(*status, events.back().reason);
  }
  if (append.update && has_soft_) append.durability = Durability::durable;
  const bool may_lessen = may_ask_for_less(events);
  std::vector<OpenCall> opened = append.opened;
  const auto waited = std::make_shared<Commit>();
  tasks_.spawn(commit_to_end(std::move(append), std::move(events), waited));
  co_await waited->done.wait();
  if (fault_) std::rethrow_exception(fault_);
  if (waited->stored) frugal_ = false;
  if (waited->stored && !opened.empty() && (money_until_ || owes_turn_)) {
    money_until_.reset();
    owes_turn_ = false;
    engine_.money_freed();  // there may be room for the next as well
  }
  if (waited->stored || !budget_refused_) co_return waited->stored;
  budget_refused_ = false;
  planned_at_ = 0;
  frugal_ = may_lessen;
  if (may_lessen) co_return false;  // planned again, for less
  const bool wait = co_await may_wait_for_money(std::move(opened));
  if (wait) co_return false;  // planned again, when there may be room
  ending_ = Ending{"limit.budget", refused_why_};
  co_return false;
}

awaitable<void> Driver::commit_to_end(Append append, std::vector<Event> events,
                                      std::shared_ptr<Commit> waited) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const Durability durability = append.durability;
  try {
    const bool frees = !append.closed.empty();
    const Result<Appended> stored = co_await engine_.services_.store.append(std::move(append));
    waited->stored = stored.has_value();
    if (!stored) lose(stored.error());
    if (stored && frees) engine_.money_freed();
    if (stored && !stored->next_in_session.empty()) {
      engine_.tell_due(stored->next_in_session, state_.tenant);
    }
  } catch (const Fault& fault) {
    if (!fault_) fault_ = std::current_exception();
    lose(Error{Errc::unavailable, fault.what()});
  }
  if (waited->stored) fold(events);
  if (waited->stored) tell(events, durability);
  if (waited->stored && is_final(state_.status)) tell_parent();
  waited->done.notify();
}

void Driver::commit_later(std::vector<Event> events) {
  stamp(events);
  Append append = append_of(events);
  fold(events);
  has_soft_ = append.durability == Durability::soft;
  ++unacknowledged_;
  tasks_.spawn(append_in_background(std::move(append), std::move(events)));
}

awaitable<void> Driver::append_in_background(Append append, std::vector<Event> events) {
  // Once handed in, the append is waited for: what it says must be told before what follows it.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const Durability durability = append.durability;
  bool stored = false;
  try {
    const bool frees = !append.closed.empty();
    const Result<Appended> result = co_await engine_.services_.store.append(std::move(append));
    stored = result.has_value();
    if (stored && frees) engine_.money_freed();
  } catch (const Fault&) {
    // What was handed in after it is refused as if by another driver: the first fault is the
    // reason.
    if (!fault_) fault_ = std::current_exception();
  }
  --unacknowledged_;
  if (!stored) lost_ = true;
  if (stored) tell(events, durability);
  if (!stored || unacknowledged_ == 0) mailbox_.push(Settled{});  // whoever waits looks again
}

RunUpdate Driver::update_to(RunStatus status, std::string reason) const {
  RunUpdate update;
  update.status = status;
  update.reason = std::move(reason);
  update.summary = summary();
  return update;
}

Json Driver::summary() const {
  Json summary{{"title", shorten(state_.task, kTitleBytesMax)},
               {"steps", state_.own_steps()},
               {"tokens", state_.own_tokens()},
               {"cost", state_.own_cost()}};
  if (!state_.children.empty()) {
    summary["children"] = Json{{"runs", state_.children.size()},
                               {"steps", state_.children_steps},
                               {"cost", state_.children_cost}};
  }
  if (state_.unpriced) summary["unpriced"] = true;
  return summary;
}

}  // namespace yoke
