#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hosts/repl/files.h"
#include "hosts/repl/question_panel.h"
#include "hosts/repl/raw_terminal.h"
#include "hosts/repl/talk_client.h"
#include "hosts/repl/talk_host.h"
#include "hosts/repl/turn_view.h"
#include "hosts/screen/completer.h"
#include "hosts/screen/editor.h"
#include "hosts/screen/input_history.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// "repl-2026-11-22T10-00-00": another than the one before it, however soon it comes.
std::string new_session_name(const std::string& before);

// A conversation at a terminal: what is typed goes to the host's runs, what they do is shown.
//
// Ownership: borrows the terminal. A host is borrowed for one talk().
// Threads:   loop thread only; nothing in it waits in the way of the loop.
class ReplShell {
 public:
  struct Options {
    bool colors = true;
    bool quiet = false;
    std::string history_file = {};  // empty: none is kept
    std::string user = {};
  };
  ReplShell(RawTerminal& terminal, TalkState state, Options options);
  ~ReplShell();
  ReplShell(const ReplShell&) = delete;
  ReplShell& operator=(const ReplShell&) = delete;

  enum class Why : std::uint8_t { left, reload, told_to_end };
  // Talks until the person leaves, wants the host anew, or the process is told to end.
  awaitable<Why> talk(TalkClient& client, TalkHost host);
  const TalkState& state() const { return state_; }
  bool left_turn() const { return left_turn_; }   // a turn went on when the person left
  int end_signal() const { return end_signal_; }  // that told us to end; 0: none
  void note(std::string_view text, Look look);    // a line in the transcript
  void close();  // the prompt goes from the screen; what was said stays

 private:
  class Ear;
  struct Queued {
    std::string shown;
    FilledMessage message;
    std::string run_id = {};  // a run that is there already: it is followed, nothing is said
  };
  struct Command {
    std::string argument;  // the kind of word that Tab offers
    std::string help;      // "ROUTE  talk to this model"
    awaitable<void> (ReplShell::*run)(TypedCommand command);
  };
  static const std::map<std::string, Command>& commands();

  // shell.cpp: what goes on beside each other.
  awaitable<void> read_keys();
  awaitable<void> settle_escape();
  awaitable<void> paint_when_due();
  awaitable<void> keep_moving();
  awaitable<void> watch_size();
  awaitable<void> watch_end();
  awaitable<void> take_errors();
  awaitable<void> learn_words();
  void leave(Why why);

  // shell_turns.cpp
  awaitable<void> take_turns();
  awaitable<void> run_turn(Queued next);
  awaitable<void> follow_run(std::string run_id);
  awaitable<void> follow_main(std::string run_id);
  awaitable<void> stop_turn();
  awaitable<void> answer(PromptQuestion question, Json value);
  awaitable<void> answer_always(PromptQuestion question, Json value, std::string tool);
  awaitable<void> edit_answer(QuestionPanel panel, Json value);
  Json order_for(const Queued& next) const;
  void noticed();
  void show_question();
  void act(const QuestionPanel::Outcome& outcome);
  bool answer_unasked(const PromptQuestion& question);

  // shell_keys.cpp
  void press(const KeyPress& key);
  bool press_always(const KeyPress& key);
  bool press_searching(const KeyPress& key);
  void press_tab(bool back);
  void press_interrupt();
  void walk_history(bool older);
  void entered();
  void enqueue(const TypedMessage& message, std::string shown);
  void save_history() const;

  // shell_paint.cpp
  void paint();
  LiveArea area() const;
  StyledLines below_prompt() const;
  StyledLine status() const;
  StyledLine prompt() const;
  void changed();  // the screen is to be painted

  // commands.cpp
  bool has_command(const std::string& name) const;
  awaitable<void> obey(TypedCommand command);
  awaitable<void> do_help(TypedCommand command);
  awaitable<void> do_new(TypedCommand command);
  awaitable<void> do_sessions(TypedCommand command);
  awaitable<void> do_resume(TypedCommand command);
  awaitable<void> do_model(TypedCommand command);
  awaitable<void> do_agent(TypedCommand command);
  awaitable<void> do_tools(TypedCommand command);
  awaitable<void> do_cost(TypedCommand command);
  awaitable<void> do_context(TypedCommand command);
  awaitable<void> do_plan(TypedCommand command);
  awaitable<void> do_fork(TypedCommand command);
  awaitable<void> do_runs(TypedCommand command);
  awaitable<void> do_verb(TypedCommand command);
  awaitable<void> do_reload(TypedCommand command);
  awaitable<void> do_clear(TypedCommand command);
  awaitable<void> do_exit(TypedCommand command);
  awaitable<void> show_verb(std::vector<std::string> words);
  awaitable<void> run_shell(std::string command);
  awaitable<int> run_lent(std::vector<std::string> words);
  awaitable<Json> ask_host(std::string path, std::string what);
  void tell_sessions(const Json& page);

  RawTerminal& terminal_;
  TalkState state_;
  Options options_;
  TalkClient* client_ = nullptr;  // of talk()
  TalkHost host_;
  Transcript transcript_;
  TurnView view_;
  LiveScreen screen_;
  KeyReader keys_;
  LineEditor editor_;
  InputHistory history_;
  CompletionSources words_;
  bool knows_words_ = false;
  std::optional<std::string> tab_waits_;  // Tab was pressed on this before they were known
  std::vector<std::string> menu_;         // what Tab found; several
  std::size_t menu_at_ = 0;
  std::size_t menu_from_ = 0;  // of the text, what they replace
  std::optional<QuestionPanel> panel_;
  std::string draft_;  // what was being typed when the question came
  std::optional<std::string> search_;
  std::size_t search_skip_ = 0;
  std::deque<Queued> queue_;
  std::vector<std::string> session_names_;  // as /sessions numbered them
  std::string hint_;
  Deadline turn_since_;
  std::chrono::nanoseconds turn_took_{0};
  bool turn_runs_ = false;
  bool stopping_ = false;   // the turn was told to stop
  bool may_leave_ = false;  // Ctrl+C was pressed just now
  bool lent_ = false;
  bool painted_anew_ = false;  // all of the screen is due
  bool reload_wanted_ = false;
  bool left_turn_ = false;
  int end_signal_ = 0;
  Why why_ = Why::left;
  Signal dirty_;
  Signal moving_;
  Signal escape_;
  Signal queued_;
  Signal left_;
  std::unique_ptr<Ear> ear_;
  std::unique_ptr<TaskGroup> turn_;   // what follows the turn's runs
  std::unique_ptr<TaskGroup> tasks_;  // last: of talk(); they use all of the above
};

}  // namespace yoke
