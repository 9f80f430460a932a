#include "runtime/loop/offload.h"

#include "runtime/base/result.h"
#include "runtime/loop/loop_door.h"

namespace yoke {

Pool::Pool(std::string name, std::size_t threads, std::size_t jobs_max)
    : name_(std::move(name)), jobs_max_(jobs_max) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    name_thread(threads_.back(), name_);
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

Waker::Waker(const asio::any_io_executor& executor, const std::shared_ptr<Signal>& signal)
    : door_(loop_door(executor)), signal_(signal) {}

void Waker::wake() {
  auto notify = [signal = std::move(signal_)] {
    if (const auto waiting = signal.lock()) waiting->notify();
  };
  door_->post(std::move(notify));
}

}  // namespace detail
}  // namespace yoke
