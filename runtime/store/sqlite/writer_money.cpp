#include <algorithm>

#include "runtime/store/sqlite/ledger.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {

Result<void> Writer::charge(MoneyMoves& moves) {
  StoredBooks books(database_);
  const Result<store_rules::BudgetsAfter> budgets = store_rules::weigh_moves(moves, books);
  if (!budgets) return budgets.error();
  move_money(moves, *budgets, std::nullopt);
  return {};
}

void Writer::move_money(const MoneyMoves& moves, const store_rules::BudgetsAfter& budgets,
                        std::optional<std::int64_t> run_no) {
  for (const std::string& call_id : moves.closed) close_call(call_id);
  for (const LedgerRow& row : moves.ledger) insert_ledger_row(row, run_no);
  for (const OpenCall& call : moves.opened) open_call(call, run_no);
  if (budgets.empty()) return;
  Query last = database_.sql("SELECT max(l_no) FROM ledger");
  const std::int64_t counted = last.step() ? last.integer(0) : 0;
  for (const auto& [key, kept] : budgets) {
    Query query = database_.sql(
        "INSERT OR REPLACE INTO budgets(scope, win, unit, cap, reserved, settled, counted)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    const BudgetState& state = kept.state;
    query.bind(key.scope, key.window, static_cast<int>(key.unit), state.cap, state.reserved,
               state.settled, counted);
    query.run();
  }
}

void Writer::open_call(const OpenCall& call, std::optional<std::int64_t> run_no) {
  const LedgerRow& row = call.expected;
  Query query = database_.sql(
      "INSERT INTO open_calls(call, run_no, seq, call_id, agent, session, tenant, target, role,"
      " input, output, nanousd, prices, opened_at, route, caller)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
  query.bind(call.id, run_no, row.seq, row.call_id, row.agent, row.session, row.tenant, row.target,
             row.role, row.input, row.output, row.cost, row.prices, row.opened_at, row.route,
             row.caller);
  query.run();
  for (const BudgetClaim& claim : call.budgets) {
    const BudgetKey& key = claim.budget;
    const std::int64_t amount = store_rules::amount_reserved(key, call);
    Query held = database_.sql(
        "INSERT OR REPLACE INTO reservations(call, scope, win, unit, amount)"
        " VALUES(?1, ?2, ?3, ?4, ?5)");
    held.bind(call.id, key.scope, key.window, static_cast<int>(key.unit), amount).run();
  }
}

void Writer::close_call(const std::string& call_id) {
  Query give_back = database_.sql(
      "UPDATE budgets SET reserved = reserved - held.amount"
      " FROM (SELECT scope, win, unit, amount FROM reservations WHERE call=?1) AS held"
      " WHERE budgets.scope = held.scope AND budgets.win = held.win"
      " AND budgets.unit = held.unit");
  give_back.bind(call_id).run();
  Query forget = database_.sql("DELETE FROM reservations WHERE call=?1");
  forget.bind(call_id).run();
  Query close = database_.sql("DELETE FROM open_calls WHERE call=?1");
  close.bind(call_id).run();
}

void Writer::insert_ledger_row(const LedgerRow& row, std::optional<std::int64_t> run_no) {
  Query query = database_.sql(
      "INSERT INTO ledger(run_no, seq, call_id, agent, session, tenant, target, role, input,"
      " cached, cache_write, output, reasoning, nanousd, estimated, prices, opened_at, at, route,"
      " caller)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
      " ?19, ?20)");
  query.bind(run_no, row.seq, row.call_id, row.agent, row.session, row.tenant, row.target, row.role,
             row.input, row.cached, row.cache_write, row.output, row.reasoning, row.cost,
             row.estimated, row.prices, row.opened_at, row.at, row.route, row.caller);
  query.run();
}

void Writer::close_orphans(std::optional<std::int64_t> run_no, Micros now) {
  {
    Query any = database_.sql("SELECT 1 FROM open_calls WHERE run_no IS ?1 LIMIT 1");
    any.bind(run_no);
    if (!any.step()) return;
  }
  std::string run_id;
  {
    Query named = database_.sql("SELECT run_id FROM runs WHERE run_no=?1");
    named.bind(run_no);
    if (named.step()) run_id = named.string(0);
  }
  for (const OpenCall& call : all_open_calls(database_)) {
    if (call.expected.run_id != run_id) continue;
    close_call(call.id);
    insert_ledger_row(store_rules::closed_as_expected(call, now), run_no);
  }
}

Result<void> Writer::keep_reply(const std::string& space, const std::string& key,
                                const CachedReply& reply, const ReplyBounds& bounds) {
  const auto bytes = static_cast<std::int64_t>(reply.text.size());
  drop_reply(space, key);
  Query keep = database_.sql(
      "INSERT INTO replies(space, key, body, bytes, kept_at) VALUES(?1, ?2, ?3, ?4, ?5)");
  keep.bind(space, key, reply.text, bytes, reply.kept_at).run();
  Query grow = database_.sql(
      "INSERT INTO reply_spaces(space, replies, bytes) VALUES(?1, 1, ?2)"
      " ON CONFLICT(space) DO UPDATE SET replies = replies + 1, bytes = bytes + excluded.bytes");
  grow.bind(space, bytes).run();
  while (const std::optional<std::string> oldest = reply_to_drop(space, bounds)) {
    drop_reply(space, *oldest);
  }
  return {};
}

// The oldest reply of a space that is over its bounds.
std::optional<std::string> Writer::reply_to_drop(const std::string& space,
                                                 const ReplyBounds& bounds) {
  Query query = database_.sql(
      "SELECT r.key FROM replies r JOIN reply_spaces s ON s.space = r.space WHERE r.space=?1"
      " AND (r.kept_at < ?2 OR s.replies > ?3 OR s.bytes > ?4) ORDER BY r.kept_at, r.r_no LIMIT 1");
  query.bind(space, bounds.kept_since, bounds.replies_max, bounds.bytes_max);
  if (!query.step()) return std::nullopt;
  return query.string(0);
}

void Writer::drop_reply(const std::string& space, const std::string& key) {
  Query shrink = database_.sql(
      "UPDATE reply_spaces SET replies = replies - 1, bytes = reply_spaces.bytes - gone.bytes"
      " FROM (SELECT bytes FROM replies WHERE space=?1 AND key=?2) AS gone WHERE space=?1");
  shrink.bind(space, key).run();
  Query drop = database_.sql("DELETE FROM replies WHERE space=?1 AND key=?2");
  drop.bind(space, key).run();
}

Result<std::int64_t> Writer::drop_replies(const std::string& space) {
  std::optional<std::string_view> wanted;
  if (!space.empty()) wanted = space;
  Query drop = database_.sql("DELETE FROM replies WHERE ?1 IS NULL OR space=?1");
  drop.bind(wanted);
  const std::int64_t dropped = drop.run();
  Query forget = database_.sql("DELETE FROM reply_spaces WHERE ?1 IS NULL OR space=?1");
  forget.bind(wanted).run();
  return dropped;
}

}  // namespace yoke::sqlite
