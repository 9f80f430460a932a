#include "runtime/journal/event_table.h"

#include <array>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr FieldType kText = FieldType::text;
constexpr FieldType kInteger = FieldType::integer;
constexpr FieldType kBoolean = FieldType::boolean;
constexpr FieldType kObject = FieldType::object;
constexpr FieldType kList = FieldType::list;
constexpr FieldType kAny = FieldType::any;

constexpr FieldSpec kRunStarted[] = {
    {"agent", kText, true},     {"task", kText, false},         {"input", kObject, false},
    {"images", kList, false},   {"tenant", kText, true},        {"session", kText, false},
    {"after", kText, false},    {"after_seq", kInteger, false}, {"program", kText, true},
    {"limits", kObject, true},  {"model", kText, false},        {"by", kText, false},
    {"messages", kList, false}, {"caller_tools", kList, false}, {"webhook", kObject, false},
    {"note", kObject, false},   {"queued", kText, false},       {"parent", kText, false},
    {"depth", kInteger, false}, {"approvals", kList, false},    {"handed", kList, false},
    {"recalled", kList, false},
};
constexpr FieldSpec kPlanProposed[] = {{"plan", kObject, true}};
constexpr FieldSpec kPlanChanged[] = {
    {"plan", kObject, true}, {"by", kText, false}, {"why", kText, false}};
constexpr FieldSpec kModelCalled[] = {
    {"target", kText, true},     {"request", kText, true},  {"messages", kInteger, true},
    {"estimate", kObject, true}, {"purpose", kText, false}, {"called_by", kText, false},
};
constexpr FieldSpec kRouteChosen[] = {
    {"route", kText, true},          {"target", kText, true},       {"strategy", kText, false},
    {"why", kText, false},           {"tries", kList, false},       {"shadows", kList, false},
    {"from_cache", kBoolean, false}, {"structured", kObject, false}};
constexpr FieldSpec kModelReplied[] = {
    {"message", kObject, true},   {"finish", kText, true},         {"usage", kObject, true},
    {"cost", kInteger, true},     {"target", kText, true},         {"model", kText, false},
    {"attempts", kInteger, true}, {"raw_usage", kAny, false},      {"first_us", kInteger, false},
    {"guarded", kAny, false},     {"stop_sequence", kText, false},
};
constexpr FieldSpec kModelFailed[] = {
    {"class", kText, true},   {"message", kText, true},
    {"usage", kObject, true}, {"cost", kInteger, true},
    {"target", kText, false}, {"attempts", kInteger, true},
    {"fault", kText, false},  {"retry_after_ms", kInteger, false},
};
constexpr FieldSpec kToolCalled[] = {
    {"tool", kText, true},       {"args", kAny, true},        {"effect", kText, true},
    {"key", kText, true},        {"vendor_id", kText, false}, {"follows", kInteger, false},
    {"rule", kText, false},      {"caller", kBoolean, false}, {"called_by", kText, false},
    {"edited_by", kText, false},
};
constexpr FieldSpec kToolReturned[] = {
    {"outcome", kText, true}, {"value", kAny, false}, {"message", kText, false},
    {"meter", kAny, false},   {"audit", kAny, false}, {"edited", kBoolean, false},
    {"guarded", kAny, false},
};
constexpr FieldSpec kToolUnknown[] = {{"tool", kText, true}, {"probe", kText, false}};
constexpr FieldSpec kPolicyDecided[] = {
    {"verdict", kText, true}, {"rule", kText, true},      {"tool", kText, true},
    {"why", kText, false},    {"argument", kText, false}, {"sources", kList, false},
};
constexpr FieldSpec kQuestionAsked[] = {
    {"question", kText, true},    {"title", kText, true},   {"body", kAny, false},
    {"choices", kList, true},     {"purpose", kText, true}, {"args_hash", kText, false},
    {"expires", kInteger, false},
};
constexpr FieldSpec kQuestionAnswered[] = {
    {"question", kText, true}, {"value", kAny, true},   {"by", kText, true},
    {"args", kAny, false},     {"scope", kText, false},
};
constexpr FieldSpec kQuestionExpired[] = {{"question", kText, true}};
constexpr FieldSpec kSignal[] = {
    {"name", kText, true}, {"value", kAny, false}, {"by", kText, true}};
constexpr FieldSpec kTimerSet[] = {{"timer", kText, true}, {"due", kInteger, true}};
constexpr FieldSpec kTimerEnded[] = {{"timer", kText, true}};
constexpr FieldSpec kChildStarted[] = {
    {"child", kText, true},      {"agent", kText, true},       {"task", kText, false},
    {"input", kAny, false},      {"limits", kObject, true},    {"tool", kText, false},
    {"called_by", kText, false}, {"follows", kInteger, false}, {"vendor_id", kText, false},
    {"rule", kText, false},      {"handed", kList, false},
};
constexpr FieldSpec kChildFinished[] = {
    {"child", kText, true},    {"outcome", kText, true},   {"value", kAny, false},
    {"message", kText, false}, {"text", kText, false},     {"usage", kObject, false},
    {"cost", kInteger, false}, {"steps", kInteger, false}, {"handed", kList, false},
};
constexpr FieldSpec kValueRecorded[] = {{"name", kText, true}, {"value", kAny, true}};
constexpr FieldSpec kMemoryWritten[] = {{"scope", kText, true}, {"key", kText, true}};
constexpr FieldSpec kCompacted[] = {{"upto", kInteger, true},
                                    {"summary", kText, true},
                                    {"before", kInteger, true},
                                    {"after", kInteger, true},
                                    {"call", kText, false}};
constexpr FieldSpec kLeaseTaken[] = {{"node", kText, true}, {"adopted", kBoolean, true}};
constexpr FieldSpec kRunForked[] = {{"from", kText, true},
                                    {"from_seq", kInteger, true},
                                    {"model", kText, false},
                                    {"edits", kText, false},
                                    {"by", kText, false}};
constexpr FieldSpec kRunCancelled[] = {{"by", kText, true}};
constexpr FieldSpec kRunCompleted[] = {{"text", kText, true}, {"output", kAny, false}};
constexpr FieldSpec kRunFailed[] = {{"message", kText, true}};
constexpr FieldSpec kRunQuarantined[] = {{"message", kText, true}};
constexpr FieldSpec kRunDequeued[] = {{"after", kText, true},
                                      {"after_seq", kInteger, true},
                                      {"approvals", kList, false},
                                      {"handed", kList, false}};
constexpr FieldSpec kScriptStarted[] = {
    {"script", kText, true}, {"name", kText, true}, {"source", kAny, true}, {"input", kAny, false}};
constexpr FieldSpec kScriptWanted[] = {
    {"place", kText, true}, {"want", kText, true}, {"args", kAny, false}};
constexpr FieldSpec kScriptReturned[] = {{"outcome", kText, true},
                                         {"value", kAny, false},
                                         {"message", kText, false},
                                         {"meter", kAny, false}};
constexpr FieldSpec kGuardDecided[] = {{"guard", kText, true},   {"where", kText, true},
                                       {"verdict", kText, true}, {"rule", kText, false},
                                       {"why", kText, false},    {"found", kAny, false}};
constexpr FieldSpec kHookRan[] = {{"hook", kText, true},
                                  {"on", kText, true},
                                  {"verdict", kText, true},
                                  {"why", kText, false},
                                  {"changed", kAny, false}};

constexpr Durability kDurable = Durability::durable;
constexpr Durability kSoft = Durability::soft;
constexpr CallEdge kNone = CallEdge::none;
constexpr CallEdge kOpens = CallEdge::opens;
constexpr CallEdge kTouches = CallEdge::touches;
constexpr CallEdge kCloses = CallEdge::closes;
constexpr auto kSame = std::nullopt;

using Kind = EventKind;
using Status = RunStatus;

constexpr std::array kTable = {
    EventSpec{Kind::run_started, "run.started", kNone, kDurable, Status::owned,
              "A run began: who, what for, with which program and limits.", kRunStarted},
    EventSpec{Kind::plan_proposed, "plan.proposed", kTouches, kDurable, kSame,
              "A model proposed a plan.", kPlanProposed},
    EventSpec{Kind::plan_changed, "plan.changed", kNone, kDurable, kSame,
              "The plan was edited or replanned.", kPlanChanged},
    EventSpec{Kind::model_called, "model.called", kOpens, kDurable, kSame,
              "A model is about to be called; its estimated cost is reserved.", kModelCalled},
    EventSpec{Kind::route_chosen, "route.chosen", kTouches, kSoft, kSame,
              "How a route came by its answer: what was tried, whose answer counts and why.",
              kRouteChosen},
    EventSpec{Kind::model_replied, "model.replied", kCloses, kDurable, kSame,
              "The model's finished reply, with what it used and cost.", kModelReplied},
    EventSpec{Kind::model_failed, "model.failed", kCloses, kDurable, kSame,
              "The model call came to nothing, and why.", kModelFailed},
    EventSpec{Kind::tool_called, "tool.called", kOpens, kDurable, kSame,
              "A tool is about to be called (once and idempotent tools: durable before it starts).",
              kToolCalled},
    EventSpec{Kind::tool_returned, "tool.returned", kCloses, kDurable, kSame,
              "How the call ended; nothing else closes it.", kToolReturned},
    EventSpec{Kind::tool_unknown, "tool.unknown", kTouches, kDurable, kSame,
              "A crash swallowed the outcome of a once tool; its probe or a person is asked.",
              kToolUnknown},
    EventSpec{Kind::policy_decided, "policy.decided", kTouches, kDurable, kSame,
              "A call was forbidden, or a person is to be asked about it, and by which rule.",
              kPolicyDecided},
    EventSpec{Kind::question_asked, "question.asked", kTouches, kDurable, kSame,
              "A person is asked.", kQuestionAsked},
    EventSpec{Kind::question_answered, "question.answered", kTouches, kDurable, kSame,
              "The answer that counts, and whose it is.", kQuestionAnswered},
    EventSpec{Kind::question_expired, "question.expired", kTouches, kDurable, kSame,
              "Nobody answered in time.", kQuestionExpired},
    EventSpec{Kind::signal_received, "signal.received", kNone, kDurable, kSame,
              "A message from outside reached the run.", kSignal},
    EventSpec{Kind::timer_set, "timer.set", kNone, kDurable, kSame,
              "The run wants to be woken at a time.", kTimerSet},
    EventSpec{Kind::timer_fired, "timer.fired", kNone, kDurable, kSame, "The time came.",
              kTimerEnded},
    EventSpec{Kind::timer_cancelled, "timer.cancelled", kNone, kDurable, kSame,
              "The timer is no longer wanted.", kTimerEnded},
    EventSpec{Kind::child_started, "child.started", kOpens, kDurable, kSame,
              "A run of another agent was started for this one.", kChildStarted},
    EventSpec{Kind::child_finished, "child.finished", kCloses, kDurable, kSame, "That run ended.",
              kChildFinished},
    EventSpec{Kind::value_recorded, "value.recorded", kTouches, kDurable, kSame,
              "A value that a replay must see again: a time, a random number, a step's result.",
              kValueRecorded},
    EventSpec{Kind::memory_written, "memory.written", kTouches, kDurable, kSame,
              "Something was remembered.", kMemoryWritten},
    EventSpec{Kind::context_compacted, "context.compacted", kNone, kDurable, kSame,
              "Older history was replaced by a summary in what models see.", kCompacted},
    EventSpec{Kind::lease_taken, "lease.taken", kNone, kDurable, Status::owned,
              "A node took the run over; everything in flight before it is orphaned.", kLeaseTaken},
    EventSpec{Kind::run_forked, "run.forked", kNone, kDurable, Status::owned,
              "This run continues another's history from here on.", kRunForked},
    EventSpec{Kind::run_cancelled, "run.cancelled", kNone, kDurable, Status::cancelled,
              "Somebody stopped the run.", kRunCancelled},
    EventSpec{Kind::run_completed, "run.completed", kNone, kDurable, Status::completed,
              "The run reached its answer.", kRunCompleted},
    EventSpec{Kind::run_failed, "run.failed", kNone, kDurable, Status::failed,
              "The run ended without an answer; `reason` says why.", kRunFailed},
    EventSpec{Kind::run_quarantined, "run.quarantined", kNone, kDurable, Status::quarantined,
              "The run is set aside because driving it keeps failing.", kRunQuarantined},
    EventSpec{Kind::run_dequeued, "run.dequeued", kNone, kDurable, kSame,
              "The turn of a queued run came: it goes on from what its session had come to.",
              kRunDequeued},
    EventSpec{Kind::script_started, "script.started", kOpens, kDurable, kSame,
              "A durable script is about to run: a workflow, or what a model wrote.",
              kScriptStarted},
    EventSpec{Kind::script_wanted, "script.wanted", kTouches, kSoft, kSame,
              "What the script wants done, at a place in it that is the same in every run of it.",
              kScriptWanted},
    EventSpec{Kind::script_returned, "script.returned", kCloses, kDurable, kSame,
              "How the script ended.", kScriptReturned},
    EventSpec{Kind::guard_decided, "guard.decided", kNone, kSoft, kSame,
              "What a guardrail found in what went to a model or a tool, or came from one.",
              kGuardDecided},
    EventSpec{Kind::hook_ran, "hook.ran", kNone, kSoft, kSame,
              "A hook was asked, and what it said.", kHookRan},
};

constexpr bool numbered_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].kind) != i + 1) return false;
  }
  return true;
}
static_assert(numbered_in_order());

}  // namespace

std::span<const EventSpec> event_table() { return kTable; }

const EventSpec& spec_of(EventKind kind) {
  const EventSpec* spec = find_event(static_cast<int>(kind));
  ENSURE(spec != nullptr);
  return *spec;
}

const EventSpec* find_event(std::string_view name) {
  for (const EventSpec& spec : kTable) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

const EventSpec* find_event(int number) {
  if (number < 1 || number > static_cast<int>(kTable.size())) return nullptr;
  return &kTable[static_cast<std::size_t>(number) - 1];
}

}  // namespace yoke
