#include "runtime/store/sqlite/stored_run.h"
#include "runtime/store/sqlite/writer.h"

// Whose turn it is in a session: its runs go one after the other, in the order they were created,
// as far as they were asked to.
namespace yoke::sqlite {

std::optional<Writer::First> Writer::first_in_session(const std::string& tenant,
                                                      const std::string& session) {
  Query query = database_.sql(
      "SELECT run_id, status, reason FROM runs WHERE tenant=?1 AND session=?2 AND status < 3"
      " ORDER BY created_at, run_no LIMIT 1");
  query.bind(tenant, session);
  if (session.empty() || !query.step()) return std::nullopt;
  const bool waits = query.integer(1) == static_cast<int>(RunStatus::waiting);
  return First{query.string(0), waits && query.text(2) == kWaitsForSession};
}

Result<void> Writer::check_turn(const NewRun& run) {
  if (!run.turn || !run.turn->free) return {};
  const std::optional<First> first = first_in_session(run.tenant, run.session);
  if (first) return store_rules::session_busy(run.session, first->run_id);
  Query newest = database_.sql(
      "SELECT run_id FROM runs WHERE tenant=?1 AND session=?2 AND session <> ''"
      " ORDER BY created_at DESC, run_no DESC LIMIT 1");
  newest.bind(run.tenant, run.session);
  const std::string found = newest.step() ? newest.string(0) : std::string();
  if (found != run.turn->after) return store_rules::session_moved_on(run.session);
  return {};
}

// The run is there, as if owned: from now on it waits.
Created Writer::queue_up(NewRun& run, LiveRun& live) {
  Created created;
  created.queued = true;
  const std::optional<First> first = first_in_session(run.tenant, run.session);
  created.due = first && first->run_id == run.run_id;
  if (run.to_session) {
    std::vector<std::string> others;
    Query query = database_.sql(
        "SELECT run_id FROM runs WHERE tenant=?1 AND session=?2 AND status < 3 AND run_no <> ?3"
        " ORDER BY created_at, run_no");
    query.bind(run.tenant, run.session, live.run_no);
    while (query.step()) others.push_back(query.string(0));
    for (std::string& other : others) {
      InboxMessage message = *run.to_session;
      message.run_id = other;
      if (post(message)) created.told.push_back(std::move(other));
    }
  }
  RunUpdate update;
  update.status = RunStatus::waiting;
  update.reason = kWaitsForSession;
  update.ready_at = created.due ? store_rules::woken_at(0, run.created_at) : 0;
  update.summary = std::move(run.summary);
  write_row(live, update, run.created_at);
  return created;
}

std::string Writer::call_next_in_session(std::int64_t ended_run_no, Micros now) {
  std::string tenant;
  std::string session;
  {
    Query query = database_.sql("SELECT tenant, session FROM runs WHERE run_no=?1");
    query.bind(ended_run_no);
    if (!query.step() || query.text(1).empty()) return {};
    tenant = query.string(0);
    session = query.string(1);
  }
  const std::optional<First> next = first_in_session(tenant, session);
  if (!next || !next->queued) return {};
  const Micros ready_at = store_rules::woken_at(0, now);
  Query wake = database_.sql("UPDATE runs SET ready_at=?2 WHERE run_id=?1");
  wake.bind(next->run_id, ready_at).run();
  return next->run_id;
}

}  // namespace yoke::sqlite
