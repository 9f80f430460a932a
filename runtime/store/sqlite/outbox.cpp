#include "runtime/store/sqlite/outbox.h"

#include <algorithm>
#include <limits>

#include "runtime/store/sqlite/stored_run.h"

namespace yoke::sqlite {

OutboxState outbox_state(std::int64_t stored) {
  if (stored == kOutboxSent) return OutboxState::sent;
  return stored == kOutboxGivenUp ? OutboxState::given_up : OutboxState::unsent;
}

OutboxRow outbox_row_from(const Query& query) {
  OutboxRow row;
  row.id = query.integer(0);
  row.run_id = query.string(1);
  row.seq = query.integer(2);
  row.tenant = query.string(3);
  row.destination = query.string(4);
  row.lane = query.string(5);
  row.dedupe = query.string(6);
  row.body = stored_json(query.text(7));
  row.at = query.integer(8);
  row.next_at = query.integer(9);
  row.tries = static_cast<int>(query.integer(10));
  row.state = outbox_state(query.integer(11));
  row.last_error = query.string(12);
  row.settled_at = query.integer(13);
  return row;
}

std::vector<OutboxRow> outbox_page(Database& database, const OutboxFilter& filter) {
  const auto wish = [](const std::string& text) {
    return text.empty() ? std::optional<std::string_view>() : std::optional<std::string_view>(text);
  };
  constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t before = filter.before == 0 ? kNewest : filter.before;
  // Stored states from … to: what is unsent is the first of its lane or behind it.
  std::int64_t low = kOutboxFirst;
  std::int64_t high = kOutboxGivenUp;
  if (filter.state == OutboxState::unsent) high = kOutboxBehind;
  if (filter.state == OutboxState::sent) low = high = kOutboxSent;
  if (filter.state == OutboxState::given_up) low = high = kOutboxGivenUp;
  std::vector<OutboxRow> rows;
  const auto take = [&](Query& query) {
    while (query.step()) rows.push_back(outbox_row_from(query));
  };
  if (!filter.run_id.empty()) {
    Query query = database.sql(
        "SELECT * FROM outbox_rows WHERE o_no IN (SELECT o_no FROM outbox WHERE run_no ="
        " (SELECT run_no FROM runs WHERE run_id=?1)) AND o_no < ?2 AND state BETWEEN ?3 AND ?4"
        " AND (?5 IS NULL OR tenant=?5) AND (?6 IS NULL OR destination=?6)"
        " ORDER BY o_no DESC LIMIT ?7");
    query.bind(filter.run_id, before, low, high, wish(filter.tenant), wish(filter.destination),
               std::max(filter.limit, 0));
    take(query);
    return rows;
  }
  Query query = database.sql(
      "SELECT * FROM outbox_rows WHERE o_no < ?1 AND state BETWEEN ?2 AND ?3"
      " AND (?4 IS NULL OR tenant=?4) AND (?5 IS NULL OR destination=?5)"
      " ORDER BY o_no DESC LIMIT ?6");
  query.bind(before, low, high, wish(filter.tenant), wish(filter.destination),
             std::max(filter.limit, 0));
  take(query);
  return rows;
}

Micros next_outbox_at(Database& database, std::int64_t epoch) {
  Query query = database.sql(
      "SELECT max(next_at, 1) FROM outbox WHERE state=0 AND claimed <> ?1"
      " ORDER BY next_at, o_no LIMIT 1");
  query.bind(epoch);
  return query.step() ? query.integer(0) : 0;
}

}  // namespace yoke::sqlite
