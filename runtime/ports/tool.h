#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/label.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {

// How a call ended. Each call has its own; one failing call never takes its siblings with it.
enum class Outcome : std::uint8_t { ok, error, timeout, denied, cancelled, not_started };
std::string_view name_of(Outcome outcome);
Result<Outcome> outcome_from_name(std::string_view name);

// What the scripts of a run have used together.
struct ScriptUse {
  std::int64_t instructions = 0;
  std::int64_t host_calls = 0;
};

struct ToolRequest {
  std::string tool;
  Json args;
  std::string run_id;
  std::string call_id;
  std::string idempotency_key;  // "run_id/call_id", the same over every attempt
  std::string agent;
  std::string session;
  std::string tenant;
  int attempt = 1;
  Deadline deadline = kNoDeadline;
  Label label;             // of the arguments
  ScriptUse run_use = {};  // so far, as the journal has it
};

struct ToolOutcome {
  Outcome outcome = Outcome::ok;
  Json value;            // when ok
  std::string message;   // when not ok: what, where, how to mend; for a model to read
  Label label;           // of the value
  Json meter = nullptr;  // what it used: instructions, memory, host calls …
  Json audit = nullptr;  // the inner requests and what was decided of each; stored with the result
};

struct CallQuestion;  // runtime/ports/call_wants.h
struct CallAnswer;
struct CallSample;
struct SampleReply;

// What a running call may ask of the engine. Lives as long as the call.
// Threads: loop thread only.
class CallContext {
 public:
  virtual ~CallContext() = default;
  virtual void progress(double done, double total, std::string_view message) = 0;  // live feed only
  virtual void log(std::string_view level, std::string_view message) = 0;          // live feed only

  // Asks a person, in the run's own way: a question in its journal. The time it takes is not the
  // call's. A call that is made again after a crash and asks the same gets the same answer. A
  // context outside any run has nobody to ask: cancelled.
  virtual awaitable<CallAnswer> ask(CallQuestion question);
  // Asks a model. A context outside any run has none: denied.
  virtual awaitable<SampleReply> sample(CallSample request);
};

// What a probe says of a call whose outcome a crash swallowed.
struct ProbeOutcome {
  enum class Answer : std::uint8_t { happened, did_not_happen, unknown };
  Answer answer = Answer::unknown;
  Json value;  // the result, when it happened
  std::string message;
};

class Tool {
 public:
  virtual ~Tool() = default;
  virtual const ToolSpec& spec() const = 0;
  // The arguments with defaults filled in, or an Error whose detail a model can mend. Pure. Asked
  // before the call is journaled, approved or made; call() is given what this returned.
  virtual Result<Json> check(const Json& args) const = 0;
  // Never throws for what the call itself did: that is in the outcome. Cancelled: throws, and the
  // effect may or may not have taken place. `context` outlives the call.
  virtual awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) = 0;
  // Asked only when spec().has_probe.
  virtual awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) = 0;
};

// The tools an agent was given, by dotted name.
class ToolSet {
 public:
  virtual ~ToolSet() = default;
  virtual Tool* find(std::string_view name) const = 0;  // null when there is none; owned by the set
  virtual std::vector<const ToolSpec*> list() const = 0;  // sorted by name
};

}  // namespace yoke
