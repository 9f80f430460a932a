#pragma once

#include <chrono>
#include <deque>
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
#include "runtime/loop/boot_clock.h"
#include "runtime/store/store.h"

namespace yoke {

class Driver;

struct EngineServices {  // all borrowed; they outlive the engine
  asio::any_io_executor executor;
  Store& store;
  WallClock& wall;
  Random& random;
  Model& model;
  const Policy& policy;
  Programs& programs;
};

struct EngineOptions {
  std::string node_id;
  int calls_at_once = 16;  // of one run
  std::chrono::seconds model_timeout{600};
  std::chrono::seconds lease{15};
  std::vector<BudgetRule> budgets = {};
  std::string prices = {};  // the edition of the price table in use, for the ledger
};

struct StartRun {
  Program program;
  std::string task;
  Json input = Json::object();
  std::vector<ImagePart> images = {};  // shown to the model with the task
  std::string tenant = "local";
  std::string session = {};
  std::string model = {};                // overrides the agent's
  std::optional<RunLimits> limits = {};  // overrides the agent's
  std::string idem_key = {};
  std::string by = {};
  std::string parent_run = {};   // the run that this one was made for, as a shadow is
  std::string parent_call = {};  // and the call of it
};

struct ForkRun {
  std::string run_id;
  std::int64_t at = 0;              // the last event the fork shares with its parent
  std::string model = {};           // goes on with another model
  std::optional<Json> result = {};  // `at` is a tool.returned: it gets this value instead
  std::string by = {};
};

// How driving a run ended.
struct RunEnd {
  enum class Kind : std::uint8_t {
    ended,    // the run has a final status
    waiting,  // for a person or a timer: it left memory and owns nothing
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

  // Journals the start of a run; drive() then drives it. The id of an older run when the key was
  // used.
  awaitable<Result<Created>> create(StartRun start);

  // Drives a run until it ends, waits or is lost. Takes it over when nobody drives it. On an error
  // the run is as before: nobody owns it who did not.
  awaitable<Result<RunEnd>> drive(std::string run_id);

  // A new run that shares its parent's history up to an event. The parent is untouched.
  // Errors: not_found, invalid (no such event, a result for what is no tool.returned).
  awaitable<Result<Created>> fork(ForkRun request);

  // Leaves a message for the run and tells its driver, when that is here.
  awaitable<Result<Posted>> cancel(std::string run_id, std::string by);
  awaitable<Result<Posted>> answer(std::string run_id, std::string question, Json value,
                                   std::string by);

  // The code of a run, from the hash that its run.started names.
  awaitable<Result<Program>> program_of(std::string program_hash);

  bool is_driving(const std::string& run_id) const;
  // Renews this node's lease until cancelled. Without it the lease is taken to hold for ever.
  // Throws when the lease is lost: the runs driven here then end as fenced. When it cannot be
  // renewed, effects stop starting after half of it.
  awaitable<void> keep_lease();

  void subscribe(Listener& listener);  // outlives the engine or is unsubscribed
  void unsubscribe(Listener& listener);

 private:
  friend class Driver;

  awaitable<Result<void>> follow_session(std::string tenant, std::string session, Event& start);
  awaitable<Result<Program>> program_to_drive(std::string run_id, std::string program_hash);
  awaitable<Result<void>> give_back(Claim claim);
  awaitable<Result<Posted>> post(InboxMessage message);
  bool lease_holds() const;
  awaitable<Result<void>> renew_lease();
  void publish(const Event& event);
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
  std::map<std::string, Driver*> drivers_;   // each registers itself for as long as it drives
  std::vector<Listener*> listeners_;
  std::deque<Driver*> short_of_money_;  // each takes itself out before it ends
};

}  // namespace yoke
