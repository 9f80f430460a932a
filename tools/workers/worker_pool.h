#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/loop/clock.h"
#include "runtime/loop/signal.h"
#include "sandbox/worker/turns.h"
#include "tools/script_place.h"
#include "tools/workers/worker_process.h"
#include "tools/workers/zygote_client.h"

namespace yoke {

struct WorkerPoolOptions {
  std::string program = "/proc/self/exe";  // its main() calls run_if_zygote() first
  std::size_t workers_max = 32;  // in all; strangers' scripts leave some for the project's own
  std::size_t workers_per_domain_max = 2;    // as many as there are processors, at least
  std::size_t calls_per_worker_max = 64;     // more wait for their turn, fairly by run
  std::size_t resting_per_worker_max = 512;  // durable scripts that wait, beside those
  std::int64_t worker_memory_bytes_max = 1LL << 30;
  int strangers_nice = 10;                         // how far their workers stand back
  std::chrono::seconds idle_max{60};               // a stranger's worker is then let go
  std::chrono::milliseconds blocking_max{10'000};  // define() and layers() wait no longer
  WorkerGrace grace;
};

// Runs Lua in worker processes, each behind a jail (sandbox/jail). Scripts share a worker when they
// share a trust domain: a tenant's own scripts are one, each file of a stranger is one for each
// tenant. A worker never changes its domain; one that has ended is replaced.
//
// Ownership: the sessions it opened go before it, or fail when it goes.
// Threads:   loop thread only; one that lives as long as this.
// Errors:    denied: a stranger's script where the kernel filters no system calls; unavailable:
//            no process can be had.
class WorkerPool final : public ScriptPlace {
 public:
  // Returns at once; the first worker is on its way. Errors: unavailable.
  static Result<std::unique_ptr<WorkerPool>> start(const asio::any_io_executor& executor,
                                                   WorkerPoolOptions options);
  WorkerPool(const asio::any_io_executor& executor, WorkerPoolOptions options);
  ~WorkerPool() override;

  // The operator says so, and is told what it means.
  void admit_strangers_without_seccomp() { strangers_without_seccomp_ = true; }

  Result<std::vector<sandbox::Definition>> define(const ScriptSource& source,
                                                  const sandbox::Quota& quota) override;
  awaitable<Result<std::unique_ptr<ScriptSession>>> open(SessionOrder order) override;

  // What a worker is shut in by. Waits for the first one.
  Result<sandbox::Layers> layers();

  // Whether a script finds a worker, as far as is known without waiting. Where the last try at one
  // failed, the next is begun here, so that who asks again learns how that went. Errors:
  // unavailable, with why.
  Result<void> check();

  struct Stats {
    std::size_t workers = 0;  // with the spare one
    bool spare = false;       // there is one
    std::size_t calls = 0;
    std::size_t waiting = 0;  // for their turn
    std::size_t lost = 0;     // since the start, without those that were let go
  };
  Stats stats() const;

 private:
  using Worker = std::shared_ptr<WorkerProcess>;
  struct Domain {
    bool is_stranger = false;
    std::vector<Worker> workers;
    sandbox::Turns turns;  // of those that wait
    std::map<std::uint32_t, Signal*> waiting;
    std::chrono::steady_clock::time_point used;
  };
  class Turn;

  Result<void> start_zygote();
  void keep_a_spare();  // where there is room for one
  void need_a_spare();  // lets an idle worker go for it
  void on_spawned(Spawned process);
  void on_ended(pid_t pid, ProcessEnd how);
  void on_zygote_lost();

  Domain& domain_of(const ScriptSource& source, const std::string& tenant);
  Worker pick(Domain& domain);
  Worker take_spare(Domain& domain);
  bool may_grow(const Domain& domain) const;
  enum class Whose : std::uint8_t { anyone, strangers };
  bool make_room(Whose whose);
  Result<void> check_layers(const WorkerProcess& worker, const Domain& domain) const;
  const std::string& key_of(const std::shared_ptr<const ScriptSource>& source);

  void changed();  // something may be possible now that was not
  void sweep();
  void let_go_of_idle();
  void arm();
  void turn_blocking();
  Result<Worker> pick_blocking(Domain& domain);

  const asio::any_io_executor executor_;
  const WorkerPoolOptions options_;
  const std::shared_ptr<WorkerPool*> self_;  // shared with callbacks, which may outlive the pool
  std::map<std::string, Domain> domains_;
  std::map<pid_t, Worker> workers_;
  Worker spare_;
  bool strangers_without_seccomp_ = false;
  bool spare_ordered_ = false;
  bool spawn_failed_ = false;  // not tried again until somebody asks
  bool sweep_posted_ = false;
  bool armed_ = false;
  std::uint32_t last_turn_ = 0;
  std::size_t lost_ = 0;
  int spares_lost_ = 0;  // one after the other, before any was of use
  int zygotes_lost_ = 0;
  bool zygote_lost_ = false;
  std::string problem_;  // why no process can be had
  struct Known {
    std::weak_ptr<const ScriptSource> source;
    std::string key;
  };
  std::map<const ScriptSource*, Known> keys_;  // a source's hash is computed once
  Timer timer_;
  std::unique_ptr<ZygoteClient> zygote_;
};

}  // namespace yoke
