#include "tests/store/material.h"

namespace yoke {

NewRun new_run(const std::string& run_id) {
  NewRun run;
  run.run_id = run_id;
  run.agent = "analyst";
  run.created_at = 1000;
  return run;
}

RecordIn record_of(const std::string& body, int kind) {
  RecordIn record;
  record.kind = kind;
  record.at = 2000;
  record.call_id = "c1";
  record.label = "trusted,private";
  record.body = body;
  return record;
}

Append append_to(const Claim& claim, const std::string& body) {
  Append append;
  append.run_id = claim.run_id;
  append.fence = claim.fence;
  append.after_seq = claim.head_seq;
  append.records.push_back(record_of(body));
  return append;
}

RunUpdate update_to(RunStatus status, const std::string& reason) {
  RunUpdate update;
  update.status = status;
  update.reason = reason;
  return update;
}

InboxMessage message_to(const std::string& run_id, const std::string& id, const std::string& by) {
  InboxMessage message;
  message.run_id = run_id;
  message.id = id;
  message.topic = "answer";
  message.by = by;
  message.at = 3000;
  message.body = Json{{"value", by}};
  return message;
}

BudgetKey the_day() { return BudgetKey{"all", "day:2026-11-21"}; }

OpenCall reserve(const std::string& call, NanoUsd amount, NanoUsd cap) {
  OpenCall open;
  open.id = call;
  open.expected = spent_on_the_day(call.substr(call.find('/') + 1), amount);
  open.expected.estimated = true;
  open.budgets.push_back(BudgetClaim{the_day(), cap});
  return open;
}

LedgerRow spent_on_the_day(const std::string& call_id, NanoUsd cost) {
  LedgerRow row;
  row.call_id = call_id;
  row.agent = "analyst";
  row.tenant = "local";
  row.cost = cost;
  row.opened_at = 1'795'219'200'000'000;  // 2026-11-21
  row.at = row.opened_at + 5;
  return row;
}

void settle(MoneyMoves& moves, const std::string& call, NanoUsd actual) {
  moves.closed.push_back(call);
  moves.ledger.push_back(spent_on_the_day(call.substr(call.find('/') + 1), actual));
}

Claim after(Claim claim, const Appended& appended) {
  claim.head_seq = appended.head_seq;
  claim.head_hash = appended.head_hash;
  return claim;
}

}  // namespace yoke
