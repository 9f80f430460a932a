#include "runtime/record/record_json.h"

#include "runtime/journal/event_table.h"
#include "runtime/record/root_file.h"

namespace yoke::record_json {
namespace {

Error bad(const std::string& what) { return Error{Errc::invalid, what}; }

Result<Hash> hash_in(const Json& value, const char* key) {
  const Result<Hash> hash = hash_from_hex(string_at(value, key));
  if (!hash) return bad(std::string("'") + key + "' is no hash");
  return *hash;
}

Result<RunStatus> status_in(const Json& value) {
  const std::string name = string_at(value, "status");
  for (int number = 0; number <= static_cast<int>(RunStatus::quarantined); ++number) {
    const auto status = static_cast<RunStatus>(number);
    if (status != RunStatus::owned && name_of(status) == name) return status;
  }
  return bad("'status' is none that a run can have");
}

void put(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}
void put(Json& out, const char* key, std::int64_t number) {
  if (number != 0) out[key] = number;
}

}  // namespace

Json to_json(const RunRow& row) {
  Json out{{"id", row.run_id},
           {"tenant", row.tenant},
           {"agent", row.agent},
           {"fence", row.fence},
           {"status", name_of(row.status)},
           {"head_seq", row.head_seq},
           {"created_at", row.created_at},
           {"head_hash", to_hex(row.head_hash)},
           {"program", to_hex(row.plan_hash)},
           {"summary", row.summary}};
  put(out, "session", row.session);
  put(out, "by", row.by);
  put(out, "reason", row.reason);
  put(out, "takeovers", row.takeovers);
  put(out, "parent_run", row.parent_run);
  put(out, "parent_call", row.parent_call);
  put(out, "fork_run", row.fork_run);
  put(out, "fork_seq", row.fork_seq);
  put(out, "ready_at", row.ready_at);
  put(out, "finished_at", row.finished_at);
  put(out, "erased_at", row.erased_at);
  put(out, "erased_by", row.erased_by);
  return out;
}

Result<RunRow> run_row(const Json& value) {
  RunRow row;
  row.run_id = string_at(value, "id");
  row.tenant = string_at(value, "tenant");
  if (row.run_id.empty() || row.tenant.empty()) return bad("a run without 'id' or 'tenant'");
  const Result<RunStatus> status = status_in(value);
  if (!status) return status.error();
  row.status = *status;
  const Result<Hash> head = hash_in(value, "head_hash");
  if (!head) return head.error();
  row.head_hash = *head;
  const Result<Hash> program = hash_in(value, "program");
  if (!program) return program.error();
  row.plan_hash = *program;
  row.agent = string_at(value, "agent");
  row.session = string_at(value, "session");
  row.by = string_at(value, "by");
  row.reason = string_at(value, "reason");
  row.fence = integer_at(value, "fence");
  row.head_seq = integer_at(value, "head_seq");
  row.takeovers = static_cast<int>(integer_at(value, "takeovers"));
  row.parent_run = string_at(value, "parent_run");
  row.parent_call = string_at(value, "parent_call");
  row.fork_run = string_at(value, "fork_run");
  row.fork_seq = integer_at(value, "fork_seq");
  row.ready_at = integer_at(value, "ready_at");
  row.created_at = integer_at(value, "created_at");
  row.finished_at = integer_at(value, "finished_at");
  row.erased_at = integer_at(value, "erased_at");
  row.erased_by = string_at(value, "erased_by");
  row.summary = member_at(value, "summary");
  if (!row.summary.is_object()) row.summary = Json::object();
  return row;
}

Json to_json(const Record& record, const std::string& run_id) {
  const EventSpec* spec = find_event(record.kind);
  Json out{{"seq", record.seq},          {"fence", record.fence},
           {"kind", record.kind},        {"at", record.at},
           {"label", record.label},      {"body_hash", to_hex(record.body_hash)},
           {"hash", to_hex(record.hash)}};
  if (spec != nullptr) put(out, "name", std::string(spec->name));  // for who reads the file
  if (record.run_id != run_id) out["run"] = record.run_id;
  put(out, "call", record.call_id);
  put(out, "parent", record.parent_call);
  put(out, "attempt", record.attempt);
  put(out, "reason", record.reason);
  if (record.erased) {
    out["erased"] = true;
  } else {
    out["body"] = record.body;
  }
  return out;
}

Result<Record> record(const Json& value, const std::string& run_id) {
  Record out;
  out.run_id = string_at(value, "run", run_id);
  out.seq = integer_at(value, "seq");
  out.fence = integer_at(value, "fence");
  out.kind = static_cast<int>(integer_at(value, "kind"));
  out.at = integer_at(value, "at");
  out.label = string_at(value, "label");
  out.call_id = string_at(value, "call");
  out.parent_call = string_at(value, "parent");
  out.attempt = static_cast<int>(integer_at(value, "attempt"));
  out.reason = string_at(value, "reason");
  out.erased = bool_at(value, "erased");
  out.body = string_at(value, "body");
  const Result<Hash> body_hash = hash_in(value, "body_hash");
  if (!body_hash) return body_hash.error();
  out.body_hash = *body_hash;
  const Result<Hash> hash = hash_in(value, "hash");
  if (!hash) return hash.error();
  out.hash = *hash;
  return out;
}

Json to_json(const LedgerRow& row) {
  Json out{{"seq", row.seq},         {"call", row.call_id},        {"agent", row.agent},
           {"session", row.session}, {"tenant", row.tenant},       {"target", row.target},
           {"input", row.input},     {"output", row.output},       {"cost", row.cost},
           {"prices", row.prices},   {"opened_at", row.opened_at}, {"at", row.at}};
  put(out, "run", row.run_id);
  put(out, "caller", row.caller);
  put(out, "route", row.route);
  put(out, "role", row.role);
  put(out, "cached", row.cached);
  put(out, "cache_write", row.cache_write);
  put(out, "reasoning", row.reasoning);
  if (row.estimated) out["estimated"] = true;
  return out;
}

LedgerRow ledger_row(const Json& value) {
  LedgerRow row;
  row.run_id = string_at(value, "run");
  row.seq = integer_at(value, "seq");
  row.call_id = string_at(value, "call");
  row.agent = string_at(value, "agent");
  row.session = string_at(value, "session");
  row.tenant = string_at(value, "tenant");
  row.caller = string_at(value, "caller");
  row.target = string_at(value, "target");
  row.route = string_at(value, "route");
  row.role = string_at(value, "role");
  row.input = integer_at(value, "input");
  row.cached = integer_at(value, "cached");
  row.cache_write = integer_at(value, "cache_write");
  row.output = integer_at(value, "output");
  row.reasoning = integer_at(value, "reasoning");
  row.cost = integer_at(value, "cost");
  row.estimated = bool_at(value, "estimated");
  row.prices = string_at(value, "prices");
  row.opened_at = integer_at(value, "opened_at");
  row.at = integer_at(value, "at");
  return row;
}

Json to_json(const InboxMessage& message) {
  return Json{{"id", message.id},
              {"topic", message.topic},
              {"by", message.by},
              {"at", message.at},
              {"body", message.body}};
}

InboxMessage message(const Json& value, const std::string& run_id) {
  InboxMessage out;
  out.run_id = run_id;
  out.id = string_at(value, "id");
  out.topic = string_at(value, "topic");
  out.by = string_at(value, "by");
  out.at = integer_at(value, "at");
  out.body = member_at(value, "body");
  return out;
}

Json to_json(const OutboxRow& row) {
  return Json{{"seq", row.seq},        {"destination", row.destination},
              {"lane", row.lane},      {"dedupe", row.dedupe},
              {"body", row.body},      {"at", row.at},
              {"next_at", row.next_at}};
}

OutboxRow outbox_row(const Json& value, const std::string& run_id) {
  OutboxRow row;
  row.run_id = run_id;
  row.seq = integer_at(value, "seq");
  row.destination = string_at(value, "destination");
  row.lane = string_at(value, "lane");
  row.dedupe = string_at(value, "dedupe");
  row.body = member_at(value, "body");
  row.at = integer_at(value, "at");
  row.next_at = integer_at(value, "next_at");
  return row;
}

Json to_json(const SealProof& proof) {
  Json path = Json::array();
  for (const MerkleStep& step : proof.path) {
    path.push_back(Json::array({step.left ? "left" : "right", to_hex(step.hash)}));
  }
  return Json{{"root", yoke::to_json(proof.root)}, {"seq", proof.seq}, {"path", std::move(path)}};
}

Result<SealProof> proof(const Json& value) {
  SealProof out;
  Result<AuditRoot> root = audit_root_from(member_at(value, "root"));
  if (!root) return root.error();
  out.root = std::move(*root);
  out.seq = integer_at(value, "seq");
  for (const Json& step : member_at(value, "path")) {
    const bool fits =
        step.is_array() && step.size() == 2 && step[0].is_string() && step[1].is_string();
    if (!fits) return bad("a step of 'path' is [side, hash]");
    const Result<Hash> hash = hash_from_hex(step[1].get<std::string>());
    if (!hash) return bad("a step of 'path' has no hash");
    out.path.push_back({step[0].get<std::string>() == "left", *hash});
  }
  return out;
}

Json to_json(const FiledRoot& root) {
  Json out = yoke::to_json(root.root);
  out["covers"] = heads_json(root.heads);
  return out;
}

Result<FiledRoot> filed_root(const Json& value) {
  Result<AuditRoot> root = audit_root_from(value);
  if (!root) return root.error();
  Result<std::vector<RunHead>> heads = heads_from(member_at(value, "covers"));
  if (!heads) return heads.error();
  return FiledRoot{std::move(*root), std::move(*heads)};
}

}  // namespace yoke::record_json
