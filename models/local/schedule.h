#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/fair_queue.h"
#include "runtime/loop/clock.h"

namespace yoke::local {

// What is known of one local server before it runs.
struct ServerRules {
  std::string name;
  int slots = 1;                  // requests that it answers at a time
  std::int64_t memory_bytes = 0;  // that it takes up while it is loaded; 0: not counted
  std::optional<std::chrono::milliseconds> idle_unload = {};
  bool always_in = false;  // it runs without us: there is nothing to load or unload
};

struct ScheduleRules {
  std::optional<std::int64_t> memory_bytes;  // all loaded servers together; none: no limit
  // A busy server is emptied when others have waited this long, and it was there this long.
  std::chrono::milliseconds patience{15'000};
};

// Which request goes to a local server next, and which servers are loaded: a fair share for every
// tenant of a server's slots, and never more loaded than the memory takes. Events in, acts out; no
// clock, no I/O.
//
// A server is loaded when something waits for it. When the memory does not suffice, idle ones are
// unloaded, the longest idle first; when that does not suffice either and the oldest waiter has
// waited for `patience`, servers that are busy get nothing new until they are empty, those loaded
// longest first; but none before it was loaded for `patience`, so that each serves somebody. The
// server that has been out and waited for longest always comes first: none waits for ever.
//
// Limits: a server that is loading, or being unloaded, counts as loaded.
class Schedule {
 public:
  using Time = LoopClock::time_point;
  using Ticket = FairQueue::Ticket;

  struct Grant {  // this request may be sent
    Ticket ticket;
  };
  struct Load {
    std::string server;
  };
  struct Unload {
    std::string server;
  };
  using Act = std::variant<Grant, Load, Unload>;

  enum class Residence : std::uint8_t { out, loading, in, leaving };

  // Every server's own memory is within the limit: the caller has checked it.
  Schedule(std::vector<ServerRules> servers, ScheduleRules rules);

  Ticket ask(const std::string& server, const std::string& tenant, std::int64_t tokens, Time now);
  // The server is loaded if there is room, or idle ones can make it: who asks how long it would
  // take may go elsewhere this time, and is to find it there the next.
  void wish(const std::string& server);
  // Given up before it was granted, or given back after. True: it was granted.
  bool finish(Ticket ticket, Time now);

  void loaded(const std::string& server, Time now);  // it answers
  void lost(const std::string& server, Time now);    // it died and is being started again
  void left(const std::string& server, Time now);    // it has gone, and its memory is free
  void set_slots(const std::string& server, int slots);
  // Nothing waits for the server any more; each ticket is still to be finished.
  std::vector<Ticket> withdraw_all(const std::string& server);

  // What is to be done now; each act is given once.
  std::vector<Act> next(Time now);
  // When next() may have more to say although nothing happens; none: never.
  std::optional<Time> wake(Time now) const;

  // About how long a request would wait that came now; none: nothing is known to tell by.
  std::optional<std::chrono::milliseconds> expected_wait(const std::string& server,
                                                         const std::string& tenant, Time now) const;

  struct Look {
    Residence residence = Residence::out;
    int busy = 0;
    int slots = 1;
    std::size_t waiting = 0;
  };
  Look look(const std::string& server) const;
  std::int64_t memory_in_use() const;

 private:
  struct Server {
    ServerRules rules;
    FairQueue queue = {};
    Residence residence = Residence::out;
    int busy = 0;
    bool wished = false;
    bool draining = false;  // gets nothing new: another server needs its memory
    Time loading_since = {};
    Time loaded_at = {};
    Time out_since = {};
    Time idle_since = {};
    std::optional<double> ms_per_token = {};  // of requests that ended, smoothed
    std::optional<double> load_ms = {};
  };
  struct Request {
    std::string server;
    std::int64_t tokens = 0;
    Time asked;
    std::optional<Time> granted = {};
  };

  Server& at(const std::string& name);
  const Server& at(const std::string& name) const;
  bool is_idle(const Server& server) const;
  std::vector<Server*> needy();
  Time waiting_since(const Server& server) const;
  std::int64_t leaving_bytes() const;
  std::vector<Server*> idle_ones();
  std::vector<Server*> busy_ones(Time now);
  void unload(Server& server, std::vector<Act>& acts);
  bool make_room(Server& wanted, bool patient, Time now, std::vector<Act>& acts);
  void load(Server& server, Time now, std::vector<Act>& acts);
  void load_what_is_needed(Time now, std::vector<Act>& acts);
  void unload_the_idle(Time now, std::vector<Act>& acts);
  void grant(Server& server, Time now, std::vector<Act>& acts);

  ScheduleRules rules_;
  std::map<std::string, Server> servers_;
  std::map<Ticket, Request> requests_;
  Ticket last_ticket_ = 0;
};

std::string_view name_of(Schedule::Residence residence);

}  // namespace yoke::local
