#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/journal/event.h"
#include "runtime/ports/tool.h"
#include "tests/sim/chance.h"
#include "tests/support/node.h"

namespace yoke::sim {

// All that the runs act upon, and that outlives every process: who asked for what, which effects
// took place. It knows the rules of the house and notes each breach.
class Outside {
 public:
  Outside(std::uint64_t seed, std::shared_ptr<MemoryDisk> disk);

  // A request that has reached the world. Cut off before its end (a crash, a deadline), the effect
  // may still land or be lost.
  class Visit {
   public:
    Visit(Outside& world, ToolRequest request, Effect effect);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    void take_place();             // the effect happens, now
    void end(std::int64_t epoch);  // the process that opened the disk so has its answer

   private:
    Outside& world_;
    const ToolRequest request_;
    const Effect effect_;
    bool took_place_ = false;
    bool ended_ = false;
  };

  // A call is about to start in the process that opened the disk as `epoch`.
  void check_start(const ToolRequest& request, Effect effect, std::int64_t epoch);
  ProbeOutcome::Answer probe(const std::string& key);
  // What an idempotent request under this key is answered, now and ever.
  Json remembered(const std::string& key, const Json& value);

  // Whether who a row of the outbox is for takes it this time.
  bool takes(const OutboxRow& row);
  void delivered(const OutboxRow& row);
  // Everything that is on the disk was delivered, and each lane in its order.
  void check_delivered();

  // An event was told to a listener of a process.
  void heard(const Event& event);
  // Everything that was told is still there. Called after each crash and at the end.
  void check_heard();
  void check_effects();
  // How often a call that takes effect once did so.
  int effects_of(const std::string& run_id, const std::string& call_id) const;
  bool took_effect(const std::string& key) const;
  int repeats_of(const std::string& run_id, const std::string& call_id) const;
  // Each call with an effect that came back since the process began has its outcome on the disk.
  void check_returned();
  void forget_returned() { returned_.clear(); }  // the process is gone before it could store them
  void check_budgets();

  void breach(std::string what);
  const std::vector<std::string>& breaches() const { return breaches_; }

  // Shows each record of the run's journal as it lies on the disk, its parent's part included.
  using Look = std::function<void(const Record&)>;
  void each_record(const std::string& run_id, std::int64_t upto, const Look& look) const;
  std::vector<Record> records_of(const std::string& run_id) const;
  const MemoryDisk::Run* run(const std::string& run_id) const;
  const MemoryDisk& disk() const { return *disk_; }

  int scripts_begun = 0;  // from their start
  int given_up = 0;       // wants of scripts
  int repeated_once = 0;  // with a person's leave
  int settled_again = 0;  // rows of the outbox that could not be settled at first

 private:
  using CallKey = std::pair<std::string, std::string>;  // run, call

  void once_effect(const ToolRequest& request);
  int repeats_allowed(const CallKey& key) const;

  Chance chance_;
  const std::shared_ptr<MemoryDisk> disk_;  // shared with the nodes
  std::map<CallKey, int> once_;             // effects
  std::map<std::string, int> by_key_;       // effects
  std::map<std::string, int> visiting_;     // by key: requests under way
  std::map<std::string, Json> answers_;
  std::set<CallKey> returned_;
  std::map<std::string, std::vector<std::int64_t>> delivered_;  // by lane: the events, each once
  std::map<std::pair<std::string, std::int64_t>, Hash> heard_;
  std::vector<std::string> breaches_;
};

}  // namespace yoke::sim
