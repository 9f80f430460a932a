#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/process.h"

namespace yoke::sim {

// What came of one client's run, or of a fork.
struct Course {
  std::string run_id;
  std::string outcome;      // status, reason and text
  bool comparable = false;  // nothing happened to it that may change an answer
  bool timed_out = false;
};

// How often things happened, so that a test can see that they did.
struct Tally {
  int crashes = 0;
  int freezes = 0;
  int stops = 0;
  int takeovers = 0;
  int interrupted = 0;  // model calls
  int unknown = 0;      // once calls whose outcome was lost
  int repeated = 0;     // once calls repeated with leave
  int forks = 0;
  int cancels = 0;
  int denied = 0;
  int timeouts = 0;
  int refused = 0;  // by a budget
  int quarantined = 0;
  int interrupts = 0;     // runs that the next of their session cut short
  int carried_out = 0;    // calls by clients
  int told_late = 0;      // answers of clients to what was answered
  int never_told = 0;     // runs that were given up because a client never answered
  int settled_again = 0;  // rows of the outbox
  int runs = 0;
  int replays = 0;
  int scripts = 0;        // in journals of their own runs
  int scripts_begun = 0;  // more often: run anew
  int children = 0;
  int children_ended = 0;  // whose parent gave them up
  int plans = 0;
  int given_up = 0;  // wants of scripts
  int signals = 0;   // that runs were sent and took note of
  int changed = 0;   // runs that ended because their script was another

  Tally& operator+=(const Tally& other);
};

struct Findings {
  std::vector<std::string> breaches;
  std::map<int, Course> clients;
  Tally tally;
  std::uint64_t digest = 0;  // of every record there is
};

// One world with its processes, from a seed: the same seed and chaos, the same course to the bit.
class Simulation {
 public:
  Simulation(std::uint64_t seed, Chaos chaos);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  Findings run();

 private:
  bool is_over();
  bool turn();  // of one process's loop; false: all of them wait
  void move_time();
  void disturb();
  void supervise();
  void heed(Process::Ended ended);
  void answer_all(const RunState& state);
  void answer_for_client(const std::string& run_id, const QuestionState& question);
  void start_missing_runs();
  bool can_send();
  void send_the_rest();
  void boot();
  void crash();
  void freeze();
  void thaw();
  void stop();
  void maybe_fork();
  void maybe_cancel();
  void answer_those_asked();
  std::string one_of_the_runs(std::uint64_t odds);
  void signal_those_waiting();
  std::optional<RunState> state_of(const std::string& run_id);
  void check_orphans();
  std::string any_run();
  const std::string& client_run(int client);
  std::string where_they_stand();
  bool is_calm() const { return over_ || tally_.crashes + tally_.stops >= chaos_.crashes_max; }
  MemoryFate fate_of(const MemoryOp& op);

  VirtualTime time_;
  const Scenario scenario_;
  const Chaos chaos_;
  Chance chance_;
  VirtualWall wall_;
  SeededRandom random_;
  const std::shared_ptr<MemoryDisk> disk_;  // shared with the processes
  Outside world_;
  Tally tally_;
  int number_ = 0;
  int frozen_turns_ = 0;
  int busy_turns_ = 0;
  bool over_ = false;
  bool disturbed_time_ = false;  // a process stood still: its deadlines passed in the meantime
  LoopClock::duration step_{};
  std::map<int, std::string> client_runs_;
  std::map<std::string, int> silences_;  // of a run: looks at a question that nobody will answer
  std::map<std::string, int> refusals_;  // of a run, in a row: it is ours, but nobody drives it
  std::unique_ptr<Process> process_;
  std::unique_ptr<Process> zombie_;  // frozen, or let loose again
};

// Looks at all that is left on the disk when every run has ended.
void audit(Outside& world, const Scenario& scenario, Process& process, Findings& findings);

}  // namespace yoke::sim
