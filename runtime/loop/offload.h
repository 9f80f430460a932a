#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/signal.h"

namespace yoke {

// Named threads for work that may block. Use it through offload().
//
// Threads:   post() from any thread.
// Errors:    Fault when the queue is full or the pool has stopped.
// Limits:    at most `jobs_max` jobs wait.
class Pool {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    virtual void run() noexcept = 0;
  };

  Pool(std::string name, std::size_t threads, std::size_t jobs_max = 10'000);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void post(std::unique_ptr<Job> job);
  std::size_t waiting() const;
  // Drops the jobs that wait and returns when those that run have ended; for good.
  void stop();

 private:
  void work();

  const std::string name_;
  const std::size_t jobs_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> jobs_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

class LoopDoor;

namespace detail {

// How a pool thread wakes a coroutine: works once, and does nothing when the loop has gone.
class Waker {
 public:
  // On the loop thread.
  Waker(const asio::any_io_executor& executor, const std::shared_ptr<Signal>& signal);
  void wake();  // from any thread

 private:
  std::shared_ptr<LoopDoor> door_;  // shared with the loop, which shuts it when it is destroyed
  std::weak_ptr<Signal> signal_;    // owned by the waiting coroutine
};

template <class R>
struct Offloaded {  // shared by the job and the coroutine that waits for it
  using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
  std::optional<Value> value;
  std::exception_ptr failure;
  std::atomic<bool> abandoned = false;
};

template <class F, class R>
class OffloadJob final : public Pool::Job {
 public:
  OffloadJob(F job, std::shared_ptr<Offloaded<R>> result, Waker waker)
      : job_(std::move(job)), result_(std::move(result)), waker_(std::move(waker)) {}

  void run() noexcept override {
    if (result_->abandoned.load(std::memory_order_relaxed)) return;
    try {
      if constexpr (std::is_void_v<R>) {
        (*job_)();
        result_->value.emplace();
      } else {
        result_->value.emplace((*job_)());
      }
    } catch (...) {
      result_->failure = std::current_exception();
    }
    job_.reset();  // what the job owns goes before its result is seen
    waker_.wake();
  }

 private:
  std::optional<F> job_;
  std::shared_ptr<Offloaded<R>> result_;
  Waker waker_;
};

// Marks the job as unwanted when the coroutine that waits for it goes, however it goes.
template <class R>
struct Abandon {
  std::shared_ptr<Offloaded<R>> result;
  ~Abandon() { result->abandoned.store(true, std::memory_order_relaxed); }
};

}  // namespace detail

// Runs `job` on the pool; its result or exception comes back on the loop.
// Ownership: the job owns what it needs: it may still run when the caller has gone.
// Cancelled: throws at once; a job that has not started is dropped, the result of one that runs
// too.
template <class F>
awaitable<std::invoke_result_t<F&>> offload(Pool& pool, F job) {
  using R = std::invoke_result_t<F&>;
  const auto executor = co_await asio::this_coro::executor;
  const auto done = std::make_shared<Signal>();
  const auto result = std::make_shared<detail::Offloaded<R>>();
  const detail::Abandon<R> abandon{result};
  pool.post(std::make_unique<detail::OffloadJob<F, R>>(std::move(job), result,
                                                       detail::Waker(executor, done)));
  co_await done->wait();
  if (result->failure) std::rethrow_exception(std::exchange(result->failure, nullptr));
  if constexpr (!std::is_void_v<R>) co_return std::move(*result->value);
}

}  // namespace yoke
