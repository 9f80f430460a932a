#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/id.h"
#include "runtime/engine/agent.h"
#include "runtime/engine/budgets.h"
#include "runtime/engine/feed.h"
#include "runtime/engine/machine.h"
#include "runtime/engine/start_run.h"
#include "runtime/loop/boot_clock.h"
#include "runtime/store/store.h"

namespace yoke {

class Driver;
struct SendSignal;
struct SentSignal;

struct EngineServices {  // all borrowed; they outlive the engine
  asio::any_io_executor executor;
  Store& store;
  WallClock& wall;
  Random& random;
  Model& model;
  const Policy& policy;
  Programs& programs;
};

// The rows of the outbox that an event causes, written in its transaction; the engine fills seq and
// at in. Pure. `state` is the run before the event, or after it where it is the run's first.
using OutboxRule = std::function<std::vector<OutboxRow>(const Event& event, const RunState& state)>;

struct EngineOptions {
  std::string node_id;
  int calls_at_once = 16;  // of one run
  std::chrono::seconds model_timeout{600};
  std::chrono::seconds lease{15};
  std::vector<BudgetRule> budgets = {};
  std::string prices = {};  // the edition of the price table in use, for the ledger
  OutboxRule outbox = {};   // none: nothing is written
};

// How driving a run ended.
struct RunEnd {
  enum class Kind : std::uint8_t {
    ended,    // the run has a final status
    waiting,  // for a person or a timer: it left memory and owns nothing, save that a call which
              // itself asked a person goes on from there in this process
    fenced,   // another node took it over
    stopped,  // this process is leaving; the run can be resumed
  };
  Kind kind = Kind::ended;
  RunState state;
  Micros ready_at = 0;  // waiting: when a timer is due, 0 for none
  std::string why;      // fenced: what the store said
};

// Drives runs: asks the machine what is next, journals it, carries it out, and feeds the outcome
// back.
//
// Threads: loop thread only. Driving many runs at once is a TaskGroup of drive() calls.
// Errors:  outcomes in Result; a StoreFault leaves drive(): the run is as its journal says.
// Cancellation of drive(): effects in flight are cancelled; what had come back is journaled first,
// so that the run is resumable and nothing that finished is made or asked about again.
class Engine {
 public:
  Engine(EngineServices services, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Journals the start of a run; drive() then drives it, unless it is queued: then when its turn
  // has come, which Listener::on_due tells. The id of an older run when the key was used for the
  // same. Errors: conflict, with kKeyInUse or kSessionBusy as the place; exhausted (the session's
  // queue is full); invalid and too_large (messages, caller_tools, webhook, note: the place says).
  awaitable<Result<Created>> create(StartRun start);
  // Drives a run until it ends, waits or is lost. Takes it over when nobody drives it. On an error
  // the run is as before: nobody owns it who did not.
  awaitable<Result<RunEnd>> drive(std::string run_id);

  // A new run that shares its parent's history up to an event. The parent is untouched.
  // Errors: not_found, invalid (no such event, a result for what is no tool.returned).
  awaitable<Result<Created>> fork(ForkRun request);

  // Leaves a message for the run and tells its driver, when that is here; else Listener::on_due.
  awaitable<Result<Posted>> cancel(std::string run_id, std::string by);
  awaitable<Result<Posted>> answer(std::string run_id, std::string question, Json value,
                                   std::string by);
  // Errors: not_found; conflict (it has ended, has too many, kKeyInUse); invalid and too_large.
  awaitable<Result<SentSignal>> signal(SendSignal signal);
  // The code of a run, from the hash that its run.started names.
  awaitable<Result<Program>> program_of(std::string program_hash);

  // Stops the calls of waiting runs that ask a person and go on here once they are answered. To be
  // awaited before the engine goes. Such a run is resumable all the same: its call is made again,
  // or looked into, by its effect.
  awaitable<void> let_go();

  void set_budgets(std::vector<BudgetRule> budgets);  // from the next call on
  bool is_driving(const std::string& run_id) const;
  // Renews this node's lease until cancelled. Without it the lease is taken to hold for ever.
  // Throws when the lease is lost: the runs driven here then end as fenced. When it cannot be
  // renewed, effects stop starting after half of it.
  awaitable<void> keep_lease();

  void subscribe(Listener& listener);  // outlives the engine or is unsubscribed
  void unsubscribe(Listener& listener);

 private:
  friend class Driver;
  struct Opening;  // a run as it is about to be created
  struct Turn;     // what a queued run goes on from; none while other runs come first
  awaitable<Result<Opening>> open_run(const StartRun& start);
  awaitable<Result<void>> follow_session(const StartRun& start, Opening& opening);
  awaitable<Result<void>> plan_first(const StartRun& start, Opening& opening);
  bool take_begun(const std::string& run_id, RunState& state, std::optional<StartModel>& first);
  struct Begun;  // a run whose first call is journaled with its start
  awaitable<Result<std::optional<Turn>>> turn_of(const RunState& state);
  awaitable<Result<bool>> may_drive_queued(const RunState& state, std::optional<Turn>& turn);
  awaitable<Result<Program>> program_to_drive(std::string run_id, std::string program_hash);
  awaitable<Result<void>> give_back(Claim claim);
  // The driver that is to go on with the run; null: none rests here that has all of its journal.
  awaitable<std::unique_ptr<Driver>> rested(std::string run_id, std::int64_t head_seq);
  awaitable<Result<Posted>> post(InboxMessage message);
  bool lease_holds() const;
  awaitable<Result<void>> renew_lease();
  void publish(const Event& event);
  void tell_due(std::string_view run_id, std::string_view tenant);
  // `frugal`: a budget had no room for all that the next call may come to.
  Surroundings surroundings(const RunState& state, const Program& program, bool frugal) const;
  // The rows that the events cause; `state` is as before them.
  std::vector<OutboxRow> outbox_of(const std::vector<Event>& events, const RunState& state) const;
  void wait_for_money(Driver& driver);
  void stop_waiting_for_money(Driver& driver);
  void money_freed();  // lets a few of those that wait try again, the longest waiting first
  // What of the budget is reserved by calls that nobody here will close.
  std::int64_t stuck_in(const BudgetKey& key, const std::vector<OpenCall>& calls) const;

  EngineServices services_;
  EngineOptions options_;
  BootClock::time_point lease_until_ = BootClock::time_point::max();
  std::map<std::string, Claim> claims_;      // created here, not yet driven
  std::map<std::string, Program> programs_;  // the same
  std::map<std::string, Begun> begun_;       // of those, the ones whose first call is journaled
  std::map<std::string, Driver*> drivers_;   // each registers itself for as long as it drives
  std::vector<Listener*> listeners_;
  std::uint64_t drives_ended_ = 0;      // drivers that are no longer among `drivers_`
  std::deque<Driver*> short_of_money_;  // each takes itself out before it ends
  std::map<std::string, std::unique_ptr<Driver>> resting_;  // last: they use all of the above
};

}  // namespace yoke
