#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/loop_door.h"
#include "runtime/store/call.h"

namespace yoke::sqlite {

struct DeskTimes {
  std::chrono::milliseconds patience{50};  // how long patient calls wait for one that is not
  std::chrono::milliseconds idle_after{500};
};

// A thread with a queue before it. What has gathered while the thread was busy is one batch; a
// batch is answered with one message to the loop. Where calls of several lines of the loop have
// gathered (see FairTurns), a batch takes so many of each: whoever has hundreds waiting delays
// another's by those few, not by all of them.
//
// Threads: submit() on the loop thread; the session is used on the desk's own thread only.
// Ownership: borrows the session. Destroyed: works off all that was submitted first.
//
// Session: void work(std::vector<SharedCall<Session>>&), which never throws;
//          void tidy(), called after each batch has been answered;
//          void rest(), called once when nothing came for a while.
template <class Session>
class Desk {
 public:
  using Batch = std::vector<SharedCall<Session>>;
  static constexpr std::size_t kOfEach = 8;

  Desk(const asio::any_io_executor& executor, const char* name, Session& session,
       DeskTimes times = {}, bool gathers = true)
      : door_(loop_door(executor)), session_(session), times_(times), gathers_(gathers) {
    thread_ = std::thread([this] { serve(); });
    name_thread(thread_, name);
  }

  ~Desk() {
    queue_->hand_over(*turn_);
    queue_->stop();
    thread_.join();
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  void submit(SharedCall<Session> call) {
    turn_->push_back(std::move(call));
    if (!gathers_) return queue_->hand_over(*turn_);
    if (turn_->size() > 1) return;
    door_->post([turn = std::weak_ptr<Batch>(turn_), queue = queue_] {
      const std::shared_ptr<Batch> gathered = turn.lock();
      if (gathered) queue->hand_over(*gathered);
    });
  }

 private:
  using Clock = std::chrono::steady_clock;

  class Queue {
   public:
    void hand_over(Batch& turn) {
      if (turn.empty()) return;
      {
        const std::lock_guard lock(mutex_);
        for (SharedCall<Session>& call : turn) {
          if (!call->patient) urgent_ = true;
          waiting_.push_back(std::move(call));
        }
        if (!oldest_) oldest_ = Clock::now();
      }
      turn.clear();
      changed_.notify_one();
    }

    void stop() {
      {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
      }
      changed_.notify_one();
    }

    // Waits for a batch. Empty after `times.idle_after` without a call (if `may_rest`), or at the
    // end.
    Batch take(const DeskTimes& times, bool may_rest) {
      std::unique_lock lock(mutex_);
      const auto arrived = [this] { return stopped_ || !waiting_.empty(); };
      if (may_rest) changed_.wait_for(lock, times.idle_after, arrived);
      if (!may_rest) changed_.wait(lock, arrived);
      if (waiting_.empty()) return {};
      changed_.wait_until(lock, *oldest_ + times.patience, [this] { return stopped_ || urgent_; });
      Batch batch = next_batch();
      urgent_ = std::any_of(waiting_.begin(), waiting_.end(),
                            [](const SharedCall<Session>& call) { return !call->patient; });
      oldest_.reset();
      if (!waiting_.empty()) oldest_ = Clock::now();
      return batch;
    }

    bool at_end() {
      const std::lock_guard lock(mutex_);
      return stopped_ && waiting_.empty();
    }

   private:
    // In the order in which they came, of each line.
    Batch next_batch() {
      Batch batch;
      Batch later;
      std::unordered_map<const void*, std::size_t> of_line;
      for (SharedCall<Session>& call : waiting_) {
        const bool now = ++of_line[call->line] <= kOfEach;
        (now ? batch : later).push_back(std::move(call));
      }
      if (of_line.size() == 1) {
        batch.insert(batch.end(), std::move_iterator(later.begin()),
                     std::move_iterator(later.end()));
        later.clear();
      }
      waiting_ = std::move(later);
      return batch;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    Batch waiting_;
    std::optional<Clock::time_point> oldest_;  // when the first of `waiting_` came
    bool urgent_ = false;
    bool stopped_ = false;
  };

  void serve() {
    bool rested = true;
    while (!queue_->at_end()) {
      Batch batch = queue_->take(times_, !rested);
      if (batch.empty()) {
        if (!rested) session_.rest();
        rested = true;
        continue;
      }
      session_.work(batch);
      answer(std::move(batch));
      session_.tidy();
      rested = false;
    }
  }

  void answer(Batch batch) {
    door_->post([batch = std::move(batch)] {
      for (const SharedCall<Session>& call : batch) call->done.notify();
    });
  }

  const std::shared_ptr<LoopDoor> door_;  // shared with the loop, which shuts it when it goes
  Session& session_;
  const DeskTimes times_;
  const bool gathers_;  // what the loop submits in one turn arrives together; else each at once
  const std::shared_ptr<Batch> turn_ = std::make_shared<Batch>();   // shared with nobody: watched
  const std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();  // shared with a turn on its way
  std::thread thread_;
};

}  // namespace yoke::sqlite
