#include <set>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "runtime/record/row_check.h"
#include "runtime/store/chain.h"
#include "tests/sim/simulation.h"

namespace yoke::sim {
namespace {

// One run as it lies on the disk.
class Inspection {
 public:
  Inspection(Outside& world, const Scenario& scenario, Process& process, const MemoryDisk::Run& run,
             Tally& tally)
      : world_(world),
        scenario_(scenario),
        process_(process),
        run_(run),
        records_(world.records_of(run.row.run_id)),
        tally_(tally) {}

  void look() {
    check_chain();
    fold();
    check_end();
    check_calls();
    check_signals();
    if (is_final(state_.status)) check_replay();
    ++tally_.runs;
    if (run_.row.status == RunStatus::quarantined) ++tally_.quarantined;
    if (!run_.row.fork_run.empty()) ++tally_.forks;
  }

  Course course() const {
    Course course;
    course.run_id = run_.row.run_id;
    course.outcome = std::string(name_of(state_.status)) + " " + state_.reason + ": " + state_.text;
    course.comparable = is_comparable();
    return course;
  }
  // A call that was cut off counts with what it may have used, so trouble can end a run sooner; and
  // parts side by side share what limits leave.
  bool is_comparable() const {
    const bool of_parts = !state_.scripts.empty() || !state_.children.empty() || state_.plan;
    const bool limited = state_.reason == "limit.usd" || state_.reason == "limit.budget" ||
                         state_.reason == "limit.tokens" ||
                         (of_parts && state_.reason.starts_with("limit.")) ||
                         (of_parts && scenario_.changes);
    return !strange_ && !limited && run_.row.status != RunStatus::quarantined &&
           run_.row.status != RunStatus::cancelled;
  }
  const RunState& state() const { return state_; }
  NanoUsd spent() const {
    NanoUsd sum = 0;
    for (const LedgerRow& row : world_.disk().ledger_of(run_.row.run_id)) sum += row.cost;
    return sum;
  }
  std::uint64_t digest() const {
    std::uint64_t digest = 0;
    for (const Record& record : records_) digest = seed_of(digest, as_view(record.hash));
    return digest;
  }

 private:
  void breach(const std::string& what) { world_.breach(run_.row.run_id + ": " + what); }

  void check_chain() {
    const auto head = static_cast<std::int64_t>(records_.size());
    if (head != run_.row.head_seq) breach("the head is not the last record");
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (records_[i].seq != static_cast<std::int64_t>(i) + 1) breach("a gap in the journal");
    }
    for (const ChainBreak& broken : verify_chain(run_.row, records_)) {
      breach("chain: " + std::to_string(broken.seq) + " " + broken.what);
    }
    for (const ChainBreak& differs : check_row(run_.row, records_)) breach("row: " + differs.what);
  }

  void fold() {
    for (const Record& record : records_) {
      const Result<Event> event = event_from_record(record);
      if (!event) return breach(event.error().message());
      const Result<void> shape = check_event(*event);
      const Result<void> pairing = check_pairing(state_, *event);
      if (!shape) return breach(shape.error().message());
      if (!pairing) return breach(pairing.error().message());
      state_.apply(*event);
      count(*event);
    }
  }

  void count(const Event& event) {
    const bool own = event.run_id == run_.row.run_id;
    if (event.kind == EventKind::tool_unknown) strange_ = true;
    if (event.kind == EventKind::question_expired) strange_ = true;  // it is a matter of time
    if (event.kind == EventKind::child_finished && was_cut_short(event)) strange_ = true;
    if (event.kind == EventKind::tool_called && event.run_id == run_.row.run_id) {
      opened_.insert(event.call_id);
    }
    if (event.kind == EventKind::question_answered) check_client(event);
    if (!own) return;
    const bool paid =
        event.kind == EventKind::model_replied || event.kind == EventKind::model_failed;
    if (paid) cost_ += integer_at(event.fields, "cost");
    const std::string outcome = string_at(event.fields, "outcome");
    if (event.kind == EventKind::lease_taken) {
      tally_.takeovers += bool_at(event.fields, "adopted") ? 1 : 0;
    }
    if (event.kind == EventKind::tool_unknown) ++tally_.unknown;
    if (event.kind == EventKind::signal_received) ++tally_.signals;
    if (event.kind == EventKind::script_started) ++tally_.scripts;
    if (event.kind == EventKind::child_started) ++tally_.children;
    if (event.kind == EventKind::plan_proposed) ++tally_.plans;
    if (event.kind == EventKind::child_finished && outcome == "cancelled") ++tally_.children_ended;
    if (event.kind == EventKind::run_cancelled) ++tally_.cancels;
    if (outcome == "denied") ++tally_.denied;
    if (outcome == "timeout") ++tally_.timeouts;
    if (event.reason == "limit.budget") ++tally_.refused;
    if (string_at(event.fields, "class") == "interrupted") ++tally_.interrupted;
  }

  // Whether somebody ended the child who is not the run that had begun it.
  bool was_cut_short(const Event& finished) const {
    if (string_at(finished.fields, "outcome") != name_of(Outcome::cancelled)) return false;
    const std::vector<Record> child = world_.records_of(string_at(finished.fields, "child"));
    if (child.empty()) return false;
    const Result<Event> last = event_from_record(child.back());
    return last && last->kind == EventKind::run_cancelled &&
           string_at(last->fields, "by") != "run " + finished.run_id;
  }

  void check_end() {
    NanoUsd cost = cost_;  // a run that was set aside pays for what it had in flight
    for (const auto& [id, call] : state_.calls) {
      if (call.open && run_.row.status == RunStatus::quarantined) cost += call.reserved;
    }
    if (spent() != cost) breach("the ledger is not what the journal says");
    if (state_.reason == "stuck") breach("the run was left with nothing to wait for");
    if (run_.row.status == RunStatus::quarantined) return;
    if (state_.status != run_.row.status) breach("row and journal have different ends");
    if (!run_.row.owner.empty()) breach("a run that ended has an owner");
    for (const auto& [id, call] : state_.calls) {
      if (call.open) breach("call " + id + " is left open");
    }
  }

  // Each that was sent came once, and went to one wait of its name at most.
  void check_signals() {
    std::set<std::string> came;
    std::set<std::string> taken_by;
    for (const SignalState& signal : state_.signals) {
      if (string_at(signal.value, "name") != signal.name) breach("a signal has another's value");
      if (!came.insert(to_text(signal.value)).second) {
        breach("the signal " + to_text(signal.value) + " came twice");
      }
      if (signal.taken && !taken_by.insert(signal.taken_by).second) {
        breach("two signals are of " + signal.taken_by);
      }
    }
    for (const auto& [call_id, script] : state_.scripts) {
      for (const auto& [at, want] : script.wants) {
        if (want.kind != "signal" || !want.done) continue;
        if (string_at(want.value, "name") != string_at(want.args, "name")) {
          breach("the wait at " + at + " has another signal");
        }
      }
    }
    const bool changed = state_.reason == "script.changed";
    tally_.changed += changed ? 1 : 0;
    if (changed && !scenario_.changes) breach("its script has not changed: " + state_.text);
    if (changed && state_.text.find("the journal has") == std::string::npos) {
      breach("it is not said how the script differs: " + state_.text);
    }
  }

  // What the journal says of a call that takes effect once is what the world has seen of it.
  void check_calls() {
    for (const std::string& id : opened_) {
      const CallState& call = *state_.find_call(id);
      if (call.effect != Effect::once || call.open || call.of_caller) continue;
      const int effects = world_.effects_of(run_.row.run_id, id);
      const int repeats = world_.repeats_of(run_.row.run_id, id);
      const bool confirmed = call.message.find("its result was lost") != std::string::npos;
      const bool made = call.outcome == Outcome::ok && !confirmed;
      const bool never = call.outcome == Outcome::denied || call.outcome == Outcome::not_started;
      // A fork makes a call that was open where it left under the same key: one of the two takes
      // effect, and a probe finds it for both.
      const bool took_place = effects > 0 || world_.took_effect(call.key);
      if (made && (!took_place || effects > 1 + repeats)) breach(id + " took effect, not once");
      if (never && effects != 0) breach(id + " took effect, and the journal says it never began");
    }
  }

  void check_replay() {
    std::vector<Message> prior;
    if (!state_.after.empty()) {
      Started<Result<RunState>> read;
      read.on(process_.node().io(), read_state(process_.node().store(), run_.row.run_id));
      process_.node().settle();
      if (!read.ended() || !read.value()) return breach("cannot be read");
      prior = std::move(read.value()->prior);
    }
    const ReplayReport report =
        replay_run(run_.row, records_, process_.program(state_.agent), std::move(prior));
    ++tally_.replays;
    if (report.differs_at != 0) {
      breach("replay differs at " + std::to_string(report.differs_at) + ": recorded " +
             report.recorded + " replayed " + report.replayed);
    } else if (!report.chain_matches) {
      breach("the replayed chain does not end in the head");
    }
  }

  // What the client said first is what counts, and is asked of it once.
  void check_client(const Event& event) {
    const QuestionState& question = state_.questions.at(string_at(event.fields, "question"));
    if (question.purpose != kPurposeTool) return;
    if (member_at(event.fields, "value") != caller_answer(scenario_.seed, question)) {
      breach("the client's answer to " + question.id + " is not what it said");
    }
    if (event.run_id == run_.row.run_id) ++tally_.carried_out;
  }

  Outside& world_;
  const Scenario& scenario_;
  Process& process_;
  const MemoryDisk::Run& run_;
  const std::vector<Record> records_;
  Tally& tally_;
  RunState state_;
  std::set<std::string> opened_;  // tool calls that this run made itself
  NanoUsd cost_ = 0;              // of its own calls, by the journal
  bool strange_ = false;          // a person or a probe had to say what became of a call
};

// What the children of the runs came to is what their parents' journals say.
void check_families(Outside& world, const std::map<std::string, Inspection>& runs) {
  for (const auto& [run_id, run] : runs) {
    const auto breach = [&, id = run_id](const std::string& what) {
      world.breach(id + ": " + what);
    };
    const RunRow& row = world.run(run_id)->row;
    if (!row.parent_run.empty()) {
      const auto parent = runs.find(row.parent_run);
      if (parent == runs.end()) return breach("a child of no run");
      const auto& children = parent->second.state().children;
      const auto known = children.find(row.parent_call);
      if (known == children.end() || known->second.run_id != run_id) {
        breach("a child that its parent does not know");
      }
    }
    for (const auto& [call_id, child] : run.state().children) {
      if (child.started_by != run_id) continue;
      const CallState& call = *run.state().find_call(call_id);
      if (call.open) continue;  // its parent was set aside
      const auto found = runs.find(child.run_id);
      const bool begun = found != runs.end();
      if (call.outcome == Outcome::not_started && !begun) continue;
      if (call.outcome == Outcome::cancelled && !begun) continue;
      if (!begun) {
        breach("the child of " + call_id + " is not there");
        continue;
      }
      const RunState& state = found->second.state();
      const bool is_done = state.status == RunStatus::completed;
      if (call.outcome == Outcome::ok && !is_done) breach(call_id + " is ok, its child is not");
      if (call.outcome == Outcome::ok && child.text != state.text)
        breach(call_id + " has other text");
      if (child.cost != state.all_cost()) {
        breach(call_id + " cost " + std::to_string(child.cost) + ", its child " +
               std::to_string(state.all_cost()));
      }
    }
  }
}

// Whether nothing happened to the run or those below it that may change an answer.
bool is_comparable(const std::map<std::string, Inspection>& runs, const std::string& run_id) {
  const auto run = runs.find(run_id);
  if (run == runs.end() || !run->second.is_comparable()) return false;
  for (const auto& [call_id, child] : run->second.state().children) {
    if (run->second.state().find_call(call_id)->outcome == Outcome::cancelled) continue;
    if (!is_comparable(runs, child.run_id)) return false;
  }
  return true;
}

}  // namespace

void audit(Outside& world, const Scenario& scenario, Process& process, Findings& findings) {
  NanoUsd spent = 0;
  std::map<std::string, Inspection> runs;
  for (const auto& [run_id, run] : world.disk().tables().runs) {
    Inspection& inspection =
        runs.try_emplace(run_id, world, scenario, process, run, findings.tally).first->second;
    inspection.look();
  }
  check_families(world, runs);
  for (const auto& [run_id, run] : world.disk().tables().runs) {
    const Inspection& inspection = runs.at(run_id);
    spent += inspection.spent();
    findings.digest = seed_of(findings.digest, std::to_string(inspection.digest()));
    for (int client = 0; client < scenario.runs; ++client) {
      if (run.idem_key == key_of(client)) {
        Course& course = findings.clients[client] = inspection.course();
        course.comparable = is_comparable(runs, run_id);
      }
      const bool cut_short = scenario.interrupts && client == 0 && run.idem_key == key_of(client) &&
                             run.row.status == RunStatus::cancelled;
      findings.tally.interrupts += cut_short ? 1 : 0;
    }
  }
  NanoUsd settled = 0;
  for (const auto& [key, kept] : world.disk().tables().budgets) {
    const BudgetState state = world.disk().budget(key).state;
    settled += state.settled;
    if (state.reserved != 0) world.breach("money is left reserved when every run has ended");
  }
  if (scenario.budget > 0 && settled != spent) {
    world.breach("settled " + std::to_string(settled) + ", but the ledger says " +
                 std::to_string(spent));
  }
}

}  // namespace yoke::sim
