#include <utility>

#include "hosts/repl/shell.h"
#include "hosts/repl/shell_ear.h"
#include "runtime/base/text.h"

namespace yoke {
awaitable<void> ReplShell::take_turns() {
  while (true) {
    while (queue_.empty() && !reload_wanted_) co_await queued_.wait();
    if (reload_wanted_) {
      leave(Why::reload);
      co_return;
    }
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    co_await run_turn(std::move(next));
  }
}

awaitable<void> ReplShell::run_turn(Queued next) {
  if (!next.run_id.empty()) {
    co_await follow_run(std::move(next.run_id));
    co_return;
  }
  transcript_.said(next.shown);
  for (const std::string& each : next.message.notes) {
    transcript_.line(styled_line("  + " + screen_text(each), Look::dim));
  }
  changed();
  tasks_->spawn(learn_window(scene()));
  Result<std::string> run = co_await requests_.begin(std::move(next.message));
  if (run) co_await follow_run(std::move(*run));
}

awaitable<void> ReplShell::follow_main(std::string run_id) {
  const Result<void> followed = co_await client_->follow(std::move(run_id), *ear_);
  if (!followed) note("yoke: " + followed.error().message(), Look::red);
}

awaitable<void> ReplShell::follow_run(std::string run_id) {
  const auto executor = co_await asio::this_coro::executor;
  view_.begin(run_id);
  turn_since_ = LoopClock::now();
  turn_runs_ = true;
  stopping_ = false;
  moving_.notify();
  TaskGroup main(executor);
  turn_ = std::make_unique<TaskGroup>(executor);
  main.spawn(follow_main(std::move(run_id)));
  std::exception_ptr failure;
  try {
    co_await main.join();
  } catch (...) {
    failure = std::current_exception();
  }
  turn_->cancel();
  const std::unique_ptr<TaskGroup> runs_below = std::move(turn_);
  co_await runs_below->join();
  turn_runs_ = false;
  turn_took_ = LoopClock::now() - turn_since_;
  noticed();
  if (failure) std::rethrow_exception(failure);
}

// The journal has grown: a question may have come or gone, a run below may have begun.
void ReplShell::noticed() {
  for (const std::string& child : view_.take_children()) {
    if (turn_) turn_->spawn(follow_main(child));
  }
  show_question();
  moving_.notify();
  changed();
}

void ReplShell::show_question() {
  const std::optional<PromptQuestion> open = turn_runs_ ? view_.question() : grants_.next();
  const bool same = open && panel_ && panel_->question().id == open->id &&
                    panel_->question().run_id == open->run_id;
  if (same) return;
  if (panel_) {
    panel_.reset();
    editor_.set(std::exchange(draft_, {}));
  }
  if (!open) return;
  if (std::optional<Json> unasked = unasked_answer(*open, state_.when_asked)) {
    tasks_->spawn(give(requests_.answer(*open, std::move(*unasked))));
    return;
  }
  draft_ = editor_.take();
  menu_.clear();
  search_.reset();
  QuestionPanel::Options options;
  options.may_change_policy = !host_.policy_file.empty();
  panel_.emplace(*open, options);
}

void ReplShell::act(const QuestionPanel::Outcome& outcome) {
  using Kind = QuestionPanel::Outcome::Kind;
  const QuestionPanel& panel = *panel_;
  switch (outcome.kind) {
    case Kind::none:
      break;
    case Kind::answer:
      if (panel.question().purpose == kGrantPurpose) {
        const std::optional<std::string> said = grants_.answer(outcome.value);
        show_question();
        if (said) take_entered(*said);
        return;
      }
      tasks_->spawn(give(requests_.answer(panel.question(), outcome.value)));
      break;
    case Kind::always:
      tasks_->spawn(give(requests_.answer_always(panel.question(), outcome.value, outcome.tool)));
      break;
    case Kind::edit:
      tasks_->spawn(give(requests_.answer_edited(panel, outcome.value)));
      break;
    case Kind::rule:
      note("  " + panel.told_rule(), Look::dim);
      break;
  }
  changed();
}

// For a task group, which drops what comes of it: it is told in the transcript.
awaitable<void> ReplShell::give(awaitable<bool> answer) {
  const bool given = co_await std::move(answer);
  static_cast<void>(given);
  changed();
}

awaitable<void> ReplShell::stop_turn() {
  if (stopping_) co_return;
  stopping_ = true;
  changed();
  const bool stopped = co_await requests_.stop(view_.run_id());
  if (!stopped) stopping_ = false;
}

}  // namespace yoke
