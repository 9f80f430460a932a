#include <utility>

#include "hosts/app/signal_words.h"
#include "hosts/repl/plain_ear.h"
#include "hosts/repl/plain_shell.h"
#include "runtime/base/text.h"
#include "runtime/engine/signals.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kPlainFrame{120};

std::string name_of_question(const PromptQuestion& question) {
  return question.run_id + "/" + question.id;
}

}  // namespace

awaitable<void> PlainShell::run_turn(Queued next) {
  if (next.run_id.empty()) {
    Result<std::string> begun = co_await requests_.begin(std::move(next.message));
    if (!begun) co_return;
    next.run_id = std::move(*begun);
  }
  co_await follow_run(std::move(next.run_id));
}

awaitable<void> PlainShell::follow_main(std::string run_id) {
  const Result<void> followed = co_await client_->follow(std::move(run_id), *ear_);
  if (!followed) scene().failed(followed.error());
}

awaitable<void> PlainShell::follow_run(std::string run_id) {
  const auto executor = co_await asio::this_coro::executor;
  view_.begin(run_id);
  shown_ = std::make_unique<RunView>(terminal_, options_.detail);
  ear_ = std::make_unique<Ear>(*this, run_id);
  turn_runs_ = true;
  stopping_ = false;
  told_signals_.clear();
  main_ = std::make_unique<TaskGroup>(executor);
  turn_ = std::make_unique<TaskGroup>(executor);
  main_->spawn(follow_main(std::move(run_id)));
  turn_->spawn(ask_questions());
  if (terminal_.err_is_terminal() && !options_.json) turn_->spawn(animate());
  std::exception_ptr failure;
  try {
    co_await main_->join();
  } catch (...) {
    failure = std::current_exception();
  }
  turn_->cancel();
  co_await turn_->join();
  turn_runs_ = asking_ = false;
  if (failure) std::rethrow_exception(failure);
  tell_end();
}

awaitable<void> PlainShell::animate() {
  while (true) {
    const Deadline next = LoopClock::now() + kPlainFrame;
    co_await sleep_until(next);
    if (!asking_) shown_->tick();
  }
}

// The journal has grown: a question may have come or gone, a run below may have begun.
void PlainShell::noticed() {
  const StyledLines told_already = unseen_.take_finished();
  static_cast<void>(told_already);
  for (const std::string& child : view_.take_children()) turn_->spawn(follow_main(child));
  for (const std::string& name : awaited_signals(view_.state())) {
    if (!told_signals_.insert(name).second) continue;
    terminal_.line("the run waits for the signal '" + printable(name) + "':");
    terminal_.line("  " + signal_command(view_.run_id(), name));
  }
  stirred_.notify();
}

awaitable<void> PlainShell::stop_turn() {
  stopping_ = true;
  const bool stopped = co_await requests_.stop(view_.run_id());
  if (!stopped) stopping_ = false;
}

bool PlainShell::is_open(const PromptQuestion& question) const {
  const std::optional<PromptQuestion> open = view_.question();
  return open && name_of_question(*open) == name_of_question(question);
}

awaitable<void> PlainShell::ask_questions() {
  std::string seen;  // answered, though its event is not here yet
  while (true) {
    const std::optional<PromptQuestion> open = view_.question();
    if (!open || name_of_question(*open) == seen) {
      co_await stirred_.wait();
      continue;
    }
    seen = name_of_question(*open);
    std::optional<Json> unasked = unasked_answer(*open, state_.when_asked);
    if (unasked) {
      co_await requests_.answer(*open, std::move(*unasked));
    } else {
      co_await ask(*open);
    }
  }
}

awaitable<void> PlainShell::ask(PromptQuestion question) {
  QuestionPanel::Options options;
  options.may_change_policy = !host_.policy_file.empty();
  QuestionPanel panel(question, options);
  asking_ = true;
  tell_panel(panel);
  bool answered = false;
  while (!answered && is_open(question)) {
    want_line(panel.line_prompt());
    while (lines_.empty() && !ended_ && is_open(question)) co_await stirred_.wait();
    if (!is_open(question)) break;
    if (lines_.empty()) {
      tell_parked(question);
      main_->cancel();
      break;
    }
    const std::string line = to_valid_utf8(lines_.front());
    lines_.pop_front();
    QuestionPanel::Outcome outcome = panel.entered(line);
    answered = co_await act(panel, std::move(outcome));
  }
  asking_ = false;
}

awaitable<bool> PlainShell::act(QuestionPanel panel, QuestionPanel::Outcome outcome) {
  using Kind = QuestionPanel::Outcome::Kind;
  switch (outcome.kind) {
    case Kind::none:
      break;
    case Kind::answer:
      co_return co_await requests_.answer(panel.question(), std::move(outcome.value));
    case Kind::always:
      co_return co_await requests_.answer_always(panel.question(), std::move(outcome.value),
                                                 std::move(outcome.tool));
    case Kind::edit:
      co_return co_await requests_.answer_edited(panel, std::move(outcome.value));
    case Kind::rule:
      note("  " + panel.told_rule(), Look::dim);
      break;
  }
  co_return false;
}

void PlainShell::tell_panel(const QuestionPanel& panel) {
  for (const StyledLine& line : panel.plain_lines()) terminal_.line(to_bytes(line, colors_));
}

void PlainShell::tell_parked(const PromptQuestion& question) {
  terminal_.line("the run waits for an answer: " + printable(question.title));
  terminal_.line("  yoke runs answer " + question.run_id + " " + question.id + " VALUE");
}

void PlainShell::tell_end() {
  if (!view_.has_ended()) return;
  const RunState& state = view_.state();
  if (!options_.json) shown_->totals(state);
  if (state.status == RunStatus::cancelled) {
    terminal_.line("cancelled");
  } else if (state.status != RunStatus::completed) {
    terminal_.line("yoke: the run failed (" + state.reason + "): " + printable(state.text));
    if (options_.detail != RunView::Detail::quiet) {
      terminal_.line("  see: yoke runs show " + state.run_id);
    }
  }
}

}  // namespace yoke
