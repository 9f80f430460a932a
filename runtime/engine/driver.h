#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/hooking.h"
#include "runtime/engine/incoming.h"
#include "runtime/loop/mailbox.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// When the next timer of the run is due, or a question expires; 0: none is, or does.
Micros next_due(const RunState& state);

// One run while it is driven: the thin shell that acts on the machine's plans.
// Private to the engine. Every outcome is journaled and planned on by itself, in the order it came,
// so that a replay meets the same states.
class Driver {
 public:
  // `executor` runs all of it: that of the coroutine which drives it, or what it appends could
  // overtake itself.
  Driver(Engine& engine, const asio::any_io_executor& executor, Claim claim, Program program,
         RunState state);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // run() has left the run waiting with calls under way that ask a person: they go on where it is
  // driven again in this process, by go_on(), with a new claim.
  bool is_resting() const { return resting_; }
  std::int64_t seq() const { return state_.seq; }
  awaitable<RunEnd> go_on(Claim claim);
  awaitable<void> let_go();  // stops them

  // Before run(): the run was queued, and its turn has come.
  void take_turn(Engine::Turn turn);
  // Before run(): the run was just created, and this call was journaled with its start.
  void begin_with(StartModel first);
  awaitable<RunEnd> run(bool taken_over);
  void message_came();                      // the inbox has something
  void money_came();                        // a budget may have room again
  void lease_lost(const std::string& why);  // another node may drive the run: stop

 private:
  using ModelDone = incoming::ModelDone;
  using ToolDone = incoming::ToolDone;
  using ProbeDone = incoming::ProbeDone;
  using InboxCame = incoming::InboxCame;
  using TimerDue = incoming::TimerDue;
  using ScriptAsked = incoming::ScriptAsked;
  using ScriptDone = incoming::ScriptDone;
  using ChildRests = incoming::ChildRests;
  using CallAsks = incoming::CallAsks;
  using CallSamples = incoming::CallSamples;
  using Settled = incoming::Settled;
  using Incoming = incoming::Item;
  using Ending = incoming::Ending;
  class Context;
  class ToolContext;
  class Waiter;
  class Steps;
  struct Commit;
  awaitable<void> drive(bool taken_over);
  awaitable<void> begin(bool taken_over);
  awaitable<void> advance();
  awaitable<void> carry_out(Plan plan);
  awaitable<void> renew_lease();
  // Journals what a call came to; false: it is something else. At once: an await between the
  // mailbox and the journal could throw the outcome away when the driver is stopped.
  bool take_outcome(Incoming& item);
  awaitable<void> handle(Incoming item);
  awaitable<void> take_inbox();
  awaitable<void> take_message(InboxMessage message);
  awaitable<std::vector<Event>> received(InboxMessage signal);
  awaitable<void> cancel_run(InboxMessage message);
  awaitable<void> end_run(Ending ending);  // as soon as no child is under way; the first counts
  awaitable<void> end_if_alone();
  awaitable<void> stop_tasks();    // what came back just before is journaled
  bool put_off(const Plan& plan);  // an end that has to wait for children
  awaitable<void> keep_outcomes();
  awaitable<void> fire_timers();
  awaitable<void> release();

  // Journals and waits; false when the run is lost to this driver or a budget said no.
  // Whoever waits may be stopped: what is stored is folded and told all the same.
  awaitable<bool> commit(std::vector<Event> events, Append extra);
  awaitable<void> commit_to_end(Append append, std::vector<Event> events,
                                std::shared_ptr<Commit> waited);
  void commit_later(std::vector<Event> events);
  awaitable<void> append_in_background(Append append, std::vector<Event> events);
  void stamp(std::vector<Event>& events) const;
  void fold(const std::vector<Event>& events);
  void tell(const std::vector<Event>& events, Durability stored);
  void tell_scripts();  // that there may be answers for them
  void tell_parent();   // that the store has news of this run for it
  Append append_of(const std::vector<Event>& events) const;
  void lose(const Error& error);
  // Whether the calls, which a budget had no room for, are to be tried again: at once, or when
  // calls in flight have given back what they reserve and do not come to.
  awaitable<bool> may_wait_for_money(std::vector<OpenCall> calls);
  awaitable<void> end_wait_for_money(Deadline at);

  // Starts children and scripts that are open in the journal and not under way here.
  void resume_parts();
  void give_up_children(bool all);  // those that no script wants any more, or all; once each
  awaitable<void> give_up_child(std::string call_id);
  void start_child(const std::string& call_id);
  bool is_idle() const;  // nothing is in flight but scripts that wait, and calls that ask a person
  awaitable<void> run_script(std::string call_id);
  awaitable<ToolOutcome> script_outcome(std::string call_id, Steps& steps, CallContext& context);
  bool take_script(Incoming& item);
  awaitable<void> end_changed(ScriptDone done);
  awaitable<void> run_child(std::string call_id);
  awaitable<Result<void>> begin_child(ChildState child);
  NewRun run_of(const ChildState&, const Program&, const std::optional<RecallFound>&) const;
  awaitable<void> child_rests(ChildRests rests);
  awaitable<void> finish_child(std::string call_id, std::string child, Append extra);
  awaitable<void> end_with_parent();
  Micros due_next() const;  // as next_due(), with the children that this drives

  void start(Start start);
  bool is_asking(const std::string& call_id) const;
  void tell_waiters();  // that there may be news for them
  bool is_idle_script(const std::string& call_id) const;
  awaitable<void> ask_for(CallAsks asks);
  awaitable<void> sample_next();
  std::vector<Event> unasked(const std::string& call_id) const;  // its questions, as it has ended

  awaitable<void> run_model(StartModel start);
  awaitable<void> run_tool(std::string call_id);
  // What an operator's hooks said before a call.
  struct HookedCall {
    std::optional<Json> args = {};  // instead of the call's own
    std::string refusal = {};       // why it is not made; empty: it is
    std::vector<Event> ran = {};
    std::string stops = {};
  };
  HookEvent hook_event(HookPoint on, const std::string& call_id) const;
  awaitable<HookedCall> asked_before(std::string call_id);
  std::string refusal_of(const std::string& name, const std::string& call_id, Effect effect,
                         Json& args) const;
  awaitable<ToolDone> asked_after(ToolDone done, Json args);
  awaitable<HookedCall> asked_before_model(std::string call_id, Json details);
  awaitable<ModelDone> asked_after_model(ModelDone done);
  awaitable<Plan> asked_at_end(Plan plan);
  awaitable<void> end_by_hook();
  awaitable<ModelDone> guarded(ModelDone done, std::shared_ptr<Context> context);
  awaitable<ToolDone> guarded(ToolDone done, ToolRequest request);
  awaitable<GuardedResult> guarded_answer(QuestionState question, Json value);
  awaitable<void> run_probe(std::string call_id);
  void arm_timer();
  awaitable<void> wait_for_timer(Micros due);
  ToolRequest request_for(const CallState& call, Deadline deadline) const;
  Deadline end_of_run() const;  // by its limit of seconds; no call outlasts it
  Json summary() const;
  RunUpdate update_to(RunStatus status, std::string reason) const;
  bool over() const { return lost_ || is_final(state_.status); }
  Engine& engine_;
  Claim claim_;
  Program program_;
  RunState state_;
  std::unique_ptr<Engine::Turn> turn_;  // of a queued run that is about to begin
  std::unique_ptr<StartModel> first_;   // a call that is journaled and not yet made
  bool lost_ = false;  // fenced, or an append failed: stop at once, tell nothing more
  std::string lost_why_;
  std::exception_ptr fault_;     // the store failed: why it was lost
  std::string stopped_by_hook_;  // why the run is to end
  bool budget_refused_ = false;
  bool frugal_ = false;  // a budget had no room for all that the next model call may come to
  std::string refused_why_;
  bool short_of_money_ = false;  // plans nothing until a budget may have room again
  bool money_came_ = false;      // since it was last asked whether there is room to come
  bool owes_turn_ = false;  // it was told of room, a few are at once: if it takes none, the next is
  std::optional<Deadline> money_until_;  // so long it waits; set while it does
  Micros planned_at_ = 0;                // the time a plan was made for; its events carry it
  Micros armed_for_ = 0;       // when the task that waits for a timer will wake; 0: there is none
  int unacknowledged_ = 0;     // appends handed in and not awaited
  std::vector<Event> untold_;  // stored, but a power cut may take them back
  bool has_soft_ = false;      // the newest append is such
  std::set<std::string> running_;  // calls in flight here
  // Of the scripts among them; shared with their tasks, which may outlive the driver.
  const std::shared_ptr<std::map<std::string, Steps*>> steps_;
  const std::shared_ptr<std::set<Waiter*>> waiters_;  // for a person or a model; shared as well
  std::deque<CallSamples> samples_;  // wanted, and not begun: one model call at a time
  bool resting_ = false;
  std::map<std::string, Micros> child_due_;  // of children that wait: when one is to go on
  std::map<std::string, bool> given_up_;     // those told to end; true: begun again to hear of it
  std::optional<Ending> ending_;
  Mailbox<Incoming> mailbox_;
  TaskGroup tasks_;
  TaskGroup children_;  // last: their tasks use everything above
};

}  // namespace yoke
