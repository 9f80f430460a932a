#include <utility>

#include "hosts/repl/foreground.h"
#include "hosts/repl/shell.h"
#include "hosts/screen/glyphs.h"

namespace yoke {

void ReplShell::changed() { dirty_.notify(); }

std::string_view ReplShell::keys_help() const {
  return "Enter sends · Ctrl+J or \\ Enter: a new line · Tab completes · Up, Ctrl+R: history\n"
         "@FILE puts a file in · !COMMAND runs in the shell, the agent sees nothing of it\n"
         "Esc or Ctrl+C stops the turn · Ctrl+O shows what is thought · Ctrl+D leaves\n"
         "What is typed while a turn goes on waits its turn; Up takes it back.";
}

void ReplShell::enqueue(const TypedMessage& message, std::string shown) {
  Result<FilledMessage> filled = fill_message(message);
  if (!filled) {
    note("yoke: " + filled.error().message(), Look::red);
    editor_.set(shown);
    return;
  }
  queue_.push_back(Queued{std::move(shown), std::move(*filled)});
  queued_.notify();
}

void ReplShell::follow_next(std::string run_id) {
  queue_.push_back(Queued{"run " + run_id, {}, run_id});
  queued_.notify();
}

void ReplShell::clean() {
  transcript_ = Transcript(terminal_.size().columns);
  painted_anew_ = true;
}

void ReplShell::host_anew() {
  reload_wanted_ = true;
  queued_.notify();
}

void ReplShell::goodbye() { leave(Why::left); }

void ReplShell::grants_changed() {
  if (state_.when_asked != WhenAsked::ask) grants_.tell_only();
  show_question();
  changed();
}

void ReplShell::beside(awaitable<void> work) { tasks_->spawn(std::move(work)); }

awaitable<void> ReplShell::obey(TypedCommand command) {
  transcript_.gap();
  transcript_.line(styled_line(command.name + " " + screen_text(command.rest), Look::dim));
  co_await commands_.obey(std::move(command));
  changed();
}

awaitable<int> ReplShell::run_lent(std::vector<std::string> words) {
  paint();  // what was said before comes before what the other writes
  lent_ = true;
  terminal_.write(screen_.leave());
  terminal_.lend();
  int status = 127;
  std::exception_ptr failure;
  try {
    const Result<int> ended = co_await run_in_foreground(std::move(words));
    if (ended) {
      status = *ended;
    } else {
      note("yoke: " + ended.error().message(), Look::red);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  terminal_.take_back();
  terminal_.write("\r\n");
  lent_ = false;
  changed();
  if (failure) std::rethrow_exception(failure);
  co_return status;
}

}  // namespace yoke
