#pragma once

#include <map>
#include <string>
#include <vector>

#include "hosts/repl/talk_front.h"

namespace yoke {

// "repl-2026-11-22T10-00-00": another than the one before it, however soon it comes.
std::string new_session_name(const std::string& before);

// What is typed with a slash, at a screen and in plain lines. What the command line can do is done
// by its verbs; the rest asks the host over the API.
//
// Ownership: borrows what the scene does.
// Threads:   loop thread only.
class TalkCommands {
 public:
  explicit TalkCommands(TalkScene scene) : scene_(std::move(scene)) {}

  // Shows what comes of it in the transcript; a wrong name, too.
  awaitable<void> obey(TypedCommand command);
  // "!COMMAND", at the terminal.
  awaitable<void> run_shell(std::string command);
  // Each with the kind of word that Tab offers after it.
  static std::map<std::string, std::string> kinds_of_words();

 private:
  struct Entry {
    std::string argument;  // the kind of word that Tab offers
    std::string help;      // "ROUTE  talk to this model"
    awaitable<void> (TalkCommands::*run)(TypedCommand command);
  };
  static const std::map<std::string, Entry>& table();

  bool say_starter(const std::string& name);
  awaitable<void> do_help(TypedCommand command);
  awaitable<void> do_new(TypedCommand command);
  awaitable<void> do_sessions(TypedCommand command);
  awaitable<void> do_resume(TypedCommand command);
  awaitable<void> do_model(TypedCommand command);
  awaitable<void> do_agent(TypedCommand command);
  awaitable<void> do_tools(TypedCommand command);
  awaitable<void> do_reload(TypedCommand command);
  awaitable<void> do_clear(TypedCommand command);
  awaitable<void> do_exit(TypedCommand command);

  // commands_runs.cpp
  awaitable<void> do_cost(TypedCommand command);
  awaitable<void> do_context(TypedCommand command);
  awaitable<void> do_compact(TypedCommand command);
  awaitable<void> do_plan(TypedCommand command);
  awaitable<void> do_fork(TypedCommand command);
  awaitable<void> do_runs(TypedCommand command);
  awaitable<void> do_verb(TypedCommand command);
  awaitable<void> show_verb(std::vector<std::string> words);

  // commands_there.cpp
  awaitable<void> do_there(TypedCommand command);
  awaitable<void> tell_run_there(std::string run, bool why);
  awaitable<void> tell_tools_there(std::string kind);
  awaitable<void> export_there(TypedCommand command);
  awaitable<void> diff_there(TypedCommand command);
  awaitable<std::string> run_there(std::string typed);  // empty: told that there is none
  awaitable<bool> read_there(std::string run, TalkHost::Journals& journals);  // false: told why

  bool is_busy();                                                // a turn goes on, which is told
  awaitable<Json> ask_host(std::string path, std::string what);  // null: told why not
  awaitable<std::vector<std::string>> names_of_agents();
  awaitable<void> want_grants();      // of the agent that is talked to now
  awaitable<std::string> last_run();  // empty: there is none
  void tell_sessions(const Json& page);

  TalkScene scene_;
  std::vector<std::string> session_names_;  // as /sessions numbered them
};

// Whether it is a number that a person counts with: of at most six digits.
bool is_small_number(const std::string& text);

}  // namespace yoke
