#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "hosts/app/app.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// Drives runs on behalf of whoever is not here to watch: what is started, handed over, answered or
// due, each for itself. A fault ends the driving of its run and of no other.
//
// Ownership: borrows the app. stop() has returned before it goes.
// Threads:   loop thread only.
class Drivers {
 public:
  struct Options {
    std::size_t at_once = 256;  // runs that are driven; further ones wait, fairly by tenant
    // Told of what no journal holds: a run that was stopped, or lost to a fault.
    std::function<void(const std::string& run_id, const std::string& why)> on_lost = {};
  };
  Drivers(App& app, Options options);
  ~Drivers();
  Drivers(const Drivers&) = delete;
  Drivers& operator=(const Drivers&) = delete;

  // Journals the start of a run and begins to drive it. Errors: those of Engine::create;
  // unavailable while this process is leaving.
  awaitable<Result<Created>> start(StartRun start);
  // There is something for the run: it is driven on, unless somebody does that already.
  void wake(const std::string& run_id, const std::string& tenant);
  // Takes up what an earlier process left: runs that are ready, orphaned or due.
  awaitable<void> take_up();

  // Waits until the run has ended, or waits for somebody and is not driven any more, or until then.
  awaitable<Result<RunRow>> settled(std::string run_id, Deadline until);

  std::size_t driving() const { return driven_.size(); }
  std::size_t waiting() const;
  bool is_stopping() const { return stopping_; }

  // Begins nothing more; lets what is driven end until then, then stops it: it can be resumed.
  awaitable<void> stop(Deadline patience);

 private:
  struct Queue;
  struct Due;
  awaitable<void> drive(std::string run_id, std::string tenant);
  awaitable<void> wake_when_due();
  void begin_next();
  void begin(const std::string& run_id, const std::string& tenant);
  void tell_settled(const std::string& run_id);

  App& app_;
  Options options_;
  bool stopping_ = false;
  std::set<std::string> driven_;
  std::set<std::string> again_;  // woken while they were about to leave
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Due> due_;
  std::multimap<std::string, Signal*> settling_;  // who waits for a run; each lives in its wait
  TaskGroup timers_;
  TaskGroup runs_;  // last: they use what is above
};

}  // namespace yoke
