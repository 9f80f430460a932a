#include "runtime/http/connection_pool.h"

#include <algorithm>

#include "runtime/loop/deadline.h"

namespace yoke {

// A call in line. Lives in the frame of acquire(); what it was granted and has not taken goes back.
struct ConnectionPool::Waiter {
  Waiter(std::shared_ptr<ConnectionPool> of, Origin& at)
      : pool(std::move(of)), origin(at), place(at.waiting.insert(at.waiting.end(), this)) {
    pool->stats_.calls_waiting += 1;
  }
  ~Waiter() {
    if (!granted) {
      origin.waiting.erase(place);
      pool->stats_.calls_waiting -= 1;
      pool->forget_if_unused(origin);
    } else if (!taken) {
      Lease unused(pool, origin, std::move(kept));
      if (unused.connection() != nullptr) unused.keep();
    }
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  void grant(std::unique_ptr<Connection> connection) {
    origin.waiting.erase(place);
    pool->stats_.calls_waiting -= 1;
    kept = std::move(connection);
    granted = true;
    signal.notify();
  }

  std::shared_ptr<ConnectionPool> pool;
  Origin& origin;
  std::list<Waiter*>::iterator place;
  Signal signal;
  std::unique_ptr<Connection> kept;
  bool granted = false;
  bool taken = false;
};

ConnectionPool::ConnectionPool(const HttpClientOptions& options)
    : connections_per_origin_max_(std::max<std::size_t>(options.connections_per_origin_max, 1)),
      idle_per_origin_max_(options.idle_per_origin_max),
      idle_total_max_(options.idle_total_max),
      idle_expiry_(options.idle_expiry) {}

ConnectionPool::Origin& ConnectionPool::origin(const std::string& key) {
  auto& place = origins_[key];
  if (!place) {
    place = std::make_unique<Origin>();
    place->key = key;
  }
  return *place;
}

awaitable<ConnectionPool::Lease> ConnectionPool::acquire(std::shared_ptr<ConnectionPool> pool,
                                                         std::string key, Deadline deadline) {
  pool->drop_expired();
  Origin& at = pool->origin(key);
  if (at.waiting.empty()) {
    std::unique_ptr<Connection> kept = pool->take_idle(at);
    if (kept || at.open < pool->connections_per_origin_max_) {
      if (!kept) {
        at.open += 1;
        pool->stats_.connections_open += 1;
      }
      co_return Lease(std::move(pool), at, std::move(kept));
    }
  }
  Waiter waiter(pool, at);
  auto granted = waiter.signal.wait();
  co_await with_deadline(deadline, std::move(granted));
  waiter.taken = true;
  co_return Lease(std::move(pool), waiter.origin, std::move(waiter.kept));
}

// The one used last: it is the least likely to have been closed by the peer.
std::unique_ptr<Connection> ConnectionPool::take_idle(Origin& at) {
  while (!at.idle.empty()) {
    Idle idle = std::move(at.idle.back());
    at.idle.pop_back();
    stats_.connections_idle -= 1;
    if (idle.expires > LoopClock::now() && idle.connection->is_quiet()) {
      stats_.connections_reused += 1;
      return std::move(idle.connection);
    }
    at.open -= 1;
    stats_.connections_open -= 1;
  }
  return nullptr;
}

void ConnectionPool::give_back(Origin& at, std::unique_ptr<Connection> connection) {
  connection->unwatch();
  if (shut_ || idle_per_origin_max_ == 0 || idle_total_max_ == 0) {
    connection.reset();
    return give_up(at);
  }
  if (!at.waiting.empty()) {
    stats_.connections_reused += 1;
    return at.waiting.front()->grant(std::move(connection));
  }
  Idle idle;
  idle.connection = std::move(connection);
  idle.expires = LoopClock::now() + idle_expiry_;
  at.idle.push_back(std::move(idle));
  stats_.connections_idle += 1;
  if (at.idle.size() > idle_per_origin_max_) {
    at.idle.pop_front();
    stats_.connections_idle -= 1;
    give_up(at);
  } else if (stats_.connections_idle > idle_total_max_) {
    drop_oldest_idle();
  }
}

void ConnectionPool::give_up(Origin& at) {
  if (!at.waiting.empty() && !shut_) return at.waiting.front()->grant(nullptr);
  at.open -= 1;
  stats_.connections_open -= 1;
  forget_if_unused(at);
}

void ConnectionPool::drop_oldest_idle() {
  Origin* oldest = nullptr;
  for (const auto& [key, at] : origins_) {
    if (at->idle.empty()) continue;
    if (oldest == nullptr || at->idle.front().expires < oldest->idle.front().expires) {
      oldest = at.get();
    }
  }
  if (oldest == nullptr) return;
  oldest->idle.pop_front();
  stats_.connections_idle -= 1;
  give_up(*oldest);
}

void ConnectionPool::drop_expired() {
  const Deadline now = LoopClock::now();
  if (now < next_sweep_) return;
  next_sweep_ = now + idle_expiry_ / 2;
  std::vector<Origin*> all;
  for (const auto& [key, at] : origins_) all.push_back(at.get());
  for (Origin* at : all) {
    std::size_t expired = 0;
    while (!at->idle.empty() && at->idle.front().expires <= now) {
      at->idle.pop_front();
      stats_.connections_idle -= 1;
      expired += 1;
    }
    for (; expired > 0; --expired) give_up(*at);
  }
}

void ConnectionPool::forget_if_unused(Origin& at) {
  if (at.open > 0 || !at.waiting.empty()) return;
  const auto place = origins_.find(at.key);
  if (place != origins_.end()) origins_.erase(place);
}

void ConnectionPool::close_idle() {
  while (stats_.connections_idle > 0) drop_oldest_idle();
}

void ConnectionPool::shut() {
  shut_ = true;
  close_idle();
}

HttpClientStats ConnectionPool::stats() const { return stats_; }

ConnectionPool::Lease::Lease(std::shared_ptr<ConnectionPool> pool, Origin& origin,
                             std::unique_ptr<Connection> kept)
    : pool_(std::move(pool)), origin_(&origin), connection_(std::move(kept)) {}

ConnectionPool::Lease::Lease(Lease&& other) noexcept { *this = std::move(other); }

ConnectionPool::Lease& ConnectionPool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  release();
  pool_ = std::move(other.pool_);
  origin_ = std::exchange(other.origin_, nullptr);
  connection_ = std::move(other.connection_);
  keep_ = other.keep_;
  return *this;
}

void ConnectionPool::Lease::fill(std::unique_ptr<Connection> fresh) {
  connection_ = std::move(fresh);
  keep_ = false;
  pool_->stats_.connections_made += 1;
}

void ConnectionPool::Lease::release() {
  if (!pool_) return;
  const std::shared_ptr<ConnectionPool> pool = std::move(pool_);
  pool_.reset();
  Origin& at = *std::exchange(origin_, nullptr);
  if (keep_ && connection_) {
    pool->give_back(at, std::move(connection_));
  } else {
    connection_.reset();
    pool->give_up(at);
  }
}

}  // namespace yoke
