#include "tools/workers/worker_pool.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <system_error>
#include <thread>
#include <utility>

namespace yoke {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{50};
// Spares that end before they are of use: the next would fare no better.
constexpr int kSparesLostMax = 3;
constexpr int kZygotesMax = 10;
constexpr std::size_t kKeysMax = 1'024;
// Whose worker reads a file that no run has asked for yet.
constexpr const char* kDefaultTenant = "local";

std::string domain_name(const ScriptSource& source, const std::string& tenant) {
  if (source.origin == ScriptOrigin::stranger) return "stranger " + hash_of(source) + " " + tenant;
  return "own " + tenant;
}

}  // namespace

// A place in the line of a domain, given up when this goes.
class WorkerPool::Turn {
 public:
  Turn(std::shared_ptr<WorkerPool*> pool, Domain& domain, std::uint32_t id, std::string group)
      : pool_(std::move(pool)), domain_(domain), id_(id), group_(std::move(group)) {}
  ~Turn() {
    if (*pool_ == nullptr) return;  // its domains went with it
    domain_.turns.remove(id_);
    domain_.waiting.erase(id_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  awaitable<void> wait() {
    domain_.turns.push(id_, group_, false);
    domain_.waiting[id_] = &come_;
    co_await come_.wait();
  }

 private:
  const std::shared_ptr<WorkerPool*> pool_;
  Domain& domain_;
  const std::uint32_t id_;
  const std::string group_;
  Signal come_;
};

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(const asio::any_io_executor& executor,
                                                      WorkerPoolOptions options) {
  const std::size_t processors = std::thread::hardware_concurrency();
  options.workers_per_domain_max = std::max(options.workers_per_domain_max, processors);
  auto pool = std::make_unique<WorkerPool>(executor, std::move(options));
  if (Result<void> started = pool->start_zygote(); !started) return started.error();
  pool->keep_a_spare();
  return pool;
}

WorkerPool::WorkerPool(const asio::any_io_executor& executor, WorkerPoolOptions options)
    : executor_(executor),
      options_(std::move(options)),
      self_(std::make_shared<WorkerPool*>(this)),
      timer_(executor) {}

WorkerPool::~WorkerPool() {
  *self_ = nullptr;
  for (const auto& [pid, worker] : workers_) worker->end("ended with its host");
}

Result<void> WorkerPool::start_zygote() {
  if (zygotes_lost_ > kZygotesMax) {
    return Error{Errc::unavailable, "the process that scripts run under has ended " +
                                        std::to_string(zygotes_lost_) + " times: " + problem_};
  }
  ZygoteClient::Events events;
  events.spawned = [this](Spawned process) { on_spawned(std::move(process)); };
  events.not_spawned = [this](std::uint32_t, int error) {
    spare_ordered_ = false;
    spawn_failed_ = true;
    problem_ = "no process for a script can be had: " + std::generic_category().message(error);
    changed();
  };
  events.ended = [this](pid_t pid, ProcessEnd how) { on_ended(pid, how); };
  events.lost = [this] { on_zygote_lost(); };
  Result<std::unique_ptr<ZygoteClient>> zygote =
      ZygoteClient::start(executor_, options_.program, std::move(events));
  if (!zygote) return zygote.error();
  zygote_ = std::move(*zygote);
  zygote_lost_ = false;
  return {};
}

void WorkerPool::keep_a_spare() {
  if (spare_ != nullptr || spare_ordered_ || spawn_failed_) return;
  if (workers_.size() >= options_.workers_max) return;
  if (zygote_lost_) {
    if (const Result<void> started = start_zygote(); !started) {
      problem_ = started.error().detail;
      return;
    }
  }
  sandbox::SpawnOrder order;
  order.memory_bytes_max = options_.worker_memory_bytes_max;
  spare_ordered_ = zygote_->order(order);
}

void WorkerPool::need_a_spare() {
  const bool full = workers_.size() >= options_.workers_max;
  const bool may_order = spare_ == nullptr && !spare_ordered_ && !spawn_failed_;
  if (full && may_order) make_room(Whose::anyone);
  keep_a_spare();
}

void WorkerPool::on_spawned(Spawned process) {
  spare_ordered_ = false;
  const pid_t pid = process.pid;
  auto on_change = [self = self_] {
    if (*self != nullptr) (*self)->changed();
  };
  spare_ = std::make_shared<WorkerProcess>(executor_, std::move(process), options_.grace,
                                           std::move(on_change));
  workers_[pid] = spare_;
  arm();
}

void WorkerPool::on_ended(pid_t pid, ProcessEnd how) {
  const auto found = workers_.find(pid);
  if (found == workers_.end()) return;  // it was let go
  const Worker worker = found->second;
  worker->ended(how);
  changed();
}

void WorkerPool::on_zygote_lost() {
  zygote_lost_ = true;
  ++zygotes_lost_;
  spare_ordered_ = false;
  problem_ = "the process that scripts run under has ended";
  for (const auto& [pid, worker] : workers_) worker->end("ended with the process it came from");
  changed();
}

WorkerPool::Domain& WorkerPool::domain_of(const ScriptSource& source, const std::string& tenant) {
  Domain& domain = domains_[domain_name(source, tenant)];
  domain.is_stranger = source.origin == ScriptOrigin::stranger;
  domain.used = SteadyClock::now();
  return domain;
}

// The worker for one more call: one that computes nothing, else a new one while the domain may have
// more, else the least busy. Null: none yet.
WorkerPool::Worker WorkerPool::pick(Domain& domain) {
  Worker best;
  for (const Worker& worker : domain.workers) {
    if (worker->state() != WorkerProcess::State::ready) continue;
    if (worker->calls() - worker->resting() >= options_.calls_per_worker_max) continue;
    if (worker->resting() >= options_.resting_per_worker_max) continue;
    if (best == nullptr || worker->computing() < best->computing()) best = worker;
  }
  bool grows = may_grow(domain);
  if (!grows && domain.workers.empty()) grows = make_room(Whose::strangers);
  if (best != nullptr && (best->computing() == 0 || !grows)) return best;
  if (Worker fresh = grows ? take_spare(domain) : nullptr) return fresh;
  return best;
}

// However many strangers' scripts there are, the project's own find a worker.
bool WorkerPool::may_grow(const Domain& domain) const {
  if (domain.workers.size() >= options_.workers_per_domain_max) return false;
  if (!domain.is_stranger) return true;
  std::size_t theirs = 0;
  for (const auto& [name, each] : domains_) theirs += each.is_stranger ? each.workers.size() : 0;
  const std::size_t kept = std::min(options_.workers_per_domain_max, options_.workers_max / 2);
  return theirs + kept < options_.workers_max;
}

WorkerPool::Worker WorkerPool::take_spare(Domain& domain) {
  need_a_spare();
  if (spare_ == nullptr || spare_->state() != WorkerProcess::State::ready) return nullptr;
  Worker worker = std::exchange(spare_, nullptr);
  spares_lost_ = 0;
  if (domain.is_stranger) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(worker->pid()), options_.strangers_nice);
  }
  domain.workers.push_back(worker);
  keep_a_spare();
  return worker;
}

// Lets a worker go that has nothing to do, the longest unused domain's first.
bool WorkerPool::make_room(Whose whose) {
  Domain* oldest = nullptr;
  for (auto& [name, domain] : domains_) {
    if (whose == Whose::strangers && !domain.is_stranger) continue;
    if (!domain.waiting.empty()) continue;  // it is about to be used
    const bool idle = std::any_of(domain.workers.begin(), domain.workers.end(),
                                  [](const Worker& worker) { return worker->calls() == 0; });
    if (idle && (oldest == nullptr || domain.used < oldest->used)) oldest = &domain;
  }
  if (oldest == nullptr) return false;
  const auto idle = std::find_if(oldest->workers.begin(), oldest->workers.end(),
                                 [](const Worker& worker) { return worker->calls() == 0; });
  workers_.erase((*idle)->pid());
  oldest->workers.erase(idle);
  return true;
}

Result<void> WorkerPool::check_layers(const WorkerProcess& worker, const Domain& domain) const {
  if (!domain.is_stranger || worker.layers().seccomp || strangers_without_seccomp_) {
    return {};
  }
  return Error{Errc::denied,
               "this system does not filter a worker's system calls (seccomp), so a stranger's "
               "script is not run; 'yoke doctor' says more, and [sandbox] "
               "strangers_without_seccomp = true in yoke.toml runs it all the same"};
}

const std::string& WorkerPool::key_of(const std::shared_ptr<const ScriptSource>& source) {
  const auto found = keys_.find(source.get());
  if (found != keys_.end() && found->second.source.lock() == source) return found->second.key;
  if (keys_.size() >= kKeysMax) keys_.clear();
  Known& known = keys_[source.get()];
  known.source = source;
  known.key = hash_of(*source) + " " + source->name;
  return known.key;
}

void WorkerPool::changed() {
  if (std::exchange(sweep_posted_, true)) return;
  asio::post(executor_, [self = self_] {
    if (*self != nullptr) (*self)->sweep();
  });
}

// What has ended is forgotten, and those that wait are told that there may be room.
void WorkerPool::sweep() {
  sweep_posted_ = false;
  const auto is_lost = [](const Worker& worker) {
    return worker->state() == WorkerProcess::State::lost;
  };
  if (spare_ != nullptr && is_lost(spare_)) {
    spawn_failed_ = ++spares_lost_ >= kSparesLostMax;
    problem_ = "a process for scripts " + spare_->loss();
    spare_ = nullptr;
  }
  for (auto& [name, domain] : domains_) std::erase_if(domain.workers, is_lost);
  lost_ += std::erase_if(workers_, [&](const auto& entry) { return is_lost(entry.second); });
  keep_a_spare();
  for (auto& [name, domain] : domains_) {
    if (domain.waiting.empty()) continue;
    if (pick(domain) == nullptr && !(spare_ == nullptr && !spare_ordered_)) continue;
    if (const std::optional<std::uint32_t> next = domain.turns.pop()) {
      domain.waiting.at(*next)->notify();
    }
  }
  arm();
}

void WorkerPool::let_go_of_idle() {
  const auto now = SteadyClock::now();
  for (auto entry = domains_.begin(); entry != domains_.end();) {
    Domain& domain = entry->second;
    if (domain.is_stranger && now - domain.used >= options_.idle_max) {
      std::erase_if(domain.workers, [&](const Worker& worker) {
        return worker->calls() == 0 && workers_.erase(worker->pid()) == 1;
      });
    }
    const bool gone = domain.workers.empty() && domain.waiting.empty();
    entry = gone && domain.is_stranger ? domains_.erase(entry) : std::next(entry);
  }
}

// Looks at the workers every so often while one of them is busy, and later at those that are idle.
void WorkerPool::arm() {
  if (armed_) return;
  const bool busy = std::any_of(workers_.begin(), workers_.end(),
                                [](const auto& entry) { return entry.second->is_busy(); });
  const bool strangers = std::any_of(domains_.begin(), domains_.end(),
                                     [](const auto& entry) { return entry.second.is_stranger; });
  if (!busy && !strangers) return;
  armed_ = true;
  timer_.expires_after(busy ? std::chrono::nanoseconds(kLookEvery)
                            : std::chrono::nanoseconds(options_.idle_max));
  timer_.async_wait([self = self_](const boost::system::error_code& failed) {
    if (failed || *self == nullptr) return;
    WorkerPool& pool = **self;
    pool.armed_ = false;
    for (const auto& [pid, worker] : pool.workers_) worker->look();
    pool.let_go_of_idle();
    pool.arm();
  });
}

awaitable<Result<std::unique_ptr<ScriptSession>>> WorkerPool::open(SessionOrder order) {
  Domain& domain = domain_of(*order.source, order.tenant);
  Worker worker = domain.turns.empty() ? pick(domain) : nullptr;
  if (worker == nullptr) {
    Turn turn(self_, domain, ++last_turn_, order.run_id);
    spawn_failed_ = false;  // it may have been for a moment
    while (worker == nullptr) {
      need_a_spare();
      const bool stuck = spare_ == nullptr && !spare_ordered_ && domain.workers.empty() &&
                         workers_.size() < options_.workers_max;
      if (stuck) co_return Error{Errc::unavailable, problem_};
      co_await turn.wait();
      worker = pick(domain);
    }
    changed();  // there may be room for the next one too
  }
  if (Result<void> checked = check_layers(*worker, domain); !checked) co_return checked.error();
  const std::string key = key_of(order.source);
  std::unique_ptr<ScriptSession> session = WorkerProcess::open(worker, std::move(order), key);
  arm();
  co_return session;
}

// One round of what the loop would do, for those who cannot wait on it.
void WorkerPool::turn_blocking() {
  std::vector<pollfd> sources{pollfd{zygote_->socket(), POLLIN, 0}};
  std::vector<Worker> workers;
  for (const auto& [pid, worker] : workers_) {
    const int wanted = worker->has_more_to_send() ? POLLIN | POLLOUT : POLLIN;
    sources.push_back(pollfd{worker->socket(), static_cast<short>(wanted), 0});
    workers.push_back(worker);
  }
  ::poll(sources.data(), sources.size(), static_cast<int>(kLookEvery.count()));
  for (const Worker& worker : workers) {
    worker->pump();
    worker->flush();
    worker->look();
  }
  if (!zygote_lost_) zygote_->pump();
  sweep();
}

Result<WorkerPool::Worker> WorkerPool::pick_blocking(Domain& domain) {
  const auto give_up = SteadyClock::now() + options_.blocking_max;
  spawn_failed_ = false;
  while (SteadyClock::now() < give_up) {
    if (Worker worker = pick(domain)) return worker;
    need_a_spare();
    if (spare_ == nullptr && !spare_ordered_) break;
    if (domain.workers.empty() && !may_grow(domain)) break;
    turn_blocking();
  }
  return Error{Errc::unavailable,
               problem_.empty() ? "no process for a script was ready in time" : problem_};
}

Result<std::vector<sandbox::Definition>> WorkerPool::define(const ScriptSource& source,
                                                            const sandbox::Quota& quota) {
  Domain& domain = domain_of(source, kDefaultTenant);
  const Result<Worker> worker = pick_blocking(domain);
  if (!worker) return worker.error();
  if (Result<void> checked = check_layers(**worker, domain); !checked) return checked.error();
  const std::string key = hash_of(source) + " " + source.name;
  const std::uint32_t call = (*worker)->begin_define(source, key, quota);
  const auto give_up = SteadyClock::now() + options_.blocking_max;
  for (;;) {
    if (SteadyClock::now() > give_up) (*worker)->end("did not read it in time");
    if (auto definitions = (*worker)->take_definitions(call)) return std::move(*definitions);
    turn_blocking();
  }
}

Result<sandbox::Layers> WorkerPool::layers() {
  const auto give_up = SteadyClock::now() + options_.blocking_max;
  while (SteadyClock::now() < give_up) {
    for (const auto& [pid, worker] : workers_) {
      if (worker->state() == WorkerProcess::State::ready) return worker->layers();
    }
    keep_a_spare();
    if (spare_ == nullptr && !spare_ordered_) break;
    turn_blocking();
  }
  return Error{Errc::unavailable,
               problem_.empty() ? "no process for a script was ready in time" : problem_};
}

Result<void> WorkerPool::check() {
  const bool ready = std::any_of(workers_.begin(), workers_.end(), [](const auto& entry) {
    return entry.second->state() == WorkerProcess::State::ready;
  });
  if (ready) return {};
  const std::string why = problem_;  // of the last try
  spawn_failed_ = false;
  keep_a_spare();
  const bool first_is_coming = why.empty() && (spare_ != nullptr || spare_ordered_);
  if (first_is_coming) return {};
  return Error{Errc::unavailable, problem_.empty() ? "there is no process for scripts" : problem_};
}

WorkerPool::Stats WorkerPool::stats() const {
  Stats stats;
  stats.workers = workers_.size();
  stats.spare = spare_ != nullptr;
  stats.lost = lost_;
  for (const auto& [pid, worker] : workers_) stats.calls += worker->calls();
  for (const auto& [name, domain] : domains_) stats.waiting += domain.waiting.size();
  return stats;
}

}  // namespace yoke
