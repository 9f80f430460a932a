#include "runtime/loop/offload.h"

#include <pthread.h>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>

#include "runtime/base/result.h"

namespace yoke {

Pool::Pool(std::string name, std::size_t threads, std::size_t jobs_max)
    : name_(std::move(name)), jobs_max_(jobs_max) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    // The kernel keeps 15 characters of a thread's name.
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
}

Pool::~Pool() { stop(); }

void Pool::post(std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) throw Fault("the pool '" + name_ + "' has stopped");
    if (jobs_.size() >= jobs_max_) throw Fault("the pool '" + name_ + "' is full");
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

std::size_t Pool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void Pool::stop() {
  std::deque<std::unique_ptr<Job>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(jobs_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Pool::work() {
  while (true) {
    std::unique_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job->run();
  }
}

namespace detail {

// The one way from another thread to a loop: open while the loop exists.
class LoopDoor {
 public:
  explicit LoopDoor(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  template <class F>
  void post(F work) {
    const std::lock_guard lock(mutex_);
    if (executor_) asio::post(executor_, std::move(work));
  }

  void shut() {
    const std::lock_guard lock(mutex_);
    executor_ = asio::any_io_executor();
  }

 private:
  std::mutex mutex_;
  asio::any_io_executor executor_;
};

namespace {

// Asio tells its services when the loop is destroyed; this one shuts the door then.
class DoorService final : public asio::execution_context::service {
 public:
  using key_type = DoorService;
  inline static asio::execution_context::id id;

  explicit DoorService(asio::execution_context& context) : service(context) {}

  const std::shared_ptr<LoopDoor>& door(const asio::any_io_executor& executor) {
    if (!door_) door_ = std::make_shared<LoopDoor>(executor);
    return door_;
  }

 private:
  void shutdown() override {
    if (door_) door_->shut();
  }

  std::shared_ptr<LoopDoor> door_;  // shared with the wakers on their way
};

}  // namespace

Waker::Waker(const asio::any_io_executor& executor, const std::shared_ptr<Signal>& signal)
    : signal_(signal) {
  auto& context = asio::query(executor, asio::execution::context);
  door_ = asio::use_service<DoorService>(context).door(executor);
}

void Waker::wake() {
  auto notify = [signal = std::move(signal_)] {
    if (const auto waiting = signal.lock()) waiting->notify();
  };
  door_->post(std::move(notify));
}

}  // namespace detail
}  // namespace yoke
