#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/journal/event.h"
#include "runtime/journal/run_parts.h"

namespace yoke {

// The run, folded from its events alone: the same events give the same state.
struct RunState {
  std::string run_id;
  std::string tenant;
  std::string caller;  // who started it, or forked it off; empty: not known
  std::string agent;
  std::string task;
  Json input = Json::object();
  std::vector<ImagePart> images;  // that came with the task
  std::vector<Message> messages;  // what was said before the task, as whoever started it has it
  std::vector<ToolSpec> caller_tools;  // offered to the model; the caller carries them out
  Json webhook = nullptr;              // whom to tell; not of a fork
  Json note = nullptr;                 // the starter's own
  std::string queued;  // the run of its session that it waits behind; empty: it does not
  std::string session;
  std::string after;           // the session's run before this one
  std::int64_t after_seq = 0;  // how much of it this run goes on from; 0: all there is
  std::string parent_run;      // the run that this one is a child of; empty: none
  std::string parent_call;     // and its call
  int depth = 0;               // how many runs are above it
  // Whom the conversation is with, each of whom handed it on to the next; empty: with this agent.
  std::vector<std::string> handed;
  Json recalled = nullptr;  // what was remembered when it began; null: nothing was looked for
  std::string program;      // hex hash of the program's blob
  std::string model;        // overrides the agent's when not empty
  RunLimits limits;
  Label label = kTrustedPrivate;  // of all that went into the model's context so far

  RunStatus status = RunStatus::ready;
  std::string reason;
  std::int64_t seq = 0;
  int incarnation = 0;  // raised when a node takes the run over, or a fork begins
  Micros started_at = 0;
  Micros last_at = 0;
  Micros waited = 0;  // µs with an open question, or with nobody to drive the run
  Micros waiting_since = 0;

  std::vector<Message> prior;  // of the session's earlier runs; set by the loader, not by events
  std::vector<Turn> turns;
  std::map<std::string, CallState> calls;
  std::map<std::string, QuestionState> questions;
  std::map<std::string, Micros> timers;        // set and not yet fired: when they are due
  std::map<std::string, Micros> fired;         // timers that fired, and when
  std::map<std::string, ChildState> children;  // by call
  std::map<std::string, ScriptState> scripts;  // by call
  std::vector<SignalState> signals;            // in the order they came
  std::optional<PlanState> plan = {};          // the newest
  std::vector<Compaction> compactions;         // in their order
  std::string open_model;                      // id of the model call in flight, or empty
  int model_calls = 0;
  int failures_in_row = 0;   // interrupted model calls since the last reply
  std::string last_failure;  // class and message of the last model.failed not followed by a reply
  std::string last_failure_class;
  Usage usage;
  NanoUsd cost = 0;
  bool unpriced = false;              // a call of its own had no known price: `cost` leaves it out
  NanoUsd inherited_cost = 0;         // the part of `cost` that a fork's parent paid
  std::int64_t inherited_tokens = 0;  // the same of the tokens, and of the steps
  std::int64_t inherited_steps = 0;
  std::int64_t inner_replies = 0;  // of models that scripts, guards and the like called
  Usage children_usage;            // what the children that ended spent with their own
  NanoUsd children_cost = 0;
  std::int64_t children_steps = 0;
  ScriptUse script_use;        // of this run's tools, by the meters of their results
  int repeats = 0;             // how often the last signature came in a row
  std::string last_signature;  // of a turn's calls and results
  std::string text;            // the answer
  Json output;

  // Folds one event in. It must have passed check_event and pairing (check_pairing): what is read
  // from a store goes through fold_in.
  void apply(const Event& event);

  // What this run did itself, a fork's parent and its children left out.
  std::int64_t own_steps() const;
  std::int64_t own_tokens() const;
  NanoUsd own_cost() const { return cost - inherited_cost; }
  // What counts against its limits: its own and its children's that have ended.
  std::int64_t all_steps() const { return own_steps() + children_steps; }
  std::int64_t all_tokens() const;
  NanoUsd all_cost() const;

  const CallState* find_call(std::string_view id) const;
  bool has_open_question() const;
  bool has_open_child() const;
  const ScriptState* open_script(std::string_view call_id) const;  // null: there is none
};

// Our id of the index-th tool call that a reply wanted, and of the n-th model call.
std::string call_id_of(std::int64_t reply_seq, std::size_t index);
std::string model_call_id(int number);
// Of what is done for a script's want: "SCRIPT/PLACE".
std::string want_id(const std::string& script, const std::string& at);

// Whether the event may follow in this state: an opening names no closed call, a closing names an
// open one, a second question of one id, an event after the end … An orphan cannot be committed.
Result<void> check_pairing(const RunState& state, const Event& event);

// Folds in an event as it was read, which anything may have happened to: checked first. An error
// says which run and event are damaged, and leaves the state as it was.
Result<void> fold_in(RunState& state, const Event& event);
Result<RunState> fold_journal(const std::vector<Event>& events);

}  // namespace yoke
