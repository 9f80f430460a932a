#include "hosts/hook/turns.h"

#include "runtime/base/ensure.h"

namespace yoke {

bool Turns::add(Run run) {
  if (!known_.insert(run.id).second) return false;
  tenants_[run.tenant].waiting.push_back(std::move(run.id));
  return true;
}

std::optional<Turns::Run> Turns::take(std::size_t promised) {
  if (taken_.size() + promised >= at_once_) return std::nullopt;
  std::map<std::string, Tenant>::iterator next = tenants_.end();
  for (auto each = tenants_.begin(); each != tenants_.end(); ++each) {
    if (each->second.waiting.empty()) continue;
    const bool fewer = next == tenants_.end() || each->second.taken < next->second.taken;
    const bool longer = next != tenants_.end() && each->second.taken == next->second.taken &&
                        each->second.last_turn < next->second.last_turn;
    if (fewer || longer) next = each;
  }
  if (next == tenants_.end()) return std::nullopt;
  Run run{std::move(next->second.waiting.front()), next->first};
  next->second.waiting.pop_front();
  next->second.taken += 1;
  next->second.last_turn = ++turn_;
  taken_.insert(run.id);
  return run;
}

bool Turns::take_promised(const Run& run) {
  if (!known_.insert(run.id).second) return false;
  Tenant& tenant = tenants_[run.tenant];
  tenant.taken += 1;
  tenant.last_turn = ++turn_;
  taken_.insert(run.id);
  return true;
}

void Turns::give_back(const Run& run) {
  ENSURE(taken_.erase(run.id) == 1);
  known_.erase(run.id);
  const auto tenant = tenants_.find(run.tenant);
  ENSURE(tenant != tenants_.end());
  tenant->second.taken -= 1;
  if (tenant->second.taken == 0 && tenant->second.waiting.empty()) tenants_.erase(tenant);
}

void Turns::drop_waiting() {
  for (auto tenant = tenants_.begin(); tenant != tenants_.end();) {
    for (const std::string& id : tenant->second.waiting) known_.erase(id);
    tenant->second.waiting.clear();
    tenant = tenant->second.taken == 0 ? tenants_.erase(tenant) : std::next(tenant);
  }
}

}  // namespace yoke
