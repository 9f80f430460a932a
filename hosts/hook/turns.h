#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace yoke {

// Whose run is driven next when there is room for one: of the tenants that have runs waiting, one
// of which fewest are driven; within a tenant, the oldest. So a tenant that starts thousands delays
// another's first by no more than one end of a run. Pure.
class Turns {
 public:
  struct Run {
    std::string id;
    std::string tenant;
  };
  explicit Turns(std::size_t at_once) : at_once_(at_once) {}

  bool add(Run run);  // false: it waits or is driven already
  // None: nothing waits, or there is no room beside the places that are promised to others.
  std::optional<Run> take(std::size_t promised = 0);
  // A run that a place was promised to takes it. False: it waits or is driven already.
  bool take_promised(const Run& run);
  void give_back(const Run& run);
  void drop_waiting();

  std::vector<std::string> all() const { return {known_.begin(), known_.end()}; }
  // Whether one more place may be promised: a run that is added then is taken at once.
  bool has_room_for_one_more(std::size_t promised) const {
    return waiting() == 0 && taken() + promised < at_once_;
  }
  bool has(const std::string& run_id) const { return known_.contains(run_id); }
  bool has_taken(const std::string& run_id) const { return taken_.contains(run_id); }
  std::size_t taken() const { return taken_.size(); }
  std::size_t waiting() const { return known_.size() - taken_.size(); }

 private:
  struct Tenant {
    std::deque<std::string> waiting;
    std::size_t taken = 0;
    std::uint64_t last_turn = 0;  // when it last got one: ties go to who waited longest
  };
  const std::size_t at_once_;
  std::uint64_t turn_ = 0;
  std::map<std::string, Tenant> tenants_;  // with runs that wait or are driven
  std::set<std::string> known_;
  std::set<std::string> taken_;
};

}  // namespace yoke
