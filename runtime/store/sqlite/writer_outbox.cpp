#include <algorithm>

#include "runtime/store/sqlite/outbox.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {

void Writer::write_outbox(const std::vector<OutboxRow>& rows, std::int64_t run_no) {
  for (const OutboxRow& row : rows) {
    std::optional<std::string_view> dedupe;
    if (!row.dedupe.empty()) dedupe = row.dedupe;
    const std::string body = to_text(row.body);
    Query insert = database_.sql(
        "INSERT INTO outbox(run_no, seq, destination, lane, dedupe, body, at, next_at, state)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
        " ?4 <> '' AND EXISTS(SELECT 1 FROM outbox WHERE lane=?4 AND state < 2))"
        " ON CONFLICT(dedupe) DO NOTHING");
    insert.bind(run_no, row.seq, row.destination, row.lane, dedupe, body, row.at, row.next_at);
    insert.run();
  }
}

std::vector<OutboxRow> Writer::claim_outbox(Micros now, int limit) {
  std::vector<OutboxRow> rows;
  {
    Query due = database_.sql(
        "SELECT * FROM outbox_rows WHERE o_no IN (SELECT o_no FROM outbox WHERE state=0"
        " AND next_at <= ?1 AND claimed <> ?2 ORDER BY next_at, o_no LIMIT ?3)"
        " ORDER BY next_at, o_no");
    due.bind(now, identity_.epoch, std::max(limit, 0));
    while (due.step()) rows.push_back(outbox_row_from(due));
  }
  for (OutboxRow& row : rows) {
    Query claim = database_.sql("UPDATE outbox SET claimed=?2, tries=tries+1 WHERE o_no=?1");
    claim.bind(row.id, identity_.epoch).run();
    ++row.tries;
  }
  return rows;
}

Result<void> Writer::settle_outbox(std::int64_t id, const OutboxOutcome& outcome, Micros now) {
  std::string lane;
  {
    Query query = database_.sql("SELECT state, claimed, lane FROM outbox WHERE o_no=?1");
    query.bind(id);
    if (!query.step()) return store_rules::no_such_outbox_row(id);
    const OutboxState state = outbox_state(query.integer(0));
    if (state != OutboxState::unsent) return store_rules::outbox_row_settled(id, state);
    if (query.integer(1) != identity_.epoch) return store_rules::outbox_row_unclaimed(id);
    lane = query.string(2);
  }
  if (const auto* again = std::get_if<OutboxRetry>(&outcome)) {
    Query retry =
        database_.sql("UPDATE outbox SET next_at=?2, last_error=?3, claimed=0 WHERE o_no=?1");
    retry.bind(id, again->at, again->error).run();
    return {};
  }
  const auto* lost = std::get_if<OutboxGivenUp>(&outcome);
  const std::string_view error = lost == nullptr ? std::string_view() : lost->error;
  Query settle = database_.sql(
      "UPDATE outbox SET state=?2, settled_at=?3, last_error=CASE WHEN ?2=3 THEN ?4 ELSE ''"
      " END WHERE o_no=?1");
  settle.bind(id, lost == nullptr ? kOutboxSent : kOutboxGivenUp, now, error).run();
  call_next_in_lane(lane);
  return {};
}

void Writer::call_next_in_lane(const std::string& lane) {
  if (lane.empty()) return;
  Query next = database_.sql(
      "UPDATE outbox SET state=0 WHERE state=1 AND o_no ="
      " (SELECT min(o_no) FROM outbox WHERE lane=?1 AND state < 2)");
  next.bind(lane).run();
}

Result<std::int64_t> Writer::drop_outbox(Micros settled_before) {
  Query drop = database_.sql("DELETE FROM outbox WHERE state >= 2 AND settled_at < ?1");
  drop.bind(settled_before);
  return drop.run();
}

}  // namespace yoke::sqlite
