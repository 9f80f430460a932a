#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hosts/repl/commands.h"
#include "hosts/repl/files.h"
#include "hosts/repl/grant_questions.h"
#include "hosts/repl/question_panel.h"
#include "hosts/repl/raw_terminal.h"
#include "hosts/repl/talk_prompt.h"
#include "hosts/repl/turn_requests.h"
#include "hosts/screen/completer.h"
#include "hosts/screen/editor.h"
#include "hosts/screen/input_history.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// A conversation at a screen: what is typed goes to the host's runs, what they do is shown.
//
// Ownership: borrows the terminal. A host is borrowed for one talk().
// Threads:   loop thread only; nothing in it waits in the way of the loop.
class ReplShell final : public TalkPrompt, private TalkFront {
 public:
  struct Options {
    bool colors = true;
    bool quiet = false;
    std::string history_file = {};  // empty: none is kept
    std::string user = {};
  };
  ReplShell(RawTerminal& terminal, TalkState state, Options options);
  ~ReplShell() override;
  ReplShell(const ReplShell&) = delete;
  ReplShell& operator=(const ReplShell&) = delete;

  awaitable<Why> talk(TalkClient& client, TalkHost host) override;
  const TalkState& state() const override { return state_; }
  bool left_turn() const override { return left_turn_; }
  int end_signal() const override { return end_signal_; }
  void note(std::string_view text, Look look) override;
  void close() override;

 private:
  class Ear;
  struct Queued {
    std::string shown;
    FilledMessage message;
    std::string run_id = {};  // a run that is there already: it is followed, nothing is said
  };
  // shell.cpp: what goes on beside each other.
  awaitable<void> read_keys();
  awaitable<void> settle_escape();
  awaitable<void> paint_when_due();
  awaitable<void> keep_moving();
  awaitable<void> watch_size();
  awaitable<void> watch_end();
  awaitable<void> take_errors();
  awaitable<void> suspend();
  awaitable<void> learn_words();
  void leave(Why why);

  // shell_turns.cpp
  awaitable<void> take_turns();
  awaitable<void> run_turn(Queued next);
  awaitable<void> follow_run(std::string run_id);
  awaitable<void> follow_main(std::string run_id);
  awaitable<void> stop_turn();
  awaitable<void> give(awaitable<bool> answer);
  void noticed();
  void show_question();
  void act(const QuestionPanel::Outcome& outcome);

  // shell_keys.cpp
  void press(const KeyPress& key);
  bool press_always(const KeyPress& key);
  bool press_searching(const KeyPress& key);
  void press_tab(bool back);
  void press_interrupt();
  void walk_history(bool older);
  void entered();
  void take_entered(std::string text);

  // shell_paint.cpp
  void paint();
  LiveArea area() const;
  StyledLines below_prompt() const;
  StyledLine status() const;
  StyledLine prompt() const;

  // shell_front.cpp: what commands ask of it, and what runs elsewhere.
  void changed() override;  // the screen is to be painted
  bool turn_runs() const override { return turn_runs_; }
  std::string_view keys_help() const override;
  void enqueue(const TypedMessage& message, std::string shown) override;
  void follow_next(std::string run_id) override;
  void clean() override;
  void host_anew() override;
  void goodbye() override;
  void grants_changed() override;
  void beside(awaitable<void> work) override;
  awaitable<void> obey(TypedCommand command);
  awaitable<int> run_lent(std::vector<std::string> words) override;
  TalkScene scene() { return {*this, state_, host_, client_, transcript_, view_, options_.user}; }

  RawTerminal& terminal_;
  TalkState state_;
  Options options_;
  TalkClient* client_ = nullptr;  // of talk()
  TalkHost host_;
  Transcript transcript_;
  TurnView view_;
  TalkCommands commands_;
  TurnRequests requests_;
  GrantQuestions grants_;
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
