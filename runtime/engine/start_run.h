#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/time.h"
#include "runtime/engine/agent.h"
#include "runtime/journal/run_parts.h"
#include "runtime/ports/recall.h"

// What runs are created from.
namespace yoke {

// What becomes of a run whose session has one that has not ended.
enum class OnBusy : std::uint8_t {
  beside,     // it begins, and goes on from what that one has come to by now
  reject,     // it is not created
  enqueue,    // it waits until those before it have ended, and goes on from there
  interrupt,  // the same; and those before it are cancelled
};
inline constexpr std::size_t kSessionQueueMax = 100;  // runs of a session that have not ended

// `place` of a conflict: what stands in the way of a run's creation.
inline constexpr std::string_view kKeyInUse = "idem_key";    // another body under a used key
inline constexpr std::string_view kSessionBusy = "session";  // as OnBusy::reject

struct StartRun {
  Program program;
  std::string task;
  Json input = Json::object();
  std::vector<ImagePart> images = {};  // shown to the model with the task
  std::string tenant = "local";
  std::string session = {};
  std::string model = {};                // overrides the agent's
  std::optional<RunLimits> limits = {};  // overrides the agent's
  std::string idem_key = {};
  std::string idem_hash = {};  // of what is asked for: another one under the same key is refused
  Micros idem_since = 0;       // a key used before this is free again; 0: none is
  std::string by = {};
  std::string parent_run = {};   // the run that this one was made for, as a shadow is
  std::string parent_call = {};  // and the call of it
  OnBusy on_busy = OnBusy::beside;
  // drive() follows at once: a model call that comes first is journaled with the start. A run that
  // is not driven then leaves a call that seems to have been made.
  bool at_once = false;
  // What was said before the task, shown to the model before it; opening.h has the bounds.
  std::vector<Message> messages = {};
  // Offered to the model beside the agent's own. Each call is a question to whoever started the
  // run, with its id and the purpose "tool"; the answer is the result, {"error":"…"} a failure.
  std::vector<ToolSpec> caller_tools = {};
  Json webhook = nullptr;                    // whom EngineOptions::outbox tells; an object
  Json note = nullptr;                       // the starter's own, kept with the run; an object
  std::optional<RecallFound> recalled = {};  // set by create(), as the program wants it
};

struct ForkRun {
  std::string run_id;
  std::int64_t at = 0;              // the last event the fork shares with its parent
  std::string model = {};           // goes on with another model
  std::optional<Json> result = {};  // `at` is a tool.returned: it gets this value instead
  std::string by = {};
};

}  // namespace yoke
