#include "tests/sim/outside.h"

#include <algorithm>
#include <limits>

namespace yoke::sim {
namespace {

constexpr std::int64_t kWhole = std::numeric_limits<std::int64_t>::max();

std::string named(const ToolRequest& request) {
  return request.tool + " " + request.run_id + "/" + request.call_id + " attempt " +
         std::to_string(request.attempt);
}

}  // namespace

Outside::Outside(std::uint64_t seed, std::shared_ptr<MemoryDisk> disk)
    : chance_(seed_of(seed, "outside")), disk_(std::move(disk)) {}

void Outside::breach(std::string what) { breaches_.push_back(std::move(what)); }

const MemoryDisk::Run* Outside::run(const std::string& run_id) const {
  const auto found = disk_->tables().runs.find(run_id);
  return found == disk_->tables().runs.end() ? nullptr : &found->second;
}

void Outside::each_record(const std::string& run_id, std::int64_t upto, const Look& look) const {
  const MemoryDisk::Run* found = run(run_id);
  if (found == nullptr) return;
  const RunRow& row = found->row;
  if (!row.fork_run.empty()) each_record(row.fork_run, std::min(upto, row.fork_seq), look);
  for (const Record& record : found->records) {
    if (record.seq <= upto) look(record);
  }
}

std::vector<Record> Outside::records_of(const std::string& run_id) const {
  std::vector<Record> records;
  each_record(run_id, kWhole, [&](const Record& record) { records.push_back(record); });
  return records;
}

Outside::Visit::Visit(Outside& world, ToolRequest request, Effect effect)
    : world_(world), request_(std::move(request)), effect_(effect) {
  ++world_.visiting_[request_.idempotency_key];
}

Outside::Visit::~Visit() {
  if (!ended_ && !took_place_ && world_.chance_.in(2)) take_place();
  --world_.visiting_[request_.idempotency_key];
}

void Outside::Visit::end(std::int64_t epoch) {
  ended_ = true;
  const bool zombie = epoch != world_.disk_->epoch();
  if (effect_ != Effect::read && !zombie)
    world_.returned_.insert({request_.run_id, request_.call_id});
}

void Outside::Visit::take_place() {
  if (took_place_ || effect_ == Effect::read) return;
  took_place_ = true;
  int& count = world_.by_key_[request_.idempotency_key];
  if (effect_ == Effect::idempotent) {
    count = 1;
    return;
  }
  ++count;
  world_.once_effect(request_);
}

void Outside::once_effect(const ToolRequest& request) {
  const CallKey key{request.run_id, request.call_id};
  const int count = ++once_[key];
  const int allowed = 1 + repeats_allowed(key);
  if (count > 1) ++repeated_once;
  if (count > allowed) breach("a once effect took place again: " + named(request));
}

// How often a person said to repeat the call.
int Outside::repeats_allowed(const CallKey& key) const {
  int repeats = 0;
  each_record(key.first, kWhole, [&](const Record& record) {
    const bool answer = record.kind == static_cast<int>(EventKind::question_answered);
    if (!answer || record.call_id != key.second) return;
    if (record.body.find("\"value\":\"repeat\"") != std::string::npos) ++repeats;
  });
  return repeats;
}

void Outside::check_start(const ToolRequest& request, Effect effect, std::int64_t epoch) {
  const MemoryDisk::Run* found = run(request.run_id);
  if (found == nullptr) return breach("a call of no run: " + named(request));
  if (found->owner_epoch != epoch) {
    breach("a call by a process that no longer owns the run: " + named(request));
  }
  bool intended = false;
  each_record(request.run_id, kWhole, [&](const Record& record) {
    if (record.call_id != request.call_id) return;
    if (record.kind == static_cast<int>(EventKind::tool_returned)) {
      breach("a finished call is made again: " + named(request));
    }
    const bool called = record.kind == static_cast<int>(EventKind::tool_called);
    intended = intended || (called && record.attempt == request.attempt);
  });
  if (effect != Effect::read && !intended) {
    breach("a call with an effect starts before its intent is stored: " + named(request));
  }
}

ProbeOutcome::Answer Outside::probe(const std::string& key) {
  if (visiting_[key] > 0 || chance_.in(5)) return ProbeOutcome::Answer::unknown;
  return by_key_[key] > 0 ? ProbeOutcome::Answer::happened : ProbeOutcome::Answer::did_not_happen;
}

Json Outside::remembered(const std::string& key, const Json& value) {
  return answers_.try_emplace(key, value).first->second;
}

bool Outside::takes(const OutboxRow& row) {
  Chance chance(seed_of(seed_of(0, row.dedupe), std::to_string(row.tries)));
  return !chance.in(4);
}

void Outside::delivered(const OutboxRow& row) {
  std::vector<std::int64_t>& seqs = delivered_[row.lane];
  // A second time it may come late, from a process that stood still.
  if (std::find(seqs.begin(), seqs.end(), row.seq) != seqs.end()) return;
  if (!seqs.empty() && row.seq < seqs.back()) breach("a lane was sent out of order: " + row.dedupe);
  seqs.push_back(row.seq);
  const MemoryDisk::Run* caused = run(row.run_id);
  if (caused == nullptr || caused->row.head_seq < row.seq) {
    breach("sent before its event was stored: " + row.dedupe);
  }
}

void Outside::check_delivered() {
  for (const auto& [run_id, run] : disk_->tables().runs) {
    std::vector<std::int64_t> own;
    for (const Record& record : run.records) own.push_back(record.seq);
    if (delivered_[run_id] != own) breach("not all that is stored of " + run_id + " was sent");
  }
}

void Outside::heard(const Event& event) {
  const std::string what =
      std::string(spec_of(event.kind).name) + " " + event.run_id + " " + std::to_string(event.seq);
  const MemoryDisk::Run* found = run(event.run_id);
  const std::int64_t index = found == nullptr ? 0 : event.seq - found->row.fork_seq - 1;
  const bool stored =
      found != nullptr && index >= 0 && index < static_cast<std::int64_t>(found->records.size());
  if (!stored) return breach("told before it was stored: " + what);
  const Record& record = found->records[static_cast<std::size_t>(index)];
  if (record.kind != static_cast<int>(event.kind) || record.body != to_record(event).body) {
    return breach("told otherwise than it is stored: " + what);
  }
  heard_[{event.run_id, event.seq}] = record.hash;
}

void Outside::check_heard() {
  for (const auto& [key, hash] : heard_) {
    const MemoryDisk::Run* found = run(key.first);
    const std::int64_t index = found == nullptr ? -1 : key.second - found->row.fork_seq - 1;
    const bool there = index >= 0 && index < static_cast<std::int64_t>(found->records.size()) &&
                       found->records[static_cast<std::size_t>(index)].hash == hash;
    if (!there) breach("told, then lost: " + key.first + " " + std::to_string(key.second));
  }
}

void Outside::check_effects() {
  for (const auto& [key, count] : once_) {
    if (count > 1 + repeats_allowed(key)) {
      breach("a once effect took place again: " + key.first + "/" + key.second);
    }
  }
}

int Outside::effects_of(const std::string& run_id, const std::string& call_id) const {
  const auto found = once_.find({run_id, call_id});
  return found == once_.end() ? 0 : found->second;
}

bool Outside::took_effect(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() && found->second > 0;
}

int Outside::repeats_of(const std::string& run_id, const std::string& call_id) const {
  return repeats_allowed({run_id, call_id});
}

void Outside::check_returned() {
  for (const auto& [run_id, call_id] : returned_) {
    bool closed = false;
    each_record(run_id, kWhole, [&, call = call_id](const Record& record) {
      const bool returned = record.kind == static_cast<int>(EventKind::tool_returned);
      closed = closed || (returned && record.call_id == call);
    });
    if (!closed) breach("a process stopped without storing what came of " + run_id + "/" + call_id);
  }
  returned_.clear();
}

void Outside::check_budgets() {
  for (const auto& [key, kept] : disk_->tables().budgets) {
    const BudgetState state = disk_->budget(key).state;
    if (state.reserved < 0 || state.reserved + state.settled > state.cap) {
      breach("the budget is exceeded: reserved " + std::to_string(state.reserved) + ", settled " +
             std::to_string(state.settled) + " of " + std::to_string(state.cap));
    }
  }
}

}  // namespace yoke::sim
