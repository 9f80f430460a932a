#include "runtime/engine/replay.h"

#include <deque>
#include <limits>
#include <map>

#include "runtime/base/ensure.h"
#include "runtime/engine/call_input.h"
#include "runtime/ports/flow_policy.h"
#include "runtime/store/chain.h"

namespace yoke {
namespace {

bool opens_call(EventKind kind) {
  return kind == EventKind::tool_called || kind == EventKind::child_started;
}

bool asks_approval(const Event& event) {
  return event.kind == EventKind::question_asked && string_at(event.fields, "purpose") == "approve";
}

// What a call wanted while it ran: the tool's doing, and no decision.
bool is_of_call(const Event& event) {
  const std::string purpose = string_at(event.fields, "purpose");
  return (event.kind == EventKind::question_asked && purpose == kPurposeInput) ||
         (event.kind == EventKind::model_called && purpose == kPurposeSampling);
}

// Verdicts as they were given at the time: the rules may have changed since.
class RecordedPolicy final : public FlowPolicy {
 public:
  explicit RecordedPolicy(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (event.kind == EventKind::policy_decided) {
        FlowDecision& said = decisions_[event.call_id];
        said.decision.rule = string_at(event.fields, "rule");
        const std::string verdict = string_at(event.fields, "verdict");
        said.decision.verdict = verdict == name_of(Verdict::deny) ? Verdict::deny : Verdict::ask;
        said.why = string_at(event.fields, "why");
        said.argument = string_at(event.fields, "argument");
        for (const Json& source : member_at(event.fields, "sources")) {
          said.sources.push_back(argument_source_from_json(source));
        }
      } else if (asks_approval(event) && event.fields.contains("expires")) {
        lifetimes_[event.call_id] = integer_at(event.fields, "expires") - event.at;
      } else if (opens_call(event.kind) && !decisions_.contains(event.call_id)) {
        decisions_[event.call_id].decision.rule = string_at(event.fields, "rule", "default");
      }
    }
  }

  FlowDecision decide_flow(const FlowQuery& query) const override {
    const auto found = decisions_.find(query.call.call_id);
    return found == decisions_.end() ? FlowDecision{} : found->second;
  }
  PolicyDecision decide(const PolicyQuery& query) const override {
    FlowQuery whole;
    whole.call.call_id = query.call_id;
    return decide_flow(whole).decision;
  }
  bool traces() const override { return false; }
  ToolFlow flow_of(const ToolSpec&) const override { return {}; }
  Micros question_lifetime(const std::string& call_id) const override {
    const auto found = lifetimes_.find(call_id);
    return found == lifetimes_.end() ? 0 : found->second;
  }

 private:
  std::map<std::string, FlowDecision> decisions_;
  std::map<std::string, Micros> lifetimes_;
};

bool comes_from_outside(EventKind kind) {
  switch (kind) {
    case EventKind::run_started:
    case EventKind::route_chosen:
    case EventKind::model_replied:
    case EventKind::model_failed:
    case EventKind::memory_written:
    case EventKind::tool_returned:
    case EventKind::tool_unknown:
    case EventKind::question_answered:
    case EventKind::question_expired:
    case EventKind::signal_received:
    case EventKind::timer_fired:
    case EventKind::lease_taken:
    case EventKind::run_forked:
    case EventKind::run_dequeued:
    case EventKind::run_cancelled:
    case EventKind::guard_decided:
    case EventKind::hook_ran:
    case EventKind::child_finished:
    case EventKind::script_wanted:
    case EventKind::script_returned:
      return true;
    default:
      return false;
  }
}

// Ends that were decided by what no journal holds: a budget shared with other runs, an estimate
// that came too high or not at all, a driver that had nothing in flight.
bool is_outside(const Event& event) {
  if (is_of_call(event)) return true;
  if (event.kind != EventKind::run_failed) return comes_from_outside(event.kind);
  return event.reason == "limit.budget" || event.reason == "limit.usd" ||
         event.reason == "model.unknown" || event.reason == "stuck" ||
         event.reason == "script.changed" || event.reason == "hook.stopped";
}

bool same_record(const RecordIn& a, const RecordIn& b) {
  return a.kind == b.kind && a.call_id == b.call_id && a.parent_call == b.parent_call &&
         a.attempt == b.attempt && a.label == b.label && a.reason == b.reason && a.body == b.body;
}

std::string shown(const RecordIn& record) {
  const EventSpec* spec = find_event(record.kind);
  return std::string(spec == nullptr ? "?" : spec->name) + " " + record.call_id + " " + record.body;
}

class Replay {
 public:
  Replay(const std::vector<Event>& events, const std::vector<Record>& records,
         const Program& program, std::vector<Message> prior)
      : events_(events), records_(records), policy_(events) {
    state_.prior = std::move(prior);
    around_.program = &program;
    around_.policy = &policy_;
    around_.estimate = [this](const std::string& call_id, const ModelRequest&) {
      return recorded_estimate(call_id);
    };
    around_.asks_for_most = [this](const std::string& call_id) { return got_most(call_id); };
  }

  // The next record as the machine makes it, or as the journal supplies it.
  bool step(std::size_t at, ReplayReport& report, Record& made) {
    const Event& recorded = events_[at];
    if (expected_.empty()) plan(at);
    if (!expected_.empty() && same_record(expected_.front(), records_[at])) {
      static_cast<RecordIn&>(made) = std::move(expected_.front());
      made.at = recorded.at;
      expected_.pop_front();
      begun_ = true;
      ++report.decided;
      return fold(recorded, report);
    }
    // A batch is stored as one: it is left before it has begun, or where a fork was cut off.
    const bool may_leave = expected_.empty() || !begun_ || recorded.kind == EventKind::run_forked;
    if (!is_outside(recorded) || !may_leave) {
      report.replayed = expected_.empty() ? "nothing" : shown(expected_.front());
      return false;
    }
    expected_.clear();
    begun_ = false;
    ++report.supplied;
    return fold(recorded, report);
  }

 private:
  // False where the journal is damaged: no machine ever made that.
  bool fold(const Event& recorded, ReplayReport& report) {
    const Result<void> folded = fold_in(state_, recorded);
    if (!folded) report.replayed = folded.error().message();
    return folded.has_value();
  }

  // What the machine wants before this record. How many calls a host makes at once is its own
  // affair and in no journal: where the journal has fewer, it is the number that explains the whole
  // batch, if there is one.
  void plan(std::size_t at) {
    begun_ = false;
    if (state_.seq == 0) return;
    expected_ = planned(at, std::numeric_limits<int>::max());
    if (expected_.empty() || is_next(expected_, at)) return;
    if (is_outside(events_[at]) && !same_record(expected_.front(), records_[at])) return;
    const int most = open_tools() + opened_beside(at);
    for (int tried = 0; tried <= most; ++tried) {
      const int limit = tried == 0 ? calls_at_once_ : tried;
      std::deque<RecordIn> fewer = planned(at, limit);
      if (fewer.empty() || !is_next(fewer, at)) continue;
      calls_at_once_ = limit;
      expected_ = std::move(fewer);
      return;
    }
  }

  std::deque<RecordIn> planned(std::size_t at, int calls_at_once) {
    around_.calls_at_once = calls_at_once;
    const Plan next = plan_next(state_, around_, events_[at].at);
    std::deque<RecordIn> batch;
    for (const Event& event : next.events) batch.push_back(to_record(event));
    return batch;
  }

  // Whether the journal goes on with all of the batch, as far as it goes on.
  bool is_next(const std::deque<RecordIn>& batch, std::size_t at) const {
    for (const RecordIn& decided : batch) {
      if (at == records_.size() || events_[at].kind == EventKind::run_forked) return true;
      if (!same_record(decided, records_[at++])) return false;
    }
    return true;
  }

  int open_tools() const {
    int open = 0;
    for (const auto& [id, call] : state_.calls) open += call.open ? 1 : 0;
    return open;
  }

  // How many calls were opened at that moment: a batch has one time.
  int opened_beside(std::size_t at) const {
    int opened = 0;
    for (std::size_t i = at; i < events_.size() && events_[i].at == events_[at].at; ++i) {
      opened += events_[i].kind == EventKind::tool_called ? 1 : 0;
    }
    return opened;
  }

  bool got_most(const std::string& call_id) const {
    for (const Event& event : events_) {
      if (event.kind != EventKind::model_called || event.call_id != call_id) continue;
      const Json& kept = member_at(event.fields, "estimate");
      return integer_at(kept, "cost") == integer_at(kept, "most");
    }
    return false;
  }

  Result<ModelEstimate> recorded_estimate(const std::string& call_id) const {
    for (const Event& event : events_) {
      if (event.kind != EventKind::model_called || event.call_id != call_id) continue;
      const Json& kept = member_at(event.fields, "estimate");
      ModelEstimate estimate;
      estimate.input_tokens = integer_at(kept, "input");
      estimate.output_tokens = integer_at(kept, "output");
      estimate.cost = integer_at(kept, kept.contains("least") ? "least" : "cost");
      estimate.cost_most = integer_at(kept, "most");
      estimate.priced = bool_at(kept, "priced");
      return estimate;
    }
    return ModelEstimate{};  // never called: a limit or a budget stood in the way
  }

  const std::vector<Event>& events_;
  const std::vector<Record>& records_;
  RecordedPolicy policy_;
  Surroundings around_;
  RunState state_;
  std::deque<RecordIn> expected_;
  bool begun_ = false;     // part of the expected batch was met: the rest must follow
  int calls_at_once_ = 1;  // the number that explained a batch last
};

}  // namespace

ReplayReport replay_run(const RunRow& run, const std::vector<Record>& records,
                        const Program& program, std::vector<Message> prior) {
  ReplayReport report;
  std::vector<Event> events;
  for (const Record& record : records) {
    Result<Event> event = event_from_record(record);
    if (!event) {
      report.differs_at = record.seq;
      report.recorded = event.error().message();
      return report;
    }
    events.push_back(std::move(*event));
  }
  Replay replay(events, records, program, std::move(prior));
  std::vector<Record> made = records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!replay.step(i, report, made[i])) {
      report.differs_at = records[i].seq;
      report.recorded = shown(records[i]);
      return report;
    }
    made[i].body_hash = sha256(made[i].body);
    ++report.events;
  }
  report.chain_matches = verify_chain(run, made).empty();
  return report;
}

}  // namespace yoke
