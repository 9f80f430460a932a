#include "runtime/base/text.h"
#include "runtime/engine/driver.h"
#include "runtime/engine/serve.h"

// The ends of a run that do not come of what its agent wants, and what an end waits for.
namespace yoke {

awaitable<void> Driver::cancel_run(InboxMessage message) {
  if (ending_) co_return;
  co_await stop_tasks();
  if (over()) co_return;
  Ending ending{"", message.by, message.id};
  co_await end_run(std::move(ending));
}

awaitable<void> Driver::stop_tasks() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await keep_outcomes();
  std::erase_if(running_, [this](const std::string& id) { return !state_.children.contains(id); });
}

// A child that was begun just when its parent ended.
awaitable<void> Driver::end_with_parent() {
  if (state_.parent_call.empty()) co_return;
  const Result<RunRow> parent = co_await engine_.services_.store.get(state_.parent_run);
  if (!parent || !is_final(parent->status)) co_return;
  Ending ending{"", "run " + state_.parent_run};
  co_await end_run(std::move(ending));
}

bool Driver::put_off(const Plan& plan) {
  if (plan.events.empty() || !has_own_open_child(state_)) return false;
  const Event& last = plan.events.back();
  const auto status = spec_of(last.kind).status_after;
  if (!status || !is_final(*status)) return false;
  give_up_children(true);
  // What they have not spent of their shares could make the run go on without them.
  if (last.reason == "limit.usd") {
    ending_ = Ending{last.reason, string_at(last.fields, "message")};
  }
  return true;
}

awaitable<void> Driver::end_run(Ending ending) {
  if (!ending_) ending_ = std::move(ending);
  co_await end_if_alone();
}

awaitable<void> Driver::end_if_alone() {
  give_up_children(true);
  if (has_own_open_child(state_)) co_return;
  Append extra;
  if (!ending_->mail.empty()) extra.inbox_taken.push_back(ending_->mail);
  Plan plan = ending_->reason.empty() ? plan_cancel(state_, ending_->why)
                                      : plan_failure(state_, ending_->reason, ending_->why);
  co_await commit(std::move(plan.events), std::move(extra));
}

}  // namespace yoke
