#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hosts/hook/hook_log.h"
#include "hosts/hook/schedules/schedule.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/signal.h"
#include "runtime/store/store.h"

namespace yoke {

// How a schedule stands.
struct ScheduleState {
  std::string rule;      // rule_stamp() of what it was handled by
  Micros handled = 0;    // times up to here are done with
  Micros last_at = 0;    // the time its last run was started for; 0: none yet
  std::string last_run;  // empty: it could not be started
  std::string last_error;
};
Json to_json(const ScheduleState& state);
ScheduleState schedule_state_from_json(const Json& value);

// Starts runs by the clock. The times it is done with are kept in the store, so that what passes
// while no host is there is known to be missed; each start has a key of its own, so that none is
// made twice, whatever crashes and wherever the wall clock is put.
//
// Ownership: borrows everything; run() is joined before it goes.
// Threads:   loop thread only.
class Scheduler {
 public:
  // Starts the run of a schedule for that time. Errors: unavailable while the process is leaving,
  // which is tried again by the next one; others are kept with the schedule.
  using Start = std::function<awaitable<Result<std::string>>(Schedule schedule, std::string key)>;
  struct Parts {
    Store& store;
    WallClock& wall;
    Start start;
    HookLog log = {};
  };
  // `from_file`: those of yoke.toml, checked.
  Scheduler(Parts parts, std::vector<Schedule> from_file);

  // Reads what is kept; once, before anything else.
  awaitable<void> load();
  // Until it is cancelled, or a start says that the process is leaving. Errors: StoreFault.
  awaitable<void> run();

  using Key = std::pair<std::string, std::string>;  // tenant, name
  struct Entry {
    Schedule schedule;
    ScheduleState state;
  };
  // As they stand, for lists.
  std::vector<Entry> list(const std::string& tenant) const;

  // Makes or replaces one by API; whoever wrote the one before stays among its authors. Errors:
  // conflict (yoke.toml has one of that name), exhausted (too many).
  awaitable<Result<void>> put(Schedule schedule);
  // Errors: not_found, conflict (it is yoke.toml's).
  awaitable<Result<void>> remove(std::string tenant, std::string name);

 private:
  awaitable<void> load_tenant(std::string tenant);
  awaitable<void> handle(Key key);
  awaitable<bool> start_one(Entry& entry, Micros due);
  awaitable<void> keep(Key key, ScheduleState state);
  Micros next_look(Micros now) const;
  const Schedule* of_file(const std::string& tenant, const std::string& name) const;

  Parts parts_;
  const std::vector<Schedule> from_file_;
  std::map<Key, Entry> entries_;
  bool loaded_ = false;
  bool stopping_ = false;
  Signal changed_;
};

// Where the schedules of a tenant are kept: "schedule/NAME" as they were made by API, "state/NAME".
std::string schedules_space(const std::string& tenant);

}  // namespace yoke
