#include <algorithm>

#include "runtime/base/saturating.h"
#include "runtime/engine/driver.h"
#include "runtime/loop/deadline.h"

// What a driver does when a budget has no room for a model call. A call reserves the most that it
// may cost, and gives back what it does not come to: of many runs at once, most are refused only
// for the time being. They wait for calls in flight here, and for nothing else. A few are told at a
// time; each of them takes the room and tells the next few, or waits again because another's call
// is in flight, or ends and tells the next few: so whoever is told owes it to the others.
namespace yoke {
namespace {

constexpr int kWokenAtOnce = 4;

bool fits(const BudgetClaim& claim, const OpenCall& call, std::int64_t taken) {
  const std::int64_t amount = amount_of(claim.budget.unit, call.expected);
  return amount <= 0 || saturating_add(taken, amount) <= claim.cap;
}

}  // namespace

void Engine::wait_for_money(Driver& driver) {
  stop_waiting_for_money(driver);
  short_of_money_.push_back(&driver);
}

void Engine::stop_waiting_for_money(Driver& driver) { std::erase(short_of_money_, &driver); }

void Engine::money_freed() {
  for (int woken = 0; woken < kWokenAtOnce && !short_of_money_.empty(); ++woken) {
    Driver* driver = short_of_money_.front();
    short_of_money_.pop_front();
    driver->money_came();
  }
}

std::int64_t Engine::stuck_in(const BudgetKey& key, const std::vector<OpenCall>& calls) const {
  std::int64_t stuck = 0;
  for (const OpenCall& call : calls) {
    if (is_driving(call.expected.run_id)) continue;
    for (const BudgetClaim& claim : call.budgets) {
      if (claim.budget == key) stuck = saturating_add(stuck, amount_of(key.unit, call.expected));
    }
  }
  return stuck;
}

awaitable<bool> Driver::may_wait_for_money(std::vector<OpenCall> calls) {
  if (money_until_ && LoopClock::now() >= *money_until_) co_return false;
  // It waits before it asks: what is freed meanwhile is not missed.
  money_came_ = false;
  engine_.wait_for_money(*this);
  const std::uint64_t ended = engine_.drives_ended_;
  const std::vector<OpenCall> open = co_await engine_.services_.store.open_calls();
  bool room_now = true;
  bool room_to_come = true;
  for (const OpenCall& call : calls) {
    for (const BudgetClaim& claim : call.budgets) {
      BudgetKey key = claim.budget;
      const BudgetState state = co_await engine_.services_.store.budget(std::move(key));
      const std::int64_t stuck = engine_.stuck_in(claim.budget, open);
      room_now = room_now && fits(claim, call, saturating_add(state.settled, state.reserved));
      room_to_come = room_to_come && fits(claim, call, saturating_add(state.settled, stuck));
    }
  }
  // The open calls of a run that ended meanwhile were read too early: they are not stuck.
  const bool looks_again = !room_to_come && engine_.drives_ended_ != ended;
  if (money_came_ || room_now || looks_again) {
    engine_.stop_waiting_for_money(*this);
    co_return true;
  }
  if (!room_to_come) {
    engine_.stop_waiting_for_money(*this);
    co_return false;
  }
  if (!money_until_) {
    money_until_ = std::min(LoopClock::now() + engine_.options_.model_timeout, end_of_run());
    tasks_.spawn(end_wait_for_money(*money_until_));
    for (Listener* listener : engine_.listeners_) {
      listener->on_log(claim_.run_id, "", "info", "waits for room: " + refused_why_);
    }
  }
  short_of_money_ = true;
  co_return true;
}

awaitable<void> Driver::end_wait_for_money(Deadline at) {
  co_await sleep_until(at);
  if (money_until_ == at) money_came();
}

}  // namespace yoke
