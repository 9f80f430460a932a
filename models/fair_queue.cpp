#include "models/fair_queue.h"

#include <algorithm>

#include "runtime/base/saturating.h"

namespace yoke {

void FairQueue::push(Ticket ticket, const std::string& tenant, std::int64_t weight) {
  Tenant& of = tenants_[tenant];
  if (of.waiting.empty()) of.start = std::max(of.start, now_);
  of.waiting.push_back(Waiter{ticket, std::max<std::int64_t>(weight, 1)});
  ++size_;
}

FairQueue::Tenants::const_iterator FairQueue::next() const {
  auto best = tenants_.end();
  for (auto it = tenants_.begin(); it != tenants_.end(); ++it) {
    const Tenant& one = it->second;
    if (one.waiting.empty()) continue;
    const bool earlier = best == tenants_.end() || one.start < best->second.start ||
                         (one.start == best->second.start &&
                          one.waiting.front().ticket < best->second.waiting.front().ticket);
    if (earlier) best = it;
  }
  return best;
}

std::optional<FairQueue::Ticket> FairQueue::pop() {
  const auto found = next();
  if (found == tenants_.end()) return std::nullopt;
  Tenant& of = tenants_.find(found->first)->second;
  const Waiter first = of.waiting.front();
  of.waiting.pop_front();
  --size_;
  now_ = of.start;
  of.start = saturating_add(of.start, first.weight);
  forget_those_level();
  return first.ticket;
}

std::optional<FairQueue::Ticket> FairQueue::front() const {
  const auto found = next();
  if (found == tenants_.end()) return std::nullopt;
  return found->second.waiting.front().ticket;
}

bool FairQueue::remove(Ticket ticket) {
  for (auto& [name, tenant] : tenants_) {
    const auto found =
        std::find_if(tenant.waiting.begin(), tenant.waiting.end(),
                     [ticket](const Waiter& waiter) { return waiter.ticket == ticket; });
    if (found == tenant.waiting.end()) continue;
    tenant.waiting.erase(found);
    --size_;
    forget_those_level();
    return true;
  }
  return false;
}

// A tenant that nothing waits for and that is owed nothing is like one never seen. When nobody
// waits at all, all begin afresh: there is nobody left whom the past could wrong.
void FairQueue::forget_those_level() {
  if (size_ == 0) {
    tenants_.clear();
    now_ = 0;
    return;
  }
  std::erase_if(tenants_, [this](const auto& entry) {
    return entry.second.waiting.empty() && entry.second.start <= now_;
  });
}

std::optional<FairQueue::Ticket> FairQueue::oldest() const {
  std::optional<Ticket> lowest;
  for (const auto& [name, tenant] : tenants_) {
    for (const Waiter& waiter : tenant.waiting) {
      if (!lowest || waiter.ticket < *lowest) lowest = waiter.ticket;
    }
  }
  return lowest;
}

std::int64_t FairQueue::weight_ahead(const std::string& tenant) const {
  std::int64_t own = 0;
  std::int64_t due = now_;  // when the newcomer's turn would begin
  if (const auto found = tenants_.find(tenant); found != tenants_.end()) {
    for (const Waiter& waiter : found->second.waiting) own = saturating_add(own, waiter.weight);
    due = std::max(due, found->second.start);
  }
  due = saturating_add(due, own);
  std::int64_t ahead = own;
  for (const auto& [name, other] : tenants_) {
    if (name == tenant) continue;
    std::int64_t start = other.start;
    for (const Waiter& waiter : other.waiting) {
      if (start > due) break;
      ahead = saturating_add(ahead, waiter.weight);
      start = saturating_add(start, waiter.weight);
    }
  }
  return ahead;
}

}  // namespace yoke
