#pragma once

#include <string>

#include "runtime/engine/settle.h"

// The parts of the machine's decision about children and durable scripts: private to it.
namespace yoke::machine {

// A run of another agent, which has passed its checks: begun, or refused where the runs above it
// are too many. Nothing while a limit of the run leaves nothing: then the run ends.
void open_child(Draft& draft, const Wanted& wanted, const std::string& agent,
                const std::string& rule);
void want_child(Draft& draft, const StartChild& wanted);

// The same child for a fork, whose parent has the one that is under way.
void reopen_child(Draft& draft, const CallState& call);

void want_script(Draft& draft, const RunScript& wanted);

// What the scripts that run want and is not under way yet; what they gave up is ended, but for
// children: those end by themselves once they are told to, and their calls with them.
void serve_scripts(Draft& draft);

// Whether money waits: a child that was given up has not told yet what it spent.
bool awaits_given_up(const RunState& state);

// The id of the child run of a call. The same whoever works it out.
std::string child_run_id(const RunState& parent, const std::string& call_id, int attempt,
                         Micros now);

}  // namespace yoke::machine

namespace yoke {

// Whether no script wants any more what goes by this id.
bool is_given_up(const RunState& state, const std::string& call_id);
// Whether the call is of a child under way that this run itself began.
bool is_own_open_child(const RunState& state, const std::string& call_id);
bool has_own_open_child(const RunState& state);

}  // namespace yoke
