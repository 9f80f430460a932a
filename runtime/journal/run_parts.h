#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/label.h"
#include "runtime/ports/message.h"
#include "runtime/ports/tool.h"

// The parts that a run's state is made of, each as the journal has it. Plain data.
namespace yoke {

// Bounds of a run; zero means none. Reaching one ends the run with reason "limit.NAME".
// Each is at most its k…LimitMax, so that no reckoning with it overflows.
inline constexpr std::int64_t kCountLimitMax = 1'000'000'000'000;  // steps, tokens, repeats
inline constexpr std::int64_t kSecondsLimitMax = 1'000'000'000;    // 31 years
inline constexpr NanoUsd kUsdLimitMax = 1'000'000 * kNanoPerUsd;
struct RunLimits {
  std::int64_t steps = 50;  // model calls, its children's with them
  std::int64_t tokens = 0;  // input and output together
  NanoUsd usd = 0;
  std::int64_t seconds = 0;  // from run.started, waiting for people left out
  std::int64_t repeats = 3;  // the same call with the same result so often in a row: "no_progress"
};
Json to_json(const RunLimits& limits);
RunLimits limits_from_json(const Json& value, const RunLimits& defaults);

enum class CallKind : std::uint8_t { tool, model, child, script };

// One call, from what the journal says of it.
struct CallState {
  std::string id;
  CallKind kind = CallKind::tool;
  bool open = false;
  bool unknown = false;  // its outcome was lost; a probe or a person is to say
  std::string probe;     // what the probe said: "did_not_happen", "unknown", or empty
  std::string tool;      // child: the tool that stands for its agent, or "agent.NAME"
  Json args;             // child: {"task":…,"input":…}; script: its input
  Effect effect = Effect::once;
  std::string key;         // idempotency key
  bool of_caller = false;  // whoever started the run carries it out
  std::string called_by;  // "SCRIPT/PLACE", a plan's step …; empty: a reply wanted it, or the agent
  std::string edited_by;  // who changed the arguments before it was made; empty: nobody
  int attempt = 0;
  int incarnation = 0;         // of the run's driving when it was last opened or looked into
  std::int64_t reply_seq = 0;  // tool: the model.replied that wanted it
  Micros opened_at = 0;
  NanoUsd reserved = 0;  // model: the estimate
  bool priced = true;    // model: whether its price was known
  Usage expected;        // model: the tokens that were reserved
  std::string target;    // model
  std::string purpose;   // model: empty for a turn of the agent
  Outcome outcome = Outcome::ok;
  Json value;  // of an inner model call: {"message":…,"finish":…}
  std::string message;
  Json guarded = nullptr;  // what a guardrail did to the result; null: nothing
  Label label;

  bool is_model() const { return kind == CallKind::model; }
  // A model call whose reply is no turn of the agent: a script, a guard or the like made it.
  bool is_inner_model() const { return is_model() && !(called_by.empty() && purpose.empty()); }
};

inline constexpr std::string_view kPurposeTool = "tool";

struct QuestionState {
  std::string id;
  std::string call_id;  // what it is about, may be empty
  std::string purpose;  // "approve", "unknown", "ask", "tool" (a call that the caller carries out)
  std::string title;
  Json body;
  Json choices = Json::array();
  std::string args_hash;
  Micros expires = 0;  // when it is too late to answer; 0: never
  std::optional<Json> answer = {};
  std::string by;
  std::optional<Json> args = {};  // that the answer puts in place of those asked about
  std::string scope;              // how far the answer reaches; empty: this call
  bool expired = false;

  bool is_open() const { return !answer && !expired; }
};

// A model's reply and the calls it wanted, in its order.
struct Turn {
  std::int64_t seq = 0;  // of model.replied
  std::string call_id;   // of the model call
  Message reply;
  std::string finish;
  Label label;
  std::vector<std::string> calls;  // our ids: call_id_of(seq, index)
};

// The newest plan.
struct PlanState {
  Json plan;
  std::int64_t seq = 0;  // of plan.proposed or plan.changed
  int version = 1;       // how many plans there have been
  bool changed = false;  // not as a model proposed it
  std::string by;        // changed: who did
  std::string why;
};

// A run of another agent for this one. Its call, with what came of it, has the same id.
struct ChildState {
  std::string call_id;
  std::string run_id;      // the child's
  std::string started_by;  // the run that wrote child.started: a fork's parent, or this one
  std::string agent;
  std::string task;
  Json input;
  RunLimits limits;
  std::string text;  // when it has ended: its answer, and what it spent with its own children
  Usage usage;
  NanoUsd cost = 0;
  std::int64_t steps = 0;
  std::vector<std::string> handed;  // of a handoff: whom it is to hand the conversation on to
};

// What a durable script wants, at a place that is the same in every run of it.
struct WantState {
  std::string at;
  std::string kind;
  Json args;
  std::int64_t seq = 0;  // of script.wanted
  bool done = false;     // it has been answered, or needs no answer
  bool dropped = false;  // no longer wanted
  std::string call_id;   // model: the call that is to meet it, or has
  int tries = 0;         // model: how many calls were made for it
  Json value;            // what signal, now, random and record came to
  Label label;
};

struct ScriptState {
  std::string call_id;  // its call, with what came of it, has the same id
  std::string name;
  std::string hash;  // of its source
  Json source;
  Json input;
  std::map<std::string, WantState> wants;  // by place
  std::vector<std::string> order;          // the places, as they were wanted
  std::vector<std::string> open;           // those not answered, dropped ones among them
  std::vector<std::string> completions;    // the places, as they were answered
};

struct SignalState {
  std::string name;
  Json value;
  std::string by;
  std::int64_t seq = 0;
  Label label;
  bool taken = false;  // a script has it
  Micros taken_at = 0;
  std::string taken_by;  // its want: "SCRIPT/PLACE"
};

// Older history that models see as a summary.
struct Compaction {
  std::int64_t seq = 0;   // of context.compacted
  std::int64_t upto = 0;  // the last event that the summary stands for
  std::string summary;
  std::int64_t before = 0;  // tokens
  std::int64_t after = 0;
  std::string call_id;  // the model call that wrote it; empty: none did
  Label label;
};

}  // namespace yoke
