#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/ports/run_extras.h"
#include "runtime/ports/run_hooks.h"

// How an operator's hooks are asked: private to the engine.
namespace yoke {

// Null: the program has none.
RunHooks* hooks_of(const Program& program);

// hook.ran, one for each that was asked.
std::vector<Event> hook_events(HookPoint on, const HookAnswer& answer, const std::string& call_id,
                               const Label& label);

// Whether the answer keeps what it was asked about from going on; of a tool call to ask is to keep
// it, too: nobody can be asked once a call is under way.
bool keeps_back(const HookAnswer& answer);
// "the hook 'PreToolUse 1' denies it: REASON"
std::string words_of(const HookAnswer& answer);

// What a run is started with after SessionStart and UserPromptSubmit: what they add stands below
// the task. Errors: denied: one of them blocks it, and why.
struct HookedStart {
  StartRun start;
  std::vector<Event> ran;
};
awaitable<Result<HookedStart>> start_by_hooks(StartRun start);

// A tool's result with what PostToolUse said of it, for the model to read.
void add_words(ToolOutcome& outcome, const HookAnswer& answer);

// The request and the reply as PreModelCall and PostModelCall read them.
Json details_of(const ModelRequest& request);
Json details_of(const ModelReply& reply);

inline constexpr std::string_view kStoppedByHook = "hook.stopped";  // why such a run failed

}  // namespace yoke
