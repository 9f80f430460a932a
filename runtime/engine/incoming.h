#pragma once

#include <string>
#include <variant>
#include <vector>

#include "runtime/engine/guarding.h"
#include "runtime/engine/machine.h"
#include "runtime/ports/durable_script.h"

// What comes in at a driver's mailbox, each thing handled by itself and in its order. Private to
// the engine.
namespace yoke::incoming {

struct ModelDone {
  std::string call_id;
  ModelOutcome outcome;
  std::vector<GuardNote> notes = {};
  std::vector<Event> ran = {};  // hook.ran
  std::string stops = {};       // a hook stops the run: why
};
struct ToolDone {
  std::string call_id;
  ToolOutcome outcome;
  std::vector<GuardNote> notes = {};
  std::vector<Event> ran = {};  // hook.ran
  std::string stops = {};       // a hook stops the run: why
};
struct ProbeDone {
  std::string call_id;
  ProbeOutcome outcome;
};
struct InboxCame {};
struct TimerDue {};
struct ScriptAsked {
  std::string call_id;
  std::vector<ScriptWant> wants;
};
struct ScriptDone {
  std::string call_id;
  ToolOutcome outcome;
  std::string differs;  // from what the journal has; empty: it does not
};
struct ChildRests {  // it has ended, or waits, or is another's to drive
  std::string call_id;
  Micros ready_at = 0;
  std::string refused;  // why it could not be begun; empty: it was
  bool gone = false;    // it was given up before there was one
};
struct CallAsks {  // a call wants a person's answer before it goes on
  std::string call_id;
  Json fields;  // of question.asked
};
struct CallSamples {  // a call wants a model's words
  std::string call_id;
  std::string called_by;
  ModelRequest request;
};
struct Settled {};  // the appends that were handed in are stored, or one of them failed
using Item = std::variant<InboxCame, TimerDue, ModelDone, ToolDone, ProbeDone, ScriptAsked,
                          ScriptDone, ChildRests, CallAsks, CallSamples, Settled>;

// An end of the run that waits until its children have ended: what they spend is the run's.
struct Ending {
  std::string reason;     // run.failed; empty: it is cancelled
  std::string why;        // or, cancelled, by whom
  std::string mail = {};  // the message that says so
};

}  // namespace yoke::incoming
