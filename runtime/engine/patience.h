#pragma once

#include <algorithm>
#include <memory>

#include "runtime/loop/signal.h"
#include "runtime/ports/tool.h"

// Private to the engine.
namespace yoke {

// How long a call may still take; stands still while a person is asked.
class Patience {
 public:
  explicit Patience(Deadline until) : until_(until) {}

  // Stands still for as long as one lives.
  class Pause {
   public:
    explicit Pause(std::shared_ptr<Patience> of) : of_(std::move(of)) {
      if (of_->pauses_++ == 0) of_->since_ = LoopClock::now();
    }
    ~Pause() {
      if (--of_->pauses_ > 0) return;
      if (of_->until_ != kNoDeadline) of_->until_ += LoopClock::now() - of_->since_;
      of_->resumed_.notify();
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    const std::shared_ptr<Patience> of_;
  };

  // Returns once the time is up.
  awaitable<void> run_out();

 private:
  Deadline until_;
  LoopClock::time_point since_ = {};
  int pauses_ = 0;
  Signal resumed_;
};

// As with_deadline, for as long as the patience lasts.
awaitable<ToolOutcome> with_patience(std::shared_ptr<Patience> patience,
                                     awaitable<ToolOutcome> work);

}  // namespace yoke
