#pragma once

#include <string_view>

#include "runtime/engine/machine.h"

// The parts of the machine's decision about tool calls: private to it.
namespace yoke::machine {

// A plan as it grows, with the state it starts from.
struct Draft {
  const RunState& state;
  const Surroundings& around;
  const Micros now;
  Plan plan;
  int open_tools = 0;
  int open_children = 0;

  Event& add(EventKind kind, const std::string& call_id);
  // Whether the plan has it already: the agent wanted the same twice.
  bool has(EventKind kind) const;
  bool has(EventKind kind, std::string_view field, const std::string& value) const;
  bool concerns(const std::string& call_id) const;
  bool has_room_for_child() const;
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
  std::string called_by;       // empty: a reply wanted it
  std::string edited_by = {};  // who changed the arguments; empty: nobody
};

// A tool call that a reply wanted, or another: refused, asked about, or made. Nothing is done for
// one that was, or that is being asked about.
void want_tool(Draft& draft, const std::string& call_id);
void want_named(Draft& draft, Wanted wanted);

// A call whose arguments were checked: policy, then a person where one must be asked.
void want_checked(Draft& draft, const Wanted& wanted, const ToolSpec& spec);
// Opens and closes a call that never starts, so that call and result pair up.
void refuse(Draft& draft, const Wanted& wanted, Effect effect, Outcome outcome,
            const std::string& why);

// A model call, unless one is in flight; or the run's end where a limit stands in its way. One with
// a purpose or somebody who calls is no turn of the agent.
void call_model(Draft& draft, ModelRequest request, const std::string& purpose,
                const std::string& called_by);

// Makes the plan the run's end.
void fail(Draft& draft, const std::string& reason, const std::string& message);
void fail_limit(Draft& draft, const std::string& name);
bool has_ended(const Plan& plan);
// The limit that forbids another model call or child, or empty. A fork's count what it did itself.
std::string limit_reached(const RunState& state, Micros now);
NanoUsd committed_cost(const RunState& state);  // spent, and granted to children under way
// Why a model call must not be made for the sake of money, or empty.
std::string money_refusal(const Draft& draft, const ModelEstimate& estimate);
RunLimits left_for_child(const Draft& draft);  // of money: all; share_money() divides it
void share_money(Draft& draft);

// Null: it was not asked.
const QuestionState* question_about(const RunState& state, const std::string& id);
// Asks whoever started the run to make a call.
void ask_caller_about(Draft& draft, const std::string& call_id, const std::string& tool,
                      const Json& args);

// Opens a tool call, or opens it again.
void open_tool(Draft& draft, const Wanted& wanted, Effect effect, const std::string& rule);
void close_tool(Draft& draft, const std::string& call_id, Outcome outcome, const std::string& why);

}  // namespace yoke::machine
