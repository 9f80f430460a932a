#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "runtime/http/client.h"
#include "runtime/http/connection.h"
#include "runtime/loop/signal.h"

namespace yoke {

// How many connections there are to each origin, and which of them are idle.
//
// Threads:   loop thread only.
// Limits:    connections_per_origin_max, idle_per_origin_max, idle_total_max, idle_expiry.
class ConnectionPool {
 public:
  class Lease;

  ConnectionPool(const HttpClientOptions& options);

  // The right to one connection, kept or (when the lease is empty) to be made. Waits in line for
  // it. DeadlineExceeded: none came free in time.
  static awaitable<Lease> acquire(std::shared_ptr<ConnectionPool> pool, std::string key,
                                  Deadline deadline);
  void close_idle();
  void shut();  // no connection is kept from here on
  HttpClientStats stats() const;
  void count_repeat() { stats_.calls_repeated += 1; }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    Deadline expires;
  };
  struct Waiter;
  struct Origin {
    std::string key;
    std::size_t open = 0;
    std::deque<Idle> idle;  // the longest idle in front
    std::list<Waiter*> waiting;
  };

  Origin& origin(const std::string& key);
  std::unique_ptr<Connection> take_idle(Origin& origin);
  void give_back(Origin& origin, std::unique_ptr<Connection> connection);
  void give_up(Origin& origin);  // a connection of this origin is no more
  void drop_oldest_idle();
  void drop_expired();
  void forget_if_unused(Origin& origin);

  std::size_t connections_per_origin_max_;
  std::size_t idle_per_origin_max_;
  std::size_t idle_total_max_;
  std::chrono::milliseconds idle_expiry_;
  bool shut_ = false;
  Deadline next_sweep_;
  std::unordered_map<std::string, std::unique_ptr<Origin>> origins_;
  HttpClientStats stats_;
};

// One place among the connections to an origin; the connection in it is the caller's meanwhile.
// Goes back when the lease does, with the connection if keep() was called, else without.
class ConnectionPool::Lease {
 public:
  Lease() = default;
  // The pool is shared with its leases, for a call may end after its client.
  Lease(std::shared_ptr<ConnectionPool> pool, Origin& origin, std::unique_ptr<Connection> kept);
  ~Lease() { release(); }
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;

  Connection* connection() const { return connection_.get(); }
  void fill(std::unique_ptr<Connection> fresh);  // instead of the one that is there
  void discard() { connection_.reset(); }
  void keep() { keep_ = true; }
  void release();

 private:
  std::shared_ptr<ConnectionPool> pool_;
  Origin* origin_ = nullptr;
  std::unique_ptr<Connection> connection_;
  bool keep_ = false;
};

}  // namespace yoke
