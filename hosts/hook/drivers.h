#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/hook/turns.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// Drives runs on behalf of whoever is not here to watch: what is started, handed over, answered or
// due, each for itself. A fault ends the driving of its run and of no other.
//
// Ownership: borrows app and wall. stop() has returned before it goes.
// Threads:   loop thread only.
class Drivers final : public Listener {
 public:
  struct Options {
    std::size_t at_once = 256;  // runs that are driven; further ones wait, fairly by tenant
    // Told of what no journal holds: that a run was stopped (`why` is empty), or lost to a fault.
    std::function<void(const std::string& run_id, const std::string& why)> on_lost = {};
    // What falls due is another's to drive, save what was begun here and waited for its turn.
    bool own_only = false;
  };
  Drivers(App& app, WallClock& wall, Options options);
  ~Drivers() override;
  Drivers(const Drivers&) = delete;
  Drivers& operator=(const Drivers&) = delete;

  // Journals the start of a run and begins to drive it. Errors: those of Engine::create;
  // unavailable while this process is leaving.
  awaitable<Result<Created>> start(StartRun start);
  // There is something for the run: it is driven on, unless somebody does that already.
  void wake(const std::string& run_id, const std::string& tenant);
  // Takes up what an earlier process left: runs that are ready, orphaned or due.
  awaitable<void> take_up();
  // Cancels the run on its own time; what comes of it is in the run's journal.
  void cancel_later(std::string run_id, std::string tenant, std::string by);

  // Waits until the run has ended, or waits for somebody and is not driven any more, or until then.
  // Errors: not_found.
  awaitable<Result<RunRow>> settled(std::string run_id, Deadline until);

  // Told each time this process stops driving a run, for as long as this lives.
  class Watch {
   public:
    Watch(Drivers& drivers, const std::string& run_id, std::function<void()> on_rest);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Drivers& drivers_;
    std::multimap<std::string, std::function<void()>>::iterator place_;
  };

  std::size_t watchers(const std::string& run_id) const { return watches_.count(run_id); }

  bool is_active(const std::string& run_id) const;  // driven, or about to be
  std::vector<std::string> active() const;          // those that this drives, or is about to
  std::size_t driving() const { return turns_.taken(); }
  std::size_t waiting() const { return turns_.waiting(); }
  bool is_stopping() const { return stopping_; }

  // Waits until nothing is driven, nor waits to be. One at a time, and not beside stop().
  awaitable<void> rested();
  // Begins nothing more; lets what is driven end until then, then stops it: it can be resumed.
  awaitable<void> stop(Deadline patience);
  // Begins nothing more, and stops at once what is driven; what waits for its end is told.
  void cut();

  void on_due(std::string_view run_id, std::string_view tenant) override;
  void on_event(const Event&) override {}
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  struct Driven;
  class Beginning;
  void drive_on(const std::string& run_id, const std::string& tenant);
  bool is_held(const std::string& run_id) const;  // somebody else here drives it
  awaitable<void> drive(std::string run_id, std::string tenant);
  awaitable<void> cancel_now(std::string run_id, std::string tenant, std::string by);
  awaitable<void> wake_when_due();
  void wake_due();
  void after(const std::string& run_id, const std::string& tenant, const Driven& driven);
  void begin_next();
  void tell_rest(const std::string& run_id);
  void tell_lost(const std::string& run_id, const std::string& why) const;

  App& app_;
  WallClock& wall_;
  Options options_;
  bool stopping_ = false;
  Turns turns_;
  std::size_t promised_ = 0;      // places, to runs whose first call is journaled with their start
  std::size_t beginning_ = 0;     // runs whose start is being journaled
  std::set<std::string> queued_;  // begun here, and behind others of their session
  Signal begun_;                  // there is none of those any more
  std::set<std::string> again_;   // something came for them while they were driven
  std::multimap<Micros, Turns::Run> due_;
  Signal due_changed_;
  std::multimap<std::string, std::function<void()>> watches_;
  TaskGroup helpers_;
  TaskGroup runs_;  // last: they use what is above
};

// What a person is told of a run that was stopped or lost (Drivers::Options::on_lost).
std::string lost_text(const std::string& run_id, const std::string& why);

}  // namespace yoke
