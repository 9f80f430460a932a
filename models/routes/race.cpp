#include "models/routes/race.h"

#include "runtime/loop/deadline.h"

namespace yoke {

Race::Race(Asking& asking, Lane& first, Lane& second, ShareBucket& extra)
    : asking_(asking), extra_(extra), first_{first}, second_{second} {
  first.sink = [this](const Delta& delta) { on_delta(first_, delta); };
  second.sink = [this](const Delta& delta) { on_delta(second_, delta); };
}

void Race::on_delta(Side& side, const Delta& delta) {
  if (winner_ == nullptr) {
    winner_ = &side;
    changed_.notify();
  }
  if (winner_ == &side) asking_.buffer().take(delta, LoopClock::now());
}

awaitable<void> Race::drive(Side& side, ModelRequest request) {
  side.started = true;
  std::exception_ptr thrown;
  try {
    auto asked = asking_.ask(side.lane, std::move(request));
    side.outcome = co_await std::move(asked);
  } catch (...) {
    thrown = std::current_exception();
  }
  side.ended = true;
  last_ended_ = &side;
  const bool answered = !thrown && std::holds_alternative<ModelReply>(side.outcome);
  if (answered && winner_ == nullptr) winner_ = &side;
  changed_.notify();
  if (thrown) std::rethrow_exception(thrown);
}

awaitable<void> Race::wait(Deadline until) {
  auto waiting = changed_.wait();
  try {
    co_await with_deadline(until, std::move(waiting));
  } catch (const DeadlineExceeded&) {
    // it is time for the second request
  }
}

bool Race::is_over() const {
  if (winner_ != nullptr) return true;
  return first_.ended && (!second_.started || second_.ended);
}

bool Race::is_due(Deadline hedge_at) {
  if (second_.started || asked_for_second_ || LoopClock::now() < hedge_at) return false;
  asked_for_second_ = true;
  return extra_.take();
}

awaitable<ModelOutcome> Race::run(const ModelRequest& request, Deadline hedge_at) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup firsts(executor);
  TaskGroup seconds(executor);
  std::exception_ptr stopped;
  try {
    firsts.spawn(drive(first_, request));
    while (!is_over()) {
      if (is_due(hedge_at)) seconds.spawn(drive(second_, request));
      auto waiting = wait(LoopClock::now() < hedge_at ? hedge_at : kNoDeadline);
      if (!is_over()) co_await std::move(waiting);
    }
    if (winner_ == &first_) seconds.cancel();
    if (winner_ == &second_) firsts.cancel();
    while (winner_ != nullptr && !winner_->ended) {
      auto waiting = wait(kNoDeadline);
      co_await std::move(waiting);
    }
  } catch (...) {
    stopped = std::current_exception();
  }
  if (stopped) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    firsts.cancel();
    seconds.cancel();
  }
  for (TaskGroup* group : {&firsts, &seconds}) {  // both end here, whatever becomes of one
    try {
      auto all = group->join();
      co_await std::move(all);
    } catch (...) {
      if (!stopped) stopped = std::current_exception();
    }
    if (stopped) seconds.cancel();
  }
  if (stopped) std::rethrow_exception(stopped);
  Side& best = winner_ != nullptr ? *winner_ : *last_ended_;
  co_return std::move(best.outcome);
}

}  // namespace yoke
