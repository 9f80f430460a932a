#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/ports/guards.h"
#include "runtime/ports/run_extras.h"

// How what comes in passes a run's guardrails before it is journaled: private to the engine.
namespace yoke {

// Null: the program has none.
const RunExtras* extras_of(const Program& program);
Guards* guards_of(const Program& program);

// What a guardrail decided, for the journal.
struct GuardNote {
  GuardDecision decision;
  GuardPlace place = GuardPlace::output;
  std::optional<std::size_t> wanted = {};  // tool_args: which of the reply's calls
};

// A reply with what was redacted cut out. One that is blocked is a failure of class `content`, with
// what it cost; of a call whose arguments are blocked nothing is kept but why (guard_refusal()).
struct GuardedOutcome {
  ModelOutcome outcome;
  std::vector<GuardNote> notes;
};
awaitable<GuardedOutcome> guard_reply(Guards& guards, ModelOutcome outcome, ToolRequest identity,
                                      CallContext& context);

// A result with what was redacted cut out; one that is blocked is an error that says why.
struct GuardedResult {
  ToolOutcome outcome;
  std::vector<GuardNote> notes;
};
awaitable<GuardedResult> guard_result(Guards& guards, ToolOutcome outcome, ToolRequest identity,
                                      CallContext& context);
// The same of what comes to a run while it goes on; denied when it is blocked.
awaitable<GuardedResult> guard_input(Guards& guards, Json value, ToolRequest identity,
                                     CallContext& context);

// What a run is started with. Errors: denied: it is blocked, and by what.
struct GuardedStart {
  StartRun start;
  std::vector<GuardNote> notes;
};
awaitable<Result<GuardedStart>> guard_start(StartRun start);

// As events; `call_id` is what they are about, `reply_seq` that of the reply whose calls are meant.
std::vector<Event> guard_events(const std::vector<GuardNote>& notes, const std::string& call_id,
                                std::int64_t reply_seq, const Label& label);

// What the model is told of a call whose arguments a guardrail blocked; empty: none did.
std::string guard_refusal(const std::string& bad_args);

}  // namespace yoke
