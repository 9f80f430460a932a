#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/loop/task_group.h"
#include "tests/sim/actors.h"
#include "tests/sim/parts.h"
#include "tests/support/fakes.h"
#include "tests/support/node.h"
#include "tests/support/test_loop.h"

namespace yoke::sim {

// What disturbs a simulation; all zero: nothing does. Odds are per mille of the turns or calls.
struct Chaos {
  std::uint64_t crashes = 0;  // of a turn: the process is gone, wherever it stood
  std::uint64_t freezes = 0;  // of a turn: stopped for longer than its lease, and continued later
  std::uint64_t delays = 0;   // of a store call
  std::uint64_t faults = 0;   // of a store call: it fails, before or after it was carried out
  std::uint64_t cuts = 0;     // of a store call: the power goes just before or after it
  std::uint64_t cancels = 0;  // of a turn
  std::uint64_t forks = 0;    // of a turn
  std::uint64_t stops = 0;    // of a turn: the process is told to stop, and does so in its own time
  int crashes_max = 8;        // then calm follows, so that a run can end
};

// Checks what a process tells its listeners, and remembers the questions.
class Ear final : public Listener {
 public:
  explicit Ear(Outside& world) : world_(world) {}
  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  Outside& world_;
  std::map<std::string, std::int64_t> last_seq_;
};

// One process of the simulated program with all it calls, and what was asked of it.
class Process {
 public:
  Process(const Scenario& scenario, Outside& world, std::shared_ptr<MemoryDisk> disk,
          WallClock& wall, Random& random, MemoryHook hook, int number);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Node& node() { return *node_; }
  bool is_sick() { return lease_.ended() || node_->store().crashed(); }
  // By itself, or for the run's parent.
  bool is_driving(const std::string& run_id) const {
    return drives_.contains(run_id) || node_->engine().is_driving(run_id);
  }

  void create(int client);  // the client's run, under its key; again and again does no harm
  bool is_creating(int client) const;
  void drive(const std::string& run_id);
  void answer(const std::string& run_id, const std::string& question, Json value);
  void cancel(const std::string& run_id);
  // The n-th of its name that the run is sent; sent again, it is the same.
  void signal(const std::string& run_id, const std::string& name, std::size_t number);
  bool is_posting();  // answers, signals or cancellations that are not yet left
  void fork(ForkRun request);

  void send_some();  // what is due in the outbox, unless it is at that already

  void stop();  // it drives nothing more, and is done once all drives have ended
  bool is_stopping() const { return stopping_; }
  bool has_stopped() const { return stopping_ && drives_.empty(); }

  // The drives that have ended since the last call; `failed`: with an exception.
  struct Ended {
    std::string run_id;
    bool failed = false;
    Result<RunEnd> end;
  };
  std::vector<Ended> take_ended();

  const Program& program(std::string_view agent) const {
    return agent == kHelper ? programs_.helper : programs_.program;
  }

 private:
  struct Drive {
    bool ended = false;
    std::exception_ptr failure;
    std::optional<Result<RunEnd>> end;
  };

  Program make_program(const std::string& agent);
  awaitable<void> drive_into(std::string run_id, Drive& drive);
  awaitable<void> send_due();
  awaitable<void> settle(std::int64_t id, OutboxOutcome outcome);

  const Scenario& scenario_;
  const bool is_changed_;  // its scripts
  Outside& world_;
  WallClock& wall_;
  std::int64_t epoch_ = 0;
  SimTools tools_;
  SimModel model_;
  SimPolicy policy_;
  SimPrograms programs_;
  Ear ear_;
  // What was started on the loop outlives the loop.
  Started<void> lease_;
  std::map<int, std::unique_ptr<Started<Result<Created>>>> creations_;
  std::map<std::string, std::unique_ptr<Drive>> drives_;
  std::deque<Started<Result<Posted>>> posts_;
  std::deque<Started<Result<SentSignal>>> signals_;
  std::deque<Started<Result<Created>>> forks_;
  std::unique_ptr<Started<void>> sending_;
  std::unique_ptr<Node> node_;
  std::optional<TaskGroup> driving_;
  bool stopping_ = false;
};

std::string key_of(int client);

}  // namespace yoke::sim
