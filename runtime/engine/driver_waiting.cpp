#include <algorithm>

#include "runtime/engine/driver.h"
#include "runtime/engine/signals.h"

// What a run waits for that is in no task of its driver: timers, and all that lets it leave memory.
namespace yoke {

Micros next_due(const RunState& state) {
  Micros due = 0;
  const auto take = [&due](Micros at) { due = due == 0 ? at : std::min(due, at); };
  for (const auto& [id, at] : state.timers) take(at);
  for (const auto& [id, question] : state.questions) {
    if (question.is_open() && question.expires > 0) take(question.expires);
  }
  return due;
}

awaitable<void> Driver::fire_timers() {
  const Micros now = engine_.services_.wall.now();
  std::vector<Event> events;
  for (const auto& [id, due] : state_.timers) {
    if (due > now) continue;
    Event& event = events.emplace_back();
    event.kind = EventKind::timer_fired;
    event.fields = Json{{"timer", id}};
  }
  for (const auto& [id, question] : state_.questions) {
    if (!question.is_open() || question.expires == 0 || question.expires > now) continue;
    Event& event = events.emplace_back();
    event.kind = EventKind::question_expired;
    event.call_id = question.call_id;
    event.fields = Json{{"question", id}};
  }
  for (auto due = child_due_.begin(); due != child_due_.end();) {
    const bool now_due = due->second > 0 && due->second <= now;
    if (now_due) start_child(due->first);
    due = now_due ? child_due_.erase(due) : std::next(due);
  }
  if (events.empty()) co_return;
  Append nothing;
  co_await commit(std::move(events), std::move(nothing));
  co_await advance();
}

// Nothing can happen here until something comes from outside: the run leaves memory.
awaitable<void> Driver::release() {
  std::vector<Event> events;
  const bool queued = !state_.queued.empty();
  const bool waits = state_.has_open_question() || !state_.timers.empty() ||
                     state_.has_open_child() || !awaited_signals(state_).empty();
  if (!queued && !waits) {
    Plan plan = plan_failure(state_, "stuck", "the agent wants nothing and waits for nothing");
    events = std::move(plan.events);
  }
  Append extra;
  if (events.empty()) {
    std::string reason = "signal";
    if (state_.has_open_child()) reason = "child";
    if (!state_.timers.empty()) reason = "timer";
    if (state_.has_open_question()) reason = "question";
    if (queued) reason = kWaitsForSession;
    extra.update = update_to(RunStatus::waiting, std::move(reason));
    extra.update->ready_at = due_next();
  }
  co_await commit(std::move(events), std::move(extra));
}

}  // namespace yoke
