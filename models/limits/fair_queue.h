#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <utility>

namespace yoke {

// A queue in which each tenant gets an equal share, however much it asks for: the next one out is
// the oldest entry of the tenant that was served least. A tenant that comes back from idleness
// starts level with the one served least, so nobody saves up a claim.
//
// An entry is taken out through the place that push() gave, which stays valid until then.
template <class T>
class FairQueue {
 private:
  struct Entry {
    std::string tenant;
    std::int64_t weight = 1;
    T item;
  };
  struct Tenant {
    std::int64_t served = 0;
    std::list<Entry> entries;
  };

 public:
  using Place = typename std::list<Entry>::iterator;

  // `weight` is what serving the item costs: requests, or tokens.
  Place push(const std::string& tenant, std::int64_t weight, T item) {
    const auto [row, is_new] = tenants_.try_emplace(tenant);
    if (is_new) row->second.served = level_;
    row->second.entries.push_back(
        Entry{tenant, std::max<std::int64_t>(weight, 1), std::move(item)});
    ++size_;
    return std::prev(row->second.entries.end());
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // The next one out. Not empty.
  T& front() { return next()->second.entries.front().item; }

  // Counts the next one as served and takes it out.
  void pop() {
    const auto row = next();
    level_ = row->second.served;
    row->second.served += row->second.entries.front().weight;
    erase(row->second.entries.begin());
  }

  // Takes one out that is served no more.
  void erase(Place place) {
    const auto row = tenants_.find(place->tenant);
    row->second.entries.erase(place);
    --size_;
    if (size_ == 0) {
      tenants_.clear();
      level_ = 0;
    }
    forget_the_idle();
  }

 private:
  using Tenants = std::map<std::string, Tenant>;

  typename Tenants::iterator next() {
    auto best = tenants_.end();
    for (auto row = tenants_.begin(); row != tenants_.end(); ++row) {
      if (row->second.entries.empty()) continue;
      if (best == tenants_.end() || row->second.served < best->second.served) best = row;
    }
    return best;
  }

  // A tenant with nothing queued is kept only as long as it is ahead of the others.
  void forget_the_idle() {
    std::erase_if(tenants_, [this](const auto& row) {
      return row.second.entries.empty() && row.second.served <= level_;
    });
  }

  Tenants tenants_;
  std::size_t size_ = 0;
  std::int64_t level_ = 0;  // what the one served last had been served before
};

}  // namespace yoke
