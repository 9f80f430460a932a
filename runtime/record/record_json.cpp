#include "runtime/record/record_json.h"

#include <array>
#include <type_traits>
#include <variant>

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

// A plain member of a row and its name in the file, for writing and for reading alike.
template <class Row>
struct RowField {
  std::variant<std::string Row::*, std::int64_t Row::*, int Row::*, bool Row::*, Json Row::*>
      member;
  const char* name;
  bool always = false;  // else it is left out where it is empty or 0
};

void take(const Json& value, const char* name, std::string& into) { into = string_at(value, name); }
void take(const Json& value, const char* name, std::int64_t& into) {
  into = integer_at(value, name);
}
void take(const Json& value, const char* name, int& into) {
  into = static_cast<int>(integer_at(value, name));
}
void take(const Json& value, const char* name, bool& into) { into = bool_at(value, name); }
void take(const Json& value, const char* name, Json& into) { into = member_at(value, name); }

template <class Row, std::size_t N>
void put_fields(const std::array<RowField<Row>, N>& fields, const Row& row, Json& out) {
  for (const RowField<Row>& field : fields) {
    std::visit(
        [&](auto member) {
          const auto& value = row.*member;
          if (field.always || value != std::decay_t<decltype(value)>()) out[field.name] = value;
        },
        field.member);
  }
}

template <class Row, std::size_t N>
void take_fields(const std::array<RowField<Row>, N>& fields, const Json& value, Row& row) {
  for (const RowField<Row>& field : fields) {
    std::visit([&](auto member) { take(value, field.name, row.*member); }, field.member);
  }
}

using RunField = RowField<RunRow>;
constexpr std::array kRunFields = {
    RunField{&RunRow::run_id, "id", true},
    RunField{&RunRow::tenant, "tenant", true},
    RunField{&RunRow::agent, "agent", true},
    RunField{&RunRow::fence, "fence", true},
    RunField{&RunRow::head_seq, "head_seq", true},
    RunField{&RunRow::created_at, "created_at", true},
    RunField{&RunRow::summary, "summary", true},
    RunField{&RunRow::session, "session"},
    RunField{&RunRow::by, "by"},
    RunField{&RunRow::reason, "reason"},
    RunField{&RunRow::takeovers, "takeovers"},
    RunField{&RunRow::parent_run, "parent_run"},
    RunField{&RunRow::parent_call, "parent_call"},
    RunField{&RunRow::fork_run, "fork_run"},
    RunField{&RunRow::fork_seq, "fork_seq"},
    RunField{&RunRow::ready_at, "ready_at"},
    RunField{&RunRow::finished_at, "finished_at"},
    RunField{&RunRow::erased_at, "erased_at"},
    RunField{&RunRow::erased_by, "erased_by"},
};

using RecordField = RowField<Record>;
constexpr std::array kRecordFields = {
    RecordField{&Record::seq, "seq", true},      RecordField{&Record::fence, "fence", true},
    RecordField{&Record::kind, "kind", true},    RecordField{&Record::at, "at", true},
    RecordField{&Record::label, "label", true},  RecordField{&Record::call_id, "call"},
    RecordField{&Record::parent_call, "parent"}, RecordField{&Record::attempt, "attempt"},
    RecordField{&Record::reason, "reason"},      RecordField{&Record::erased, "erased"},
};

using LedgerField = RowField<LedgerRow>;
constexpr std::array kLedgerFields = {
    LedgerField{&LedgerRow::seq, "seq", true},
    LedgerField{&LedgerRow::call_id, "call", true},
    LedgerField{&LedgerRow::agent, "agent", true},
    LedgerField{&LedgerRow::session, "session", true},
    LedgerField{&LedgerRow::tenant, "tenant", true},
    LedgerField{&LedgerRow::target, "target", true},
    LedgerField{&LedgerRow::input, "input", true},
    LedgerField{&LedgerRow::output, "output", true},
    LedgerField{&LedgerRow::cost, "cost", true},
    LedgerField{&LedgerRow::prices, "prices", true},
    LedgerField{&LedgerRow::opened_at, "opened_at", true},
    LedgerField{&LedgerRow::at, "at", true},
    LedgerField{&LedgerRow::run_id, "run"},
    LedgerField{&LedgerRow::caller, "caller"},
    LedgerField{&LedgerRow::route, "route"},
    LedgerField{&LedgerRow::role, "role"},
    LedgerField{&LedgerRow::cached, "cached"},
    LedgerField{&LedgerRow::cache_write, "cache_write"},
    LedgerField{&LedgerRow::reasoning, "reasoning"},
    LedgerField{&LedgerRow::estimated, "estimated"},
};

using InboxField = RowField<InboxMessage>;
constexpr std::array kInboxFields = {
    InboxField{&InboxMessage::id, "id", true},     InboxField{&InboxMessage::topic, "topic", true},
    InboxField{&InboxMessage::by, "by", true},     InboxField{&InboxMessage::at, "at", true},
    InboxField{&InboxMessage::body, "body", true},
};

using OutboxField = RowField<OutboxRow>;
constexpr std::array kOutboxFields = {
    OutboxField{&OutboxRow::seq, "seq", true},
    OutboxField{&OutboxRow::destination, "destination", true},
    OutboxField{&OutboxRow::lane, "lane", true},
    OutboxField{&OutboxRow::dedupe, "dedupe", true},
    OutboxField{&OutboxRow::body, "body", true},
    OutboxField{&OutboxRow::at, "at", true},
    OutboxField{&OutboxRow::next_at, "next_at", true},
};

}  // namespace

Json to_json(const RunRow& row) {
  Json out{{"status", name_of(row.status)},
           {"head_hash", to_hex(row.head_hash)},
           {"program", to_hex(row.plan_hash)}};
  put_fields(kRunFields, row, out);
  return out;
}

Result<RunRow> run_row(const Json& value) {
  RunRow row;
  take_fields(kRunFields, value, row);
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
  if (!row.summary.is_object()) row.summary = Json::object();
  return row;
}

Json to_json(const Record& record, const std::string& run_id) {
  Json out{{"body_hash", to_hex(record.body_hash)}, {"hash", to_hex(record.hash)}};
  put_fields(kRecordFields, record, out);
  const EventSpec* spec = find_event(record.kind);
  if (spec != nullptr) out["name"] = spec->name;  // for who reads the file
  if (record.run_id != run_id) out["run"] = record.run_id;
  if (!record.erased) out["body"] = record.body;
  return out;
}

Result<Record> record(const Json& value, const std::string& run_id) {
  Record out;
  take_fields(kRecordFields, value, out);
  out.run_id = string_at(value, "run", run_id);
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
  Json out = Json::object();
  put_fields(kLedgerFields, row, out);
  return out;
}

LedgerRow ledger_row(const Json& value) {
  LedgerRow row;
  take_fields(kLedgerFields, value, row);
  return row;
}

Json to_json(const InboxMessage& message) {
  Json out = Json::object();
  put_fields(kInboxFields, message, out);
  return out;
}

InboxMessage message(const Json& value, const std::string& run_id) {
  InboxMessage out;
  take_fields(kInboxFields, value, out);
  out.run_id = run_id;
  return out;
}

Json to_json(const OutboxRow& row) {
  Json out = Json::object();
  put_fields(kOutboxFields, row, out);
  return out;
}

OutboxRow outbox_row(const Json& value, const std::string& run_id) {
  OutboxRow row;
  take_fields(kOutboxFields, value, row);
  row.run_id = run_id;
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
