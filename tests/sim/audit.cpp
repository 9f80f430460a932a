#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
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
    if (is_final(state_.status)) check_replay();
    ++tally_.runs;
    if (run_.row.status == RunStatus::quarantined) ++tally_.quarantined;
    if (!run_.row.fork_run.empty()) ++tally_.forks;
  }

  Course course() const {
    Course course;
    course.run_id = run_.row.run_id;
    course.outcome = std::string(name_of(state_.status)) + " " + state_.reason + ": " + state_.text;
    // A call that was cut off counts with what it may have used, so trouble can end a run sooner.
    course.comparable = !strange_ && run_.row.status != RunStatus::quarantined &&
                        run_.row.status != RunStatus::cancelled && state_.reason != "limit.usd" &&
                        state_.reason != "limit.budget" && state_.reason != "limit.tokens";
    return course;
  }
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
    if (event.kind == EventKind::run_cancelled) ++tally_.cancels;
    if (outcome == "denied") ++tally_.denied;
    if (outcome == "timeout") ++tally_.timeouts;
    if (event.reason == "limit.budget") ++tally_.refused;
    if (string_at(event.fields, "class") == "interrupted") ++tally_.interrupted;
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
        replay_run(run_.row, records_, process_.program(), std::move(prior));
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
  NanoUsd cost_ = 0;      // of its own calls, by the journal
  bool strange_ = false;  // a person or a probe had to say what became of a call
};

}  // namespace

void audit(Outside& world, const Scenario& scenario, Process& process, Findings& findings) {
  NanoUsd spent = 0;
  for (const auto& [run_id, run] : world.disk().tables().runs) {
    Inspection inspection(world, scenario, process, run, findings.tally);
    inspection.look();
    spent += inspection.spent();
    findings.digest = seed_of(findings.digest, std::to_string(inspection.digest()));
    for (int client = 0; client < scenario.runs; ++client) {
      if (run.idem_key == key_of(client)) findings.clients[client] = inspection.course();
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
