#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/label.h"
#include "runtime/loop/asio.h"
#include "runtime/ports/tool.h"

namespace yoke {

// What a durable script wants done. `at` is its place in the script, the same in every run of it
// that meets the same answers: "3", or "2.1.4" within branches; unique, of [0-9A-Za-z._-], at most
// 200 bytes. Kinds, their args and the value of an answer that is ok:
//   tool   {"tool","args"}                     the tool's value
//   agent  {"agent","task"?,"input"?}          its output, or its text where it has none
//   model  {"prompt" | "messages","target"?,"instructions"?,"output_tokens_max"?,"purpose"?}
//                                              {"text","message","finish"}
//   ask    {"title","body"?,"choices"?,"expires_us"?}   the answer; expired: not ok, timeout
//   sleep  {"us"}                              null
//   now    {}                                  microseconds since 1970
//   random {}                                  a number in [0, 1)
//   signal {"name"}                            the first such signal that nobody has had yet
//   step   {"name"}      {"done":false}: do it and want `record` at the same place + "r";
//                        {"done":true,"value":…}: it was done before, and nothing is to be recorded
//   record {"name","value"}                    the value
//   drop   {"of"}        the want at that place is given up; neither it nor this is answered,
//                        unless it had been already. Only what the script was not handed is
//                        dropped: a signal that was to answer it is nobody's again
struct ScriptWant {
  std::string at;
  std::string kind;
  Json args;
};

struct ScriptAnswer {
  std::string at;
  Outcome outcome = Outcome::ok;
  Json value;           // when ok
  std::string message;  // when not
  Label label;
};

// The engine's side of a script that runs. Lives as long as its coroutine. Loop thread only.
class ScriptSteps {
 public:
  virtual ~ScriptSteps() = default;
  // Hands in what is newly wanted, in its order, and waits for the next answer in the journal's
  // order: one for each want but `drop`. While it waits, the script may be stopped and run anew
  // from its start, in another process or a week later; it is then given the same answers in the
  // same order. Throws when the script is stopped, and when what it wants is malformed, too large,
  // or not what the journal has at that place: that ends the run.
  virtual awaitable<ScriptAnswer> step(std::vector<ScriptWant> wants) = 0;
};

// A script to run. It decides on these, and on the answers to its wants, alone.
struct DurableScript {
  std::string name;
  Json source;  // as the agent's action has it
  Json input;
  std::string run_id;
  std::string call_id;
  std::string tenant;
  std::string agent;
  std::string session;
  ScriptUse run_use;  // of the run's scripts so far
};

// Runs durable scripts. Implemented over the workers; fixed with a run's program.
class DurableScripts {
 public:
  virtual ~DurableScripts() = default;
  // Outcome as for a tool: what the script returned, or the message and traceback of its error.
  // Lets through what `steps` throws. Cancelled: throws. `steps` and `context` outlive the call.
  virtual awaitable<ToolOutcome> run(DurableScript script, ScriptSteps& steps,
                                     CallContext& context) = 0;
};

}  // namespace yoke
