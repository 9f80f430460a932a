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

BudgetOp reserve(const std::string& reservation, NanoUsd amount, NanoUsd cap) {
  BudgetOp op;
  op.kind = BudgetOp::Kind::reserve;
  op.scope = "day";
  op.window = "day:2026-11-21";
  op.cap = cap;
  op.reserved = amount;
  op.reservation = reservation;
  return op;
}

BudgetOp settle(const std::string& reservation, NanoUsd reserved, NanoUsd actual) {
  BudgetOp op;
  op.kind = BudgetOp::Kind::settle;
  op.scope = "day";
  op.window = "day:2026-11-21";
  op.reserved = reserved;
  op.actual = actual;
  op.reservation = reservation;
  return op;
}

Claim after(Claim claim, const Appended& appended) {
  claim.head_seq = appended.head_seq;
  claim.head_hash = appended.head_hash;
  return claim;
}

}  // namespace yoke
