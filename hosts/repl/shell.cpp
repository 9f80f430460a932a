#include "hosts/repl/shell.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "hosts/repl/error_tap.h"
#include "hosts/repl/history_file.h"
#include "hosts/repl/shell_ear.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kEscapeAlone{40};
constexpr std::chrono::milliseconds kFrame{30};  // between two paintings of what streams
constexpr std::chrono::milliseconds kSpin{120};
constexpr std::chrono::milliseconds kStopComes{100};

}  // namespace

ReplShell::ReplShell(RawTerminal& terminal, TalkState state, Options options)
    : terminal_(terminal),
      state_(std::move(state)),
      options_(std::move(options)),
      transcript_(terminal.size().columns),
      view_(transcript_),
      commands_(scene()),
      requests_(scene()),
      grants_(scene()),
      screen_(terminal.size(), options_.colors),
      ear_(std::make_unique<Ear>(*this)) {
  if (options_.history_file.empty()) return;
  history_ = read_history_file(options_.history_file);
}

ReplShell::~ReplShell() = default;

void ReplShell::note(std::string_view text, Look look) {
  transcript_.text(text, look);
  changed();
}

void ReplShell::leave(Why why) {
  why_ = why;
  left_.notify();
}

awaitable<void> ReplShell::read_keys() {
  while (true) {
    const std::string bytes = co_await terminal_.read();
    if (bytes.empty()) {
      end_signal_ = SIGHUP;
      leave(Why::told_to_end);
      co_return;
    }
    std::vector<KeyPress> keys;
    keys_.feed(bytes, keys);
    for (const KeyPress& key : keys) press(key);
    if (keys_.is_waiting()) escape_.notify();
  }
}

// An Esc that nothing follows is the key; anything else is the beginning of a sequence.
awaitable<void> ReplShell::settle_escape() {
  while (true) {
    co_await escape_.wait();
    const Deadline then = LoopClock::now() + kEscapeAlone;
    co_await sleep_until(then);
    std::vector<KeyPress> keys;
    keys_.settle(keys);
    for (const KeyPress& key : keys) press(key);
  }
}

awaitable<void> ReplShell::paint_when_due() {
  while (true) {
    co_await dirty_.wait();
    co_await terminal_.caught_up();
    paint();
    if (!turn_runs_) continue;
    // Pieces that come within a frame are painted together; a key is not kept waiting by more.
    const Deadline next = LoopClock::now() + kFrame;
    co_await sleep_until(next);
  }
}

awaitable<void> ReplShell::keep_moving() {
  while (true) {
    if (!view_.is_moving()) co_await moving_.wait();
    const Deadline next = LoopClock::now() + kSpin;
    co_await sleep_until(next);
    view_.tick();
    changed();
  }
}

awaitable<void> ReplShell::watch_size() {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set sizes(executor, SIGWINCH, SIGCONT);
  while (true) {
    const int number = co_await sizes.async_wait(asio::use_awaitable);
    // Whoever had the terminal while we stood still has set it as they like it.
    if (number == SIGCONT && !lent_) terminal_.take_back();
    painted_anew_ = true;
    changed();
  }
}

// Ctrl+Z: all processes of the group stand still until the shell lets them go on. The wait is for
// the stop to come, which is not there yet when kill() returns; nothing passes while we stand.
awaitable<void> ReplShell::suspend() {
  lent_ = true;
  terminal_.write(screen_.leave());
  terminal_.lend();
  ::kill(0, SIGTSTP);
  const Deadline stood = LoopClock::now() + kStopComes;
  co_await sleep_until(stood);
  terminal_.take_back();
  lent_ = false;
  painted_anew_ = true;
  changed();
}

awaitable<void> ReplShell::watch_end() {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGTERM, SIGHUP, SIGINT);
  end_signal_ = co_await signals.async_wait(asio::use_awaitable);
  leave(Why::told_to_end);
}

// What anybody in this process writes to standard error meanwhile.
awaitable<void> ReplShell::take_errors() {
  const auto executor = co_await asio::this_coro::executor;
  ErrorTap tap(executor);
  while (true) {
    const std::string lines = co_await tap.read();
    if (lines.empty()) co_return;
    transcript_.block(lines);
    changed();
  }
}

awaitable<TalkPrompt::Why> ReplShell::talk(TalkClient& client, TalkHost host) {
  const auto executor = co_await asio::this_coro::executor;
  client_ = &client;
  host_ = std::move(host);
  why_ = Why::left;
  reload_wanted_ = left_turn_ = false;
  words_.commands = TalkCommands::kinds_of_words();
  words_.list_folder = &names_in_folder;
  if (!options_.quiet) {
    for (const StyledLine& line : host_.greeting) transcript_.line(line);
  }
  if (state_.when_asked != WhenAsked::ask) grants_.tell_only();
  tasks_ = std::make_unique<TaskGroup>(executor);
  tasks_->spawn(take_errors());
  tasks_->spawn(read_keys());
  tasks_->spawn(settle_escape());
  tasks_->spawn(paint_when_due());
  tasks_->spawn(keep_moving());
  tasks_->spawn(watch_size());
  tasks_->spawn(watch_end());
  tasks_->spawn(take_turns());
  tasks_->spawn(learn_words());
  show_question();
  changed();
  co_await left_.wait();
  left_turn_ = turn_runs_;
  tasks_->cancel();
  co_await tasks_->join();
  tasks_.reset();
  client_ = nullptr;
  co_return why_;
}

void ReplShell::close() {
  StyledLines finished = transcript_.take_finished();
  const LiveArea nothing;
  terminal_.write(screen_.update(finished, nothing) + screen_.leave());
}

// What Tab offers, asked of the host once.
awaitable<void> ReplShell::learn_words() {
  const auto learn = [this](const Json& page, const char* list, const char* name,
                            const char* kind) {
    std::vector<std::string>& words = words_.words[kind];
    for (const Json& each : member_at(page, list)) words.push_back(string_at(each, name));
  };
  words_.words.clear();
  knows_words_ = false;
  const Result<Json> agents = co_await client_->get("/v1/agents");
  if (agents) learn(*agents, "agents", "name", "agent");
  const Result<Json> tools = co_await client_->get("/v1/tools");
  if (tools) learn(*tools, "tools", "name", "tool");
  const Result<Json> sessions = co_await client_->get("/v1/sessions?limit=50");
  if (sessions) learn(*sessions, "sessions", "session", "session");
  const Result<Json> runs = co_await client_->get("/v1/runs?limit=50");
  if (runs) learn(*runs, "runs", "run", "run");
  for (const std::string& route : host_.routes) words_.words["route"].push_back(route);
  knows_words_ = true;
  const bool still_there = tab_waits_ && *tab_waits_ == editor_.held();
  tab_waits_.reset();
  if (!still_there) co_return;
  press_tab(false);
  changed();
}

}  // namespace yoke
