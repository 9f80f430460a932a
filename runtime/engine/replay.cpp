#include "runtime/engine/replay.h"

#include <deque>
#include <limits>
#include <map>

#include "runtime/base/ensure.h"
#include "runtime/ports/flow_policy.h"
#include "runtime/store/chain.h"

namespace yoke {
namespace {

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
      } else if (event.kind == EventKind::question_asked && event.fields.contains("expires")) {
        lifetimes_[event.call_id] = integer_at(event.fields, "expires") - event.at;
      } else if (event.kind == EventKind::tool_called && !decisions_.contains(event.call_id)) {
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
  Replay(const std::vector<Event>& events, const Program& program, std::vector<Message> prior)
      : events_(events), policy_(events) {
    state_.prior = std::move(prior);
    around_.program = &program;
    around_.policy = &policy_;
    // How many calls a host makes at once is its own affair: may_stop() allows for it.
    around_.calls_at_once = std::numeric_limits<int>::max();
    around_.estimate = [this](const std::string& call_id, const ModelRequest&) {
      return recorded_estimate(call_id);
    };
    around_.asks_for_most = [this](const std::string& call_id) { return got_most(call_id); };
  }

  // The next record as the machine makes it, or as the journal supplies it.
  bool step(const Event& recorded, const Record& record, ReplayReport& report, Record& made) {
    if (expected_.empty()) plan(recorded.at);
    if (!expected_.empty()) {
      const RecordIn decided = to_record(expected_.front());
      if (same_record(decided, record)) {
        static_cast<RecordIn&>(made) = decided;
        made.at = record.at;
        last_call_ = expected_.front().call_id;
        expected_.pop_front();
        begun_ = true;
        ++report.decided;
        return fold(recorded, report);
      }
      if (!is_outside(recorded) || !may_stop(recorded)) {
        report.replayed = shown(decided);
        return false;
      }
    } else if (!is_outside(recorded)) {
      report.replayed = "nothing";
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

  // Whether the journal may leave the expected batch here: before it has begun, before another call
  // that the host had no room for, or where a fork was cut off.
  bool may_stop(const Event& recorded) const {
    if (!begun_ || recorded.kind == EventKind::run_forked) return true;
    const Event& next = expected_.front();
    const bool begins_call =
        next.kind == EventKind::tool_called || next.kind == EventKind::policy_decided;
    return begins_call && next.call_id != last_call_;
  }

  void plan(Micros now) {
    begun_ = false;
    if (state_.seq == 0) return;
    Plan next = plan_next(state_, around_, now);
    expected_.assign(next.events.begin(), next.events.end());
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
  RecordedPolicy policy_;
  Surroundings around_;
  RunState state_;
  std::deque<Event> expected_;
  bool begun_ = false;     // part of the expected batch was met: the rest must follow
  std::string last_call_;  // the call of the event that was met last
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
  Replay replay(events, program, std::move(prior));
  std::vector<Record> made = records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!replay.step(events[i], records[i], report, made[i])) {
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
