#include "tests/sim/simulation.h"

#include <algorithm>
#include <set>

#include "runtime/engine/signals.h"

namespace yoke::sim {
namespace {

using std::chrono::milliseconds;

constexpr int kTurnsMax = 300'000;
constexpr int kFrozenTurns = 150;
constexpr LoopClock::duration kFirstStep = milliseconds(1);
constexpr LoopClock::duration kLongestStep = std::chrono::seconds(1);
constexpr std::size_t kRunsMax = 6;
constexpr int kRefusalsMax = 12;
constexpr int kSilencesMax = 3;
// Of a turn, however many runs there are: or they keep the process busy, and time stands still.
constexpr std::uint64_t kLookOdds = 100;         // at a run that only waits
constexpr std::uint64_t kEarlySignalOdds = 200;  // to a run that waits for none

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  crashes += other.crashes;
  freezes += other.freezes;
  stops += other.stops;
  takeovers += other.takeovers;
  interrupted += other.interrupted;
  unknown += other.unknown;
  repeated += other.repeated;
  forks += other.forks;
  cancels += other.cancels;
  denied += other.denied;
  timeouts += other.timeouts;
  refused += other.refused;
  quarantined += other.quarantined;
  interrupts += other.interrupts;
  carried_out += other.carried_out;
  told_late += other.told_late;
  never_told += other.never_told;
  settled_again += other.settled_again;
  runs += other.runs;
  replays += other.replays;
  scripts += other.scripts;
  scripts_begun += other.scripts_begun;
  children += other.children;
  children_ended += other.children_ended;
  plans += other.plans;
  given_up += other.given_up;
  signals += other.signals;
  changed += other.changed;
  return *this;
}

Simulation::Simulation(std::uint64_t seed, Chaos chaos)
    : scenario_(seed),
      chaos_(chaos),
      chance_(seed_of(seed, "chaos")),
      random_(seed_of(seed, "ids")),
      disk_(std::make_shared<MemoryDisk>()),
      world_(seed, disk_) {}

Simulation::~Simulation() = default;

MemoryFate Simulation::fate_of(const MemoryOp&) {
  MemoryFate fate;
  if (over_) return fate;
  if (chance_.per_mille(chaos_.delays)) {
    fate.delay = milliseconds(1 + chance_.below(chance_.in(20) ? 2000 : 100));
  }
  if (is_calm()) return fate;
  const bool after = chance_.in(2);
  using Kind = MemoryFate::Kind;
  if (chance_.per_mille(chaos_.faults)) fate.kind = after ? Kind::fault_after : Kind::fault_before;
  if (chance_.per_mille(chaos_.cuts)) fate.kind = after ? Kind::crash_after : Kind::crash_before;
  return fate;
}

void Simulation::boot() {
  MemoryHook hook = [this](const MemoryOp& op) { return fate_of(op); };
  process_ = std::make_unique<Process>(scenario_, world_, disk_, wall_, random_, std::move(hook),
                                       ++number_);
  refusals_.clear();
}

void Simulation::crash() {
  ++tally_.crashes;
  process_.reset();
  world_.forget_returned();
  if (!zombie_) disk_->crash(chance_.below(disk_->unsynced() + 1));
  world_.check_heard();
  boot();
}

// The process is stopped for longer than its lease holds; another takes over what it did.
void Simulation::freeze() {
  ++tally_.freezes;
  ++tally_.crashes;
  disturbed_time_ = true;
  zombie_ = std::move(process_);
  world_.forget_returned();
  LoopClock::advance(std::chrono::seconds(16));
  frozen_turns_ = static_cast<int>(chance_.below(kFrozenTurns));
  boot();
}

// The process was told to stop and has ended what it was doing; the next one starts.
void Simulation::stop() {
  ++tally_.stops;
  world_.check_returned();
  process_.reset();
  boot();
}

void Simulation::thaw() {
  zombie_->node().kick();
  frozen_turns_ = -1;
}

bool Simulation::turn() {
  bool busy = process_->node().step();
  if (!zombie_) return busy;
  if (frozen_turns_ > 0) {
    --frozen_turns_;
  } else if (frozen_turns_ == 0) {
    thaw();
  } else {
    const bool undead = zombie_->node().step();
    if (!undead && chance_.in(40)) zombie_.reset();
    busy = undead || busy;
  }
  return busy;
}

void Simulation::move_time() {
  LoopClock::advance(step_);
  step_ = std::min(2 * step_, kLongestStep);
  process_->node().kick();
  if (zombie_ && frozen_turns_ < 0) zombie_->node().kick();
}

void Simulation::disturb() {
  if (is_calm()) return;
  if (chance_.per_mille(chaos_.crashes)) crash();
  if (!zombie_ && chance_.per_mille(chaos_.freezes)) freeze();
  if (chance_.per_mille(chaos_.cancels)) maybe_cancel();
  if (chance_.per_mille(chaos_.forks)) maybe_fork();
  if (chance_.per_mille(chaos_.stops) && !process_->is_stopping()) process_->stop();
}

std::string Simulation::any_run() {
  const auto& runs = disk_->tables().runs;
  if (runs.empty()) return {};
  return std::next(runs.begin(), static_cast<long>(chance_.below(runs.size())))->first;
}

void Simulation::maybe_cancel() {
  const std::string run_id = any_run();
  if (!run_id.empty()) process_->cancel(run_id);
}

void Simulation::maybe_fork() {
  const std::string run_id = any_run();
  std::size_t roots = 0;
  for (const auto& [id, run] : disk_->tables().runs) roots += run.row.parent_run.empty() ? 1 : 0;
  if (run_id.empty() || roots >= kRunsMax) return;
  const std::vector<Record> records = world_.records_of(run_id);
  if (records.empty()) return;
  ForkRun request;
  request.run_id = run_id;
  request.at = static_cast<std::int64_t>(1 + chance_.below(records.size()));
  request.by = "ann";
  if (chance_.in(2)) request.model = "lab/large";
  const Record& last = records[static_cast<std::size_t>(request.at) - 1];
  const bool returned = last.kind == static_cast<int>(EventKind::tool_returned);
  if (returned && chance_.in(2)) request.result = Json{{"edited", chance_.below(100)}};
  process_->fork(std::move(request));
}

const std::string& Simulation::client_run(int client) {
  std::string& known = client_runs_[client];  // once there, it stays
  if (!known.empty()) return known;
  for (const auto& [run_id, run] : disk_->tables().runs) {
    if (run.idem_key == key_of(client)) known = run_id;
  }
  return known;
}

void Simulation::start_missing_runs() {
  for (int client = 0; client < scenario_.runs; ++client) {
    if (!client_run(client).empty() || process_->is_creating(client)) continue;
    const bool follows = scenario_.session && client == 1;
    const std::string first = follows ? client_run(0) : std::string();
    const bool first_ended = !first.empty() && is_final(disk_->tables().runs.at(first).row.status);
    const bool may_follow = first_ended || (scenario_.overlaps && !first.empty());
    if (!follows || may_follow) process_->create(client);
  }
}

bool Simulation::is_over() {
  for (int client = 0; client < scenario_.runs; ++client) {
    if (client_run(client).empty()) return false;
  }
  for (const auto& [run_id, run] : disk_->tables().runs) {
    if (!is_final(run.row.status)) return false;
  }
  return true;
}

void Simulation::answer_all(const RunState& state) {
  for (const auto& [id, question] : state.questions) {
    if (question.purpose == kPurposeTool) {
      answer_for_client(state.run_id, question);
      continue;
    }
    if (question.answer || question.expired) continue;
    Json value = approval_answer(scenario_.seed, question);
    if (question.purpose == "unknown") {
      const std::uint64_t kind = chance_.below(3);
      value = kind == 0 ? "happened" : kind == 1 ? "repeat" : "skip";
    }
    process_->answer(state.run_id, id, value);
    if (chance_.in(4)) process_->answer(state.run_id, id, value);  // sent twice
  }
}

// A client answers at once, later, twice, or when it was answered already; or never: then its run
// is given up.
void Simulation::answer_for_client(const std::string& run_id, const QuestionState& question) {
  if (question.answer || question.expired) {
    if (!chance_.in(4)) return;
    ++tally_.told_late;
    return process_->answer(run_id, question.id, late_answer());
  }
  const Json value = caller_answer(scenario_.seed, question);
  if (value.is_null()) {
    const int looks = ++silences_[run_id];
    if (looks < kSilencesMax) return;
    tally_.never_told += looks == kSilencesMax ? 1 : 0;
    return process_->cancel(run_id);
  }
  if (chance_.in(3)) return;  // later
  process_->answer(run_id, question.id, value);
  if (chance_.in(4)) process_->answer(run_id, question.id, value);
}

void Simulation::heed(Process::Ended ended) {
  const MemoryDisk::Run& run = disk_->tables().runs.at(ended.run_id);
  const bool is_ended = is_final(run.row.status);
  if (is_ended && (ended.failed || !ended.end)) return;
  if (ended.failed) return crash();
  const bool lost = !ended.end || ended.end->kind == RunEnd::Kind::fenced;
  if (lost) {
    // A process that owns a run and does not drive it is started again, as an operator would.
    if (!is_ended && ++refusals_[ended.run_id] > kRefusalsMax) crash();
    return;
  }
  refusals_.erase(ended.run_id);
  const RunEnd& end = *ended.end;
  if (end.kind == RunEnd::Kind::waiting) {
    answer_all(end.state);
    return;
  }
  if (end.kind == RunEnd::Kind::stopped && process_->is_stopping()) return;
  if (end.kind != RunEnd::Kind::ended) return world_.breach("a driver stopped by itself");
  if (!is_ended) world_.breach("a run ended, but not on the disk: " + ended.run_id);
  if (end.state.seq != run.row.head_seq) world_.breach("a driver's state is not the journal's");
}

void Simulation::supervise() {
  if (process_->is_sick()) crash();
  std::vector<Process::Ended> all = process_->take_ended();
  const Process* before = process_.get();
  for (Process::Ended& ended : all) {
    if (process_.get() == before) heed(std::move(ended));
  }
  if (process_->has_stopped()) stop();
  if (process_->is_stopping()) return;
  start_missing_runs();
  if (chance_.in(8) && can_send()) process_->send_some();
  answer_those_asked();
  if (scenario_.parts) signal_those_waiting();
  check_orphans();
  const std::string looked_at = one_of_the_runs(kLookOdds);
  for (const auto& [run_id, run] : disk_->tables().runs) {
    if (is_final(run.row.status) || process_->is_driving(run_id)) continue;
    // The store says when a run is due; to look at one that is not, now and then, does no harm.
    const bool waits = run.row.status == RunStatus::waiting;
    const bool is_due = run.row.ready_at > 0 && run.row.ready_at <= wall_.now();
    const bool in_queue = waits && run.row.reason == kWaitsForSession;
    if (waits && !is_due && (in_queue || run_id != looked_at)) continue;
    process_->drive(run_id);
  }
}

// People look at what waits for them, whoever drove the run that far.
void Simulation::answer_those_asked() {
  if (process_->is_posting()) return;
  for (const auto& [run_id, run] : disk_->tables().runs) {
    const bool asks = run.row.status == RunStatus::waiting && run.row.reason == "question";
    if (!asks || process_->is_driving(run_id) || !chance_.in(4)) continue;
    const std::optional<RunState> state = state_of(run_id);
    if (!state) return world_.breach("a waiting run cannot be read: " + run_id);
    answer_all(*state);
  }
}

std::optional<RunState> Simulation::state_of(const std::string& run_id) {
  RunState state;
  for (const Record& record : world_.records_of(run_id)) {
    const Result<Event> event = event_from_record(record);
    if (!event || !fold_in(state, *event)) return std::nullopt;
  }
  return state;
}

// Now and then one of them, else none.
std::string Simulation::one_of_the_runs(std::uint64_t odds) {
  const auto& runs = disk_->tables().runs;
  if (runs.empty() || !chance_.in(odds)) return "";
  return std::next(runs.begin(), static_cast<std::ptrdiff_t>(chance_.below(runs.size())))->first;
}

// What a run waits for is sent sooner or later, some of it twice, and now and then before anybody
// waits for it.
void Simulation::signal_those_waiting() {
  if (process_->is_posting()) return;
  const std::string early = one_of_the_runs(kEarlySignalOdds);
  for (const auto& [run_id, run] : disk_->tables().runs) {
    if (is_final(run.row.status)) continue;
    const bool waits = run.row.status == RunStatus::waiting && run.row.reason == "signal" &&
                       !process_->is_driving(run_id);
    if (waits ? !chance_.in(4) : run_id != early) continue;
    const std::optional<RunState> state = state_of(run_id);
    if (!state) return world_.breach("a run cannot be read: " + run_id);
    std::vector<std::string> names = awaited_signals(*state);
    if (names.empty() && chance_.in(3)) names.emplace_back(kSignalNames[0]);
    for (const std::string& name : names) {
      const auto sent = std::count_if(state->signals.begin(), state->signals.end(),
                                      [&](const SignalState& each) { return each.name == name; });
      process_->signal(run_id, name, static_cast<std::size_t>(sent));
      if (chance_.in(4)) process_->signal(run_id, name, static_cast<std::size_t>(sent));
    }
  }
}

// A child whose parent has ended is driven, or due, or has ended.
void Simulation::check_orphans() {
  const auto& runs = disk_->tables().runs;
  for (const auto& [run_id, run] : runs) {
    const bool waits = run.row.status == RunStatus::waiting && run.row.ready_at == 0;
    if (run.row.parent_run.empty() || !waits || process_->is_driving(run_id)) continue;
    const auto parent = runs.find(run.row.parent_run);
    if (parent == runs.end()) return world_.breach("a child of no run: " + run_id);
    const bool ended = is_final(parent->second.row.status);
    if (!ended || process_->is_driving(parent->first)) continue;
    world_.breach("a child waits whose parent has ended: " + run_id);
  }
}

std::string Simulation::where_they_stand() {
  std::string where = process_->is_stopping() ? " (stopping)" : "";
  where += zombie_ ? " (a process stands still)" : "";
  where += " time " + std::to_string(wall_.now()) + " turns busy " + std::to_string(busy_turns_);
  for (const auto& [run_id, run] : disk_->tables().runs) {
    where += "\n    " + run_id + " " + std::string(name_of(run.row.status)) + " " + run.row.reason +
             (process_->is_driving(run_id) ? " driven" : "") + ", child of '" + run.row.parent_run +
             "':";
    const std::size_t count = run.records.size();
    for (std::size_t i = count > 12 ? count - 12 : 0; i < count; ++i) {
      where += " " + std::string(find_event(run.records[i].kind)->name) + " " +
               run.records[i].call_id + (i + 3 >= count ? " " + run.records[i].body : "") + ",";
    }
  }
  return where;
}

// Whether the first unsent row of a lane is due, and not this process's already: asking in vain
// would hold up the time.
bool Simulation::can_send() {
  std::set<std::string> lanes;
  for (const auto& [id, sending] : disk_->tables().outbox) {
    if (sending.row.state != OutboxState::unsent) continue;
    const bool first = lanes.insert(sending.row.lane).second;
    const bool due = sending.row.next_at <= wall_.now();
    if (first && due && sending.claimed != disk_->epoch()) return true;
  }
  return false;
}

// In calm: what those before left unsent.
void Simulation::send_the_rest() {
  for (int turns = 0; turns < kTurnsMax; ++turns) {
    process_->send_some();
    process_->node().settle();
    bool any = false;
    for (const auto& [id, sending] : disk_->tables().outbox) {
      any = any || sending.row.state == OutboxState::unsent;
    }
    if (!any) break;
    LoopClock::advance(kLongestStep);
    process_->node().kick();
  }
  world_.check_delivered();
}

Findings Simulation::run() {
  Findings findings;
  step_ = kFirstStep;
  boot();
  int turns = 0;
  while (!is_over() && world_.breaches().empty() && turns < kTurnsMax) {
    ++turns;
    disturb();
    supervise();
    if (turn()) {
      ++busy_turns_;
      step_ = kFirstStep;
    } else {
      move_time();
    }
    world_.check_budgets();
  }
  if (turns == kTurnsMax) world_.breach("the runs do not end" + where_they_stand());
  over_ = true;
  zombie_.reset();
  process_.reset();
  disk_->crash();
  world_.check_heard();
  world_.check_effects();
  boot();
  send_the_rest();
  findings.tally = tally_;
  findings.tally.repeated = world_.repeated_once;
  findings.tally.settled_again = world_.settled_again;
  findings.tally.scripts_begun = world_.scripts_begun;
  findings.tally.given_up = world_.given_up;
  if (world_.breaches().empty()) audit(world_, scenario_, *process_, findings);
  for (auto& [client, course] : findings.clients) {
    course.comparable = course.comparable && !disturbed_time_;
  }
  findings.breaches = world_.breaches();
  return findings;
}

}  // namespace yoke::sim
