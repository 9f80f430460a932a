#pragma once

#include "models/routes/asking.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// Two requests for one answer: the second goes out when the first has not begun to answer in time.
// Whichever begins first is the answer's; the other one is cancelled and settled as estimated.
//
// Ownership: borrows `asking`, the lanes and `extra`; all outlive run().
class Race {
 public:
  Race(Asking& asking, Lane& first, Lane& second, ShareBucket& extra);

  // The second request is taken from `extra`; with none left there, none is made.
  // The winner's outcome; the first one's failure when it fails before the second was asked; with
  // both failed, the one that failed last. Cancelled: cancels both, and throws when both have
  // ended.
  awaitable<ModelOutcome> run(const ModelRequest& request, Deadline hedge_at);
  // Whether the outcome is the second's: it won, or both have failed.
  bool second_stands() const { return second_.started && winner_ != &first_; }

 private:
  struct Side {
    Lane& lane;
    bool started = false;
    bool ended = false;
    ModelOutcome outcome = ModelFailure{};
  };
  awaitable<void> drive(Side& side, ModelRequest request);
  awaitable<void> wait(Deadline until);
  void on_delta(Side& side, const Delta& delta);
  bool is_over() const;
  bool is_due(Deadline hedge_at);

  Asking& asking_;
  ShareBucket& extra_;  // of second requests
  Side first_;
  Side second_;
  Side* winner_ = nullptr;
  Side* last_ended_ = nullptr;
  bool asked_for_second_ = false;
  Signal changed_;
};

}  // namespace yoke
