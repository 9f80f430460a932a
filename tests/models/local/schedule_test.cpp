#include "models/local/schedule.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "runtime/base/id.h"

namespace yoke::local {
namespace {

using namespace std::chrono_literals;
using Residence = Schedule::Residence;
using Ticket = Schedule::Ticket;

ServerRules server(const std::string& name, int slots, std::int64_t memory = 0) {
  ServerRules rules;
  rules.name = name;
  rules.slots = slots;
  rules.memory_bytes = memory;
  return rules;
}

// What the acts of one moment come to, in words: "load a", "unload a", "grant 3".
std::vector<std::string> words(const std::vector<Schedule::Act>& acts) {
  std::vector<std::string> out;
  for (const Schedule::Act& act : acts) {
    if (const auto* grant = std::get_if<Schedule::Grant>(&act)) {
      out.push_back("grant " + std::to_string(grant->ticket));
    } else if (const auto* load = std::get_if<Schedule::Load>(&act)) {
      out.push_back("load " + load->server);
    } else {
      out.push_back("unload " + std::get<Schedule::Unload>(act).server);
    }
  }
  return out;
}

using Words = std::vector<std::string>;

struct Desk {
  Desk(std::vector<ServerRules> servers, ScheduleRules rules = {})
      : schedule(std::move(servers), rules) {}

  Words next() { return words(schedule.next(now)); }
  Ticket ask(const std::string& name, const std::string& tenant = "t") {
    return schedule.ask(name, tenant, 100, now);
  }
  void load(const std::string& name) {
    schedule.loaded(name, now);
    now += 1ms;
  }

  Schedule schedule;
  Schedule::Time now{1h};
};

ScheduleRules memory_of(std::int64_t bytes) {
  ScheduleRules rules;
  rules.memory_bytes = bytes;
  return rules;
}

}  // namespace

TEST_CASE("a server is loaded for its first request, and lets as many through as it has slots") {
  Desk desk({server("a", 2)});
  CHECK(desk.next().empty());
  for (int request = 0; request < 3; ++request) desk.ask("a");
  CHECK(desk.next() == Words{"load a"});
  CHECK(desk.next().empty());
  desk.load("a");
  CHECK(desk.next() == Words{"grant 1", "grant 2"});
  CHECK(desk.schedule.finish(1, desk.now));
  CHECK(desk.next() == Words{"grant 3"});
}

TEST_CASE("a slot learned late counts at once") {
  Desk desk({server("a", 1)});
  for (int request = 0; request < 3; ++request) desk.ask("a");
  desk.next();
  desk.load("a");
  CHECK(desk.next() == Words{"grant 1"});
  desk.schedule.set_slots("a", 4);
  CHECK(desk.next() == Words{"grant 2", "grant 3"});
}

TEST_CASE("the longest idle server makes room for the one that is wanted") {
  Desk desk({server("a", 1, 4), server("b", 1, 4), server("c", 1, 4)}, memory_of(8));
  for (const char* name : {"a", "b"}) {
    const Ticket ticket = desk.ask(name);
    desk.next();
    desk.load(name);
    desk.next();
    desk.schedule.finish(ticket, desk.now);
    desk.now += 1s;
  }
  desk.ask("c");
  CHECK(desk.next() == Words{"unload a"});
  CHECK(desk.next().empty());
  CHECK(desk.schedule.memory_in_use() == 8);
  desk.schedule.left("a", desk.now);
  CHECK(desk.next() == Words{"load c"});
}

TEST_CASE("idle servers are not unloaded when that would not make room") {
  Desk desk({server("a", 1, 4), server("b", 1, 4), server("c", 1, 8)}, memory_of(8));
  desk.ask("a");
  const Ticket done = desk.ask("b");
  desk.next();
  desk.load("a");
  desk.load("b");
  desk.next();
  desk.schedule.finish(done, desk.now);
  desk.ask("c");
  CHECK(desk.next().empty());
}

TEST_CASE("a busy server is emptied when another has been waited for too long") {
  Desk desk({server("a", 1, 8), server("b", 1, 8)}, memory_of(8));
  const Ticket first = desk.ask("a");
  desk.next();
  desk.load("a");
  CHECK(desk.next() == Words{"grant 1"});
  desk.ask("a");
  const Ticket other = desk.ask("b");
  CHECK(desk.next().empty());
  const auto patience_ends = desk.schedule.wake(desk.now);
  REQUIRE(patience_ends);
  desk.now = *patience_ends + 1ms;
  CHECK(desk.next().empty());  // the request under way is not cut off
  desk.schedule.finish(first, desk.now);
  CHECK(desk.next() == Words{"unload a"});
  desk.schedule.left("a", desk.now);
  CHECK(desk.next() == Words{"load b"});
  desk.load("b");
  CHECK(desk.next() == Words{"grant " + std::to_string(other)});
}

TEST_CASE("a server is not emptied before it has served for a while, however long it loads") {
  Desk desk({server("a", 1, 8), server("b", 1, 8)}, memory_of(8));
  const Ticket first = desk.ask("a");
  const Ticket other = desk.ask("b");
  CHECK(desk.next() == Words{"load a"});
  desk.now += 60s;  // b's patience ended long ago
  desk.load("a");
  CHECK(desk.next() == Words{"grant " + std::to_string(first)});
  desk.schedule.finish(first, desk.now);
  const Ticket again = desk.ask("a");
  CHECK(desk.next() == Words{"grant " + std::to_string(again)});
  desk.now += 15s;
  desk.schedule.finish(again, desk.now);
  desk.ask("a");
  CHECK(desk.next() == Words{"unload a"});
  desk.schedule.left("a", desk.now);
  CHECK(desk.next() == Words{"load b"});
  desk.now += 60s;
  desk.load("b");
  CHECK(desk.next() == Words{"grant " + std::to_string(other)});
}

TEST_CASE("a server that is emptied for somebody who then gives up goes on") {
  Desk desk({server("a", 1, 8), server("b", 1, 8)}, memory_of(8));
  const Ticket first = desk.ask("a");
  desk.next();
  desk.load("a");
  desk.next();
  const Ticket second = desk.ask("a");
  const Ticket other = desk.ask("b");
  desk.now += 15s;
  CHECK(desk.next().empty());
  CHECK_FALSE(desk.schedule.finish(other, desk.now));
  desk.schedule.finish(first, desk.now);
  CHECK(desk.next() == Words{"grant " + std::to_string(second)});
}

TEST_CASE("a wish loads a server where there is room, and drives nobody out that works") {
  Desk desk({server("a", 1, 8), server("b", 1, 8)}, memory_of(8));
  desk.schedule.wish("a");
  CHECK(desk.next() == Words{"load a"});
  desk.load("a");
  CHECK(desk.next().empty());
  const Ticket ticket = desk.ask("a");
  desk.next();
  desk.schedule.wish("b");
  desk.now += 1h;
  CHECK(desk.next().empty());
  desk.schedule.finish(ticket, desk.now);
  CHECK(desk.next().empty());  // it was forgotten
  desk.schedule.wish("b");
  CHECK(desk.next() == Words{"unload a"});
  desk.schedule.left("a", desk.now);
  CHECK(desk.next() == Words{"load b"});
}

TEST_CASE("an idle server is unloaded after the time that was set for it") {
  ServerRules rules = server("a", 1);
  rules.idle_unload = 10min;
  Desk desk({rules});
  const Ticket ticket = desk.ask("a");
  desk.next();
  desk.load("a");
  desk.next();
  desk.now += 1h;
  CHECK(desk.next().empty());  // it is busy
  desk.schedule.finish(ticket, desk.now);
  const auto due = desk.schedule.wake(desk.now);
  REQUIRE(due);
  CHECK(*due == desk.now + 10min);
  desk.now = *due;
  CHECK(desk.next() == Words{"unload a"});
}

TEST_CASE("a server that died gets nothing until it is back, and keeps its memory") {
  Desk desk({server("a", 1, 4)}, memory_of(4));
  const Ticket ticket = desk.ask("a");
  desk.next();
  desk.load("a");
  desk.next();
  desk.schedule.lost("a", desk.now);
  desk.schedule.finish(ticket, desk.now);
  const Ticket again = desk.ask("a");
  CHECK(desk.next().empty());
  CHECK(desk.schedule.memory_in_use() == 4);
  desk.load("a");
  CHECK(desk.next() == Words{"grant " + std::to_string(again)});
}

TEST_CASE("the expected wait follows from what calls and loads have taken") {
  Desk desk({server("a", 1)});
  CHECK_FALSE(desk.schedule.expected_wait("a", "t", desk.now));
  Ticket ticket = desk.ask("a");
  desk.next();
  desk.now += 20s;
  desk.schedule.loaded("a", desk.now);
  CHECK(desk.next() == Words{"grant 1"});
  CHECK_FALSE(desk.schedule.expected_wait("a", "t", desk.now));
  desk.now += 10s;
  desk.schedule.finish(ticket, desk.now);
  CHECK(desk.schedule.expected_wait("a", "t", desk.now) == 0ms);
  desk.ask("a");
  desk.next();
  desk.now += 4s;
  CHECK(desk.schedule.expected_wait("a", "t", desk.now) == 6s);
  desk.ask("a");
  CHECK(desk.schedule.expected_wait("a", "t", desk.now) == 16s);
  desk.schedule.lost("a", desk.now);
  CHECK(desk.schedule.expected_wait("a", "t", desk.now) == 36s);
}

namespace {

// Random servers, tenants, calls, crashes and cancellations; the rules are checked at every step.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), schedule_(servers(), rules()) {}

  void run(int steps) {
    for (int at = 0; at < steps; ++at) {
      stir();
      act();
      check();
      now_ += std::chrono::milliseconds(below(200));
    }
    while (!live_.empty()) {  // nothing new comes: all that waits must come to its end
      REQUIRE(++settling_ < 20'000);
      settle();
      act();
      check();
      now_ += 100ms;
    }
    for (const char* name : {"a", "b", "c", "d"}) {
      CHECK(schedule_.look(name).busy == 0);
      CHECK(schedule_.look(name).waiting == 0);
    }
  }

  std::map<std::string, int> served;
  Schedule::Time::duration longest{0};

 private:
  struct Live {
    std::string server;
    std::string tenant;
    Schedule::Time asked;
    bool granted = false;
    Schedule::Time ends = {};
  };

  static std::vector<ServerRules> servers() {
    std::vector<ServerRules> all{server("a", 2, 6), server("b", 1, 5), server("c", 3, 4),
                                 server("d", 1, 10)};
    all[2].idle_unload = 3s;
    return all;
  }
  static ScheduleRules rules() {
    ScheduleRules rules = memory_of(10);
    rules.patience = 5s;
    return rules;
  }
  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

  void stir() {
    const std::string name(1, "abcd"[below(4)]);
    if (below(3) == 0) {
      // One tenant asks four times as often as the others.
      const std::string tenant = below(2) == 0 ? "loud" : "quiet" + std::to_string(below(2));
      const auto tokens = static_cast<std::int64_t>(10 + below(500));
      live_[schedule_.ask(name, tenant, tokens, now_)] = Live{name, tenant, now_};
    }
    if (!live_.empty() && below(20) == 0) {  // somebody gives up, granted or not
      auto victim = live_.begin();
      std::advance(victim, below(live_.size()));
      CHECK(schedule_.finish(victim->first, now_) == victim->second.granted);
      live_.erase(victim);
    }
    if (below(50) == 0 && schedule_.look(name).residence == Residence::in) {
      schedule_.lost(name, now_);
      loading_[name] = now_ + 500ms;
    }
    settle();
  }

  // What takes its time and is over.
  void settle() {
    for (auto it = live_.begin(); it != live_.end();) {
      const bool over = it->second.granted && it->second.ends <= now_;
      if (over) {
        schedule_.finish(it->first, now_);
        ++served[it->second.tenant];
      }
      it = over ? live_.erase(it) : std::next(it);
    }
    std::erase_if(loading_, [&](const auto& entry) {
      if (entry.second > now_) return false;
      schedule_.loaded(entry.first, now_);
      return true;
    });
    std::erase_if(leaving_, [&](const auto& entry) {
      if (entry.second > now_) return false;
      schedule_.left(entry.first, now_);
      return true;
    });
  }

  void act() {
    for (const Schedule::Act& act : schedule_.next(now_)) {
      if (const auto* grant = std::get_if<Schedule::Grant>(&act)) {
        Live& one = live_.at(grant->ticket);
        REQUIRE_FALSE(one.granted);
        one.granted = true;
        one.ends = now_ + std::chrono::milliseconds(50 + below(800));
        longest = std::max(longest, now_ - one.asked);
      } else if (const auto* load = std::get_if<Schedule::Load>(&act)) {
        loading_[load->server] = now_ + std::chrono::milliseconds(below(1'000));
      } else {
        const std::string& name = std::get<Schedule::Unload>(act).server;
        REQUIRE(schedule_.look(name).busy == 0);
        leaving_[name] = now_ + std::chrono::milliseconds(below(300));
      }
    }
  }

  void check() {
    REQUIRE(schedule_.memory_in_use() <= 10);
    for (const char* name : {"a", "b", "c", "d"}) {
      const Schedule::Look look = schedule_.look(name);
      const auto granted = std::count_if(live_.begin(), live_.end(), [&](const auto& entry) {
        return entry.second.server == name && entry.second.granted;
      });
      REQUIRE(look.busy == granted);
      REQUIRE(look.busy <= look.slots);
    }
  }

  SeededRandom random_;
  Schedule schedule_;
  Schedule::Time now_{1h};
  std::map<Ticket, Live> live_;
  std::map<std::string, Schedule::Time> loading_;
  std::map<std::string, Schedule::Time> leaving_;
  int settling_ = 0;
};

}  // namespace

TEST_CASE("memory stays within its limit and no permit is lost, whatever dies or gives up") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Simulation simulation(seed);
    simulation.run(1'500);
    for (const char* tenant : {"loud", "quiet0", "quiet1"}) CHECK(simulation.served[tenant] > 0);
  }
}

TEST_CASE("under a constant load each tenant and each server gets its share") {
  Desk desk({server("a", 1, 8), server("b", 1, 8)}, memory_of(8));
  std::map<std::string, int> served;
  Ticket running = 0;  // none
  std::map<Ticket, std::string> whose;
  const auto ask = [&](const std::string& name, const std::string& tenant) {
    whose[desk.ask(name, tenant)] = name + "/" + tenant;
  };
  for (int request = 0; request < 50; ++request) ask("a", "loud");
  for (const char* name : {"a", "b"}) ask(name, "quiet");
  for (int second = 0; second < 600; ++second) {
    if (running != 0) {
      desk.schedule.finish(running, desk.now);
      const std::string owner = whose.at(running);
      ++served[owner];
      ask(owner.substr(0, 1), owner.substr(2));  // each asks again when it was served
      running = 0;
    }
    for (int turn = 0; turn < 10; ++turn) {
      for (const Schedule::Act& act : desk.schedule.next(desk.now)) {
        if (const auto* grant = std::get_if<Schedule::Grant>(&act)) running = grant->ticket;
        if (const auto* load = std::get_if<Schedule::Load>(&act)) {
          desk.schedule.loaded(load->server, desk.now);
        }
        if (const auto* unload = std::get_if<Schedule::Unload>(&act)) {
          desk.schedule.left(unload->server, desk.now);
        }
      }
    }
    desk.now += 1s;
  }
  CHECK(std::abs(served["a/loud"] - served["a/quiet"]) <= 2);
  CHECK(served["a/loud"] + served["a/quiet"] > 200);
  CHECK(served["b/quiet"] > 200);
}

}  // namespace yoke::local
