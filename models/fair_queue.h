#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace yoke {

// Who comes next when several tenants wait for the same thing: each gets an equal share of the
// weight that is served, however many requests it has queued (start-time fair queueing). Among
// equals, and within a tenant, first come is first served. A tenant that was away has saved nothing
// up, and none that waits is passed over for ever.
//
// Limits: unbounded; whoever pushes watches size() and refuses.
class FairQueue {
 public:
  using Ticket = std::uint64_t;  // chosen by the caller; later ones are larger

  void push(Ticket ticket, const std::string& tenant, std::int64_t weight);
  std::optional<Ticket> pop();
  std::optional<Ticket> front() const;  // what pop() would give
  bool remove(Ticket ticket);           // false: it does not wait here; costs its tenant nothing

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::optional<Ticket> oldest() const;  // the lowest ticket that waits

  // The weight that would be served before a newcomer of this tenant.
  std::int64_t weight_ahead(const std::string& tenant) const;

 private:
  struct Waiter {
    Ticket ticket;
    std::int64_t weight;
  };
  struct Tenant {
    std::deque<Waiter> waiting;
    std::int64_t start = 0;  // virtual time at which its first waiter is due
  };
  using Tenants = std::map<std::string, Tenant>;

  Tenants::const_iterator next() const;
  void forget_those_level();

  Tenants tenants_;
  std::int64_t now_ = 0;  // virtual time: the start of what was served last
  std::size_t size_ = 0;
};

}  // namespace yoke
