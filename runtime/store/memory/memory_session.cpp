#include <algorithm>
#include <map>
#include <tuple>

#include "runtime/store/memory/memory_tables.h"

// The calls of a memory store that concern sessions, and what is erased.
namespace yoke {

std::vector<MemoryTables::Run*> MemoryTables::in_session(const std::string& tenant,
                                                         const std::string& session) {
  std::vector<Run*> found;
  for (auto& [run_id, run] : tables_.runs) {
    const bool inside = run.row.tenant == tenant && run.row.session == session;
    if (inside && !session.empty()) found.push_back(&run);
  }
  std::sort(found.begin(), found.end(), [](const Run* a, const Run* b) {
    return std::tie(a->row.created_at, a->number) < std::tie(b->row.created_at, b->number);
  });
  return found;
}

MemoryTables::Run* MemoryTables::first_in_session(const std::string& tenant,
                                                  const std::string& session) {
  for (Run* run : in_session(tenant, session)) {
    if (!is_final(run->row.status)) return run;
  }
  return nullptr;
}

Result<void> MemoryTables::check_turn(const NewRun& run) {
  if (!run.turn || !run.turn->free) return {};
  const Run* first = first_in_session(run.tenant, run.session);
  if (first != nullptr) return store_rules::session_busy(run.session, first->row.run_id);
  const std::vector<Run*> runs = in_session(run.tenant, run.session);
  const std::string newest = runs.empty() ? std::string() : runs.back()->row.run_id;
  if (newest != run.turn->after) return store_rules::session_moved_on(run.session);
  return {};
}

// The run is there, as if owned: from now on it waits.
Created MemoryTables::queue_up(const NewRun& run, Run& queued) {
  Created created;
  created.queued = true;
  created.due = first_in_session(run.tenant, run.session) == &queued;
  if (run.to_session) {
    for (Run* other : in_session(run.tenant, run.session)) {
      if (other == &queued || is_final(other->row.status)) continue;
      InboxMessage message = *run.to_session;
      message.run_id = other->row.run_id;
      if (post(message)) created.told.push_back(other->row.run_id);
    }
  }
  RunUpdate update;
  update.status = RunStatus::waiting;
  update.reason = kWaitsForSession;
  update.ready_at = created.due ? store_rules::woken_at(0, run.created_at) : 0;
  update.summary = run.summary;
  write_row(queued, update, run.created_at);
  return created;
}

std::string MemoryTables::call_next_in_session(const Run& ended, Micros now) {
  Run* next = first_in_session(ended.row.tenant, ended.row.session);
  if (next == nullptr || next->row.status != RunStatus::waiting) return {};
  if (next->row.reason != kWaitsForSession) return {};
  if (disk_->unsynced() > 0) disk_->remember_waking(*next);
  next->row.ready_at = store_rules::woken_at(0, now);
  return next->row.run_id;
}

std::vector<SessionRow> MemoryTables::sessions(const SessionFilter& filter) {
  std::map<std::string, SessionRow> by_name;
  for (const auto& [run_id, run] : tables_.runs) {
    if (run.row.tenant == filter.tenant && !run.row.session.empty()) by_name[run.row.session];
  }
  std::vector<SessionRow> rows;
  for (auto& [name, row] : by_name) {
    const std::vector<Run*> runs = in_session(filter.tenant, name);
    const RunRow& last = runs.back()->row;
    row.session = name;
    row.runs = static_cast<std::int64_t>(runs.size());
    row.last_run = last.run_id;
    row.last_status = last.status;
    row.last_reason = last.reason;
    row.agent = last.agent;
    row.title = string_at(last.summary, "title");
    row.first_at = runs.front()->row.created_at;
    row.last_at = last.created_at;
    const auto before = std::tie(filter.before_at, filter.before_session);
    if (filter.before_at == 0 || std::tie(row.last_at, row.session) < before) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const SessionRow& a, const SessionRow& b) {
    return std::tie(a.last_at, a.session) > std::tie(b.last_at, b.session);
  });
  if (rows.size() > static_cast<std::size_t>(std::max(filter.limit, 0))) {
    rows.resize(static_cast<std::size_t>(std::max(filter.limit, 0)));
  }
  return rows;
}

Result<void> MemoryTables::may_be_erased(const Run& run) {
  const std::string& run_id = run.row.run_id;
  if (!is_final(run.row.status)) return store_rules::not_ended(run_id);
  for (const auto& [id, other] : tables_.runs) {
    if (other.row.fork_run == run_id && other.row.erased_at == 0) {
      return store_rules::shared_with(run_id, id);
    }
  }
  bool later = false;
  for (const Run* other : in_session(run.row.tenant, run.row.session)) {
    if (later && !is_final(other->row.status)) {
      return store_rules::followed_by(run_id, other->row.run_id);
    }
    later = later || other == &run;
  }
  return {};
}

Result<void> MemoryTables::erase(const std::string& run_id, const std::string& by, Micros now) {
  Run* run = find(run_id);
  if (run == nullptr) return store_rules::no_such_run(run_id);
  const Result<void> may = may_be_erased(*run);
  if (!may) return may;
  RunRow& row = run->row;
  if (row.erased_at > 0) return {};
  row.erased_at = std::max<Micros>(now, 1);
  row.erased_by = by;
  row.summary = store_rules::bare_facts(row.summary);
  for (Record& record : run->records) {
    record.body.clear();
    record.erased = true;
  }
  for (MemoryDisk::Message& message : run->inbox) message.message.body = Json::object();
  bool plan_in_use = false;
  for (const auto& [id, other] : tables_.runs) {
    plan_in_use = plan_in_use || (other.row.plan_hash == row.plan_hash && other.row.erased_at == 0);
  }
  if (!plan_in_use) tables_.blobs.erase(row.plan_hash);
  for (auto& [id, sending] : tables_.outbox) {
    OutboxRow& out = sending.row;
    if (out.run_id != run_id) continue;
    out.body = nullptr;
    if (out.state != OutboxState::unsent) continue;
    out.state = OutboxState::given_up;
    out.last_error = store_rules::kErasedError;
    out.settled_at = now;
  }
  disk_->sync();
  return {};
}

}  // namespace yoke
