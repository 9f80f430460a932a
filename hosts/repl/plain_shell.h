#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "hosts/repl/commands.h"
#include "hosts/repl/grant_questions.h"
#include "hosts/repl/talk_prompt.h"
#include "hosts/repl/turn_requests.h"
#include "hosts/terminal/line_reader.h"
#include "hosts/terminal/run_view.h"
#include "runtime/loop/offload.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// A conversation in plain lines, through a pipe or at a terminal that can do no more: a message or
// a command a line, the answers on standard output, all else on standard error. A question takes
// the next line as its answer.
//
// Ownership: borrows the terminal. A host is borrowed for one talk().
// Threads:   loop thread only; lines are read on a thread of its own. After a signal told it to end
//            that thread may wait for a line, and cannot be woken: the process ends without joining
//            it.
class PlainShell final : public TalkPrompt, private TalkFront {
 public:
  struct Options {
    bool json = false;  // what runs do, as JSON lines on standard output
    RunView::Detail detail = RunView::Detail::normal;
    std::string history_file = {};  // of what is typed at a terminal; empty: none is kept
    std::string user = {};
  };
  PlainShell(Terminal& terminal, TalkState state, Options options);
  ~PlainShell() override;
  PlainShell(const PlainShell&) = delete;
  PlainShell& operator=(const PlainShell&) = delete;

  awaitable<Why> talk(TalkClient& client, TalkHost host) override;
  const TalkState& state() const override { return state_; }
  bool left_turn() const override { return left_turn_; }
  int end_signal() const override { return end_signal_; }
  void note(std::string_view text, Look look) override;
  void close() override;

 private:
  class Ear;
  struct Queued {
    FilledMessage message;
    std::string run_id = {};  // a run that is there already: it is followed, nothing is said
  };

  awaitable<void> read_lines();
  awaitable<void> heed_signals();
  awaitable<void> converse();
  awaitable<void> ask_grants();
  awaitable<void> take_line(std::string line);
  void want_line(const std::string& prompt);
  awaitable<std::optional<std::string>> next_line(std::string prompt);  // none: at their end
  void leave(Why why);

  // plain_turn.cpp
  awaitable<void> run_turn(Queued next);
  awaitable<void> follow_run(std::string run_id);
  awaitable<void> follow_main(std::string run_id);
  awaitable<void> animate();
  awaitable<void> stop_turn();
  awaitable<void> ask_questions();
  awaitable<void> ask(PromptQuestion question);
  awaitable<bool> act(QuestionPanel panel, QuestionPanel::Outcome outcome);
  bool is_open(const PromptQuestion& question) const;
  void noticed();
  void tell_panel(const QuestionPanel& panel);
  void tell_parked(const PromptQuestion& question);
  void tell_end();

  void changed() override;
  bool turn_runs() const override { return turn_runs_; }
  std::string_view keys_help() const override;
  void enqueue(const TypedMessage& message, std::string shown) override;
  void follow_next(std::string run_id) override;
  void clean() override;
  void host_anew() override;
  void goodbye() override;
  void grants_changed() override;
  void beside(awaitable<void> work) override;
  awaitable<int> run_lent(std::vector<std::string> words) override;
  TalkScene scene() { return {*this, state_, host_, client_, said_, view_, options_.user}; }

  Terminal& terminal_;
  TalkState state_;
  Options options_;
  const bool colors_;
  const TerminalModes modes_;
  TalkClient* client_ = nullptr;  // of talk()
  TalkHost host_;
  Transcript said_;    // by commands: told as it comes
  Transcript unseen_;  // what the view makes of a turn, which is told by `shown_`
  TurnView view_;
  TalkCommands commands_;
  TurnRequests requests_;
  GrantQuestions grants_;
  std::unique_ptr<RunView> shown_;  // of the turn that goes on
  std::unique_ptr<Ear> ear_;
  std::deque<Queued> queue_;
  std::deque<std::string> lines_;
  bool ended_ = false;    // there are no more lines
  bool reading_ = false;  // a line is waited for
  std::string line_prompt_;
  std::set<std::string> told_signals_;  // that the turn waits for
  Signal wanted_;
  Signal stirred_;  // a line has come, or something has become of the turn
  bool turn_runs_ = false;
  bool stopping_ = false;
  bool asking_ = false;
  bool leaving_ = false;  // nothing more is read: a thread that reads cannot be woken
  bool left_turn_ = false;
  int end_signal_ = 0;
  Why why_ = Why::left;
  Pool pool_{"yoke-lines", 1};
  std::shared_ptr<LineReader> reader_;  // ours, and the thread's while it reads
  std::unique_ptr<TaskGroup> main_;     // what follows the turn's own run
  std::unique_ptr<TaskGroup> turn_;     // and what goes on beside it
  std::unique_ptr<TaskGroup> tasks_;    // last: of talk(); they use all of the above
};

}  // namespace yoke
