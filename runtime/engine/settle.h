#pragma once

#include <string_view>

#include "runtime/engine/machine.h"

// The parts of the machine's decision about tool calls: private to it.
namespace yoke::machine {

// A plan as it grows, with the state it starts from.
struct Draft {
  const RunState& state;
  const Surroundings& around;
  Plan plan;
  int open_tools = 0;

  Event& add(EventKind kind, const std::string& call_id);
  // Whether the plan has it already: the agent wanted the same twice.
  bool has(EventKind kind) const;
  bool has(EventKind kind, std::string_view field, const std::string& value) const;
  bool concerns(const std::string& call_id) const;
  bool has_room() const { return open_tools < around.calls_at_once; }  // for another tool call
};

// Calls that were in flight when the run's last driver went away: by effect, tried again, or looked
// into, or asked about. True when the agent must wait for what comes of it.
bool settle_orphans(Draft& draft);

// Calls that the caller carries out and has answered: closed with what the answer says.
void settle_answered(Draft& draft);

// A tool call that is wanted, whoever wants it.
struct Wanted {
  std::string call_id;
  std::string tool;
  Json args;
  std::string called_by;  // empty: a reply wanted it
};

// A tool call that a reply wanted, or another: refused, asked about, or made. Nothing is done for
// one that was, or that is being asked about.
void want_tool(Draft& draft, const std::string& call_id);
void want_named(Draft& draft, Wanted wanted);

// Null: it was not asked.
const QuestionState* question_about(const RunState& state, const std::string& id);
// Asks whoever started the run to make a call.
void ask_caller_about(Draft& draft, const std::string& call_id, const std::string& tool,
                      const Json& args);

// Opens a tool call, or opens it again.
void open_tool(Draft& draft, const Wanted& wanted, Effect effect, const std::string& rule);
void close_tool(Draft& draft, const std::string& call_id, Outcome outcome, const std::string& why);

// What a person answered an approval with.
struct Approval {
  bool yes = false;
  std::string words;
};
Approval approval_from(const Json& answer);

}  // namespace yoke::machine
