#include "hosts/repl/plain_shell.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "hosts/repl/foreground.h"
#include "hosts/repl/history_file.h"
#include "hosts/repl/plain_ear.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kUncut = 100'000;  // columns: lines are as long as they are

}  // namespace

PlainShell::PlainShell(Terminal& terminal, TalkState state, Options options)
    : terminal_(terminal),
      state_(std::move(state)),
      options_(std::move(options)),
      colors_(terminal.styled(Style::bold, "x") != "x"),
      said_(kUncut),
      unseen_(kUncut),
      view_(unseen_),
      commands_(scene()),
      requests_(scene()),
      grants_(scene()),
      reader_(std::make_shared<LineReader>(terminal.in_is_terminal(), options_.history_file)) {}

PlainShell::~PlainShell() = default;

void PlainShell::note(std::string_view text, Look look) {
  said_.text(text, look);
  changed();
}

void PlainShell::close() { modes_.restore(); }

void PlainShell::leave(Why why) {
  why_ = why;
  leaving_ = true;
  left_turn_ = turn_runs_;
  tasks_->cancel();
}

awaitable<TalkPrompt::Why> PlainShell::talk(TalkClient& client, TalkHost host) {
  const auto executor = co_await asio::this_coro::executor;
  client_ = &client;
  host_ = std::move(host);
  why_ = Why::left;
  leaving_ = left_turn_ = false;
  if (options_.detail != RunView::Detail::quiet) {
    for (const StyledLine& line : host_.greeting) terminal_.line(to_bytes(line, colors_));
  }
  tasks_ = std::make_unique<TaskGroup>(executor);
  tasks_->spawn(read_lines());
  tasks_->spawn(heed_signals());
  tasks_->spawn(converse());
  co_await tasks_->join();
  tasks_.reset();
  client_ = nullptr;
  co_return why_;
}

awaitable<void> PlainShell::read_lines() {
  while (true) {
    co_await wanted_.wait();
    auto read = [reader = reader_, prompt = line_prompt_] { return reader->read(prompt); };
    std::optional<std::string> line = co_await offload(pool_, std::move(read));
    reading_ = false;
    if (line) {
      lines_.push_back(std::move(*line));
    } else {
      ended_ = true;
    }
    stirred_.notify();
  }
}

void PlainShell::want_line(const std::string& prompt) {
  if (!lines_.empty() || ended_ || leaving_) return;
  if (reading_) {  // since a question that somebody else has answered
    if (terminal_.in_is_terminal()) terminal_.err(prompt);
    return;
  }
  line_prompt_ = prompt;
  reading_ = true;
  wanted_.notify();
}

awaitable<std::optional<std::string>> PlainShell::next_line(std::string prompt) {
  want_line(prompt);
  while (lines_.empty() && !ended_) co_await stirred_.wait();
  if (lines_.empty()) co_return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  co_return line;
}

awaitable<void> PlainShell::heed_signals() {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM, SIGHUP);
  while (true) {
    const int number = co_await signals.async_wait(asio::use_awaitable);
    if (number == SIGINT && turn_runs_ && !stopping_) {
      tasks_->spawn(stop_turn());
      continue;
    }
    end_signal_ = number;
    leave(Why::told_to_end);
    co_return;
  }
}

awaitable<void> PlainShell::ask_grants() {
  const bool present = terminal_.in_is_terminal() && terminal_.err_is_terminal();
  if (!present || state_.when_asked != WhenAsked::ask) grants_.tell_only();
  while (const std::optional<PromptQuestion> open = grants_.next()) {
    QuestionPanel panel(*open, QuestionPanel::Options());
    tell_panel(panel);
    std::optional<std::string> line = co_await next_line(panel.line_prompt());
    if (!line) co_return;
    const QuestionPanel::Outcome outcome = panel.entered(to_valid_utf8(*line));
    if (outcome.kind != QuestionPanel::Outcome::Kind::answer) continue;
    const std::optional<std::string> said = grants_.answer(outcome.value);
    if (said) co_await take_line(*said);
    co_await grants_.settled();
  }
}

awaitable<void> PlainShell::converse() {
  while (true) {
    co_await ask_grants();
    while (!queue_.empty()) {
      Queued next = std::move(queue_.front());
      queue_.pop_front();
      co_await run_turn(std::move(next));
    }
    std::optional<std::string> line = co_await next_line("> ");
    if (!line) break;
    co_await take_line(std::move(*line));
  }
  if (terminal_.in_is_terminal()) terminal_.line("");
  leave(Why::left);
}

awaitable<void> PlainShell::take_line(std::string line) {
  std::string text(trim(line));
  while (text.ends_with('\\')) {  // it goes on in the next line, as in a shell
    text.pop_back();
    const std::optional<std::string> more = co_await next_line(". ");
    if (!more) break;
    text += "\n" + *more;
  }
  if (trim(text).empty()) co_return;
  text = to_valid_utf8(text);
  if (terminal_.in_is_terminal() && !options_.history_file.empty()) {
    add_to_history_file(options_.history_file, InputHistory(), text);
  }
  TypedInput input = read_typed(text);
  if (auto* command = std::get_if<TypedCommand>(&input)) {
    co_await commands_.obey(std::move(*command));
  } else if (auto* shell = std::get_if<TypedShell>(&input)) {
    co_await commands_.run_shell(std::move(shell->command));
  } else {
    enqueue(std::get<TypedMessage>(input), std::move(text));
  }
}

void PlainShell::changed() {
  for (const StyledLine& line : said_.take_finished()) terminal_.line(to_bytes(line, colors_));
}

std::string_view PlainShell::keys_help() const {
  return "A message a line; \\ at its end goes on in the next one. A question takes the next "
         "line.\n"
         "@FILE puts a file in · !COMMAND runs in the shell, the agent sees nothing of it\n"
         "Ctrl+C stops the turn · the end of the input, or Ctrl+D, leaves";
}

void PlainShell::enqueue(const TypedMessage& message, std::string) {
  Result<FilledMessage> filled = fill_message(message);
  if (!filled) {
    scene().failed(filled.error());
    return;
  }
  for (const std::string& each : filled->notes) note("  + " + each, Look::dim);
  queue_.push_back(Queued{std::move(*filled)});
}

void PlainShell::follow_next(std::string run_id) {
  queue_.push_back(Queued{{}, std::move(run_id)});
}

void PlainShell::clean() { note("there is no screen here to be cleaned", Look::dim); }

void PlainShell::host_anew() { leave(Why::reload); }

void PlainShell::goodbye() { leave(Why::left); }

void PlainShell::grants_changed() { changed(); }  // they are asked about before the next line

void PlainShell::beside(awaitable<void> work) { tasks_->spawn(std::move(work)); }

awaitable<int> PlainShell::run_lent(std::vector<std::string> words) {
  terminal_.end_live();
  const Result<int> ended = co_await run_in_foreground(std::move(words));
  if (ended) co_return *ended;
  scene().failed(ended.error());
  co_return 127;
}

}  // namespace yoke
