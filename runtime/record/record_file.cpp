#include "runtime/record/record_file.h"

#include "runtime/base/text.h"
#include "runtime/engine/recount.h"
#include "runtime/record/record_json.h"
#include "runtime/record/row_check.h"
#include "runtime/record/signing_key.h"

namespace yoke {
namespace {

constexpr std::int64_t kRecordVersion = 1;
constexpr JsonLimits kLineLimits{256u << 20, 128, 50'000'000};
constexpr std::string_view kFileTag = "yoke.file.1";

Hash with_line(const Hash& running, std::string_view line) {
  Hasher hasher;
  hasher.field(kFileTag).field(running).field(line);
  return hasher.finish();
}

Json counts_json(const FiledCounts& counts) {
  return Json{{"runs", counts.runs}, {"events", counts.events}, {"roots", counts.roots}};
}

bool is_zero(const Hash& hash) { return hash == Hash{}; }

}  // namespace

RecordFileWriter::RecordFileWriter(Sink sink, const FileOrigin& origin) : sink_(std::move(sink)) {
  line(Json{{"yoke_record", kRecordVersion},
            {"store", origin.store},
            {"at", to_iso8601(origin.at)},
            {"whole", origin.whole}});
}

void RecordFileWriter::line(const Json& value) {
  const std::string text = to_text(value);
  running_ = with_line(running_, text);
  sink_(text + "\n");
}

void RecordFileWriter::write(const FiledRun& run) {
  const RunRow& row = run.row;
  if (!run.program.empty() && programs_.emplace(row.plan_hash, true).second) {
    line(Json{{"program", Json{{"hash", to_hex(row.plan_hash)}, {"text", run.program}}}});
  }
  line(Json{{"run", record_json::to_json(row)}});
  for (const Record& record : run.records) {
    line(Json{{"event", record_json::to_json(record, row.run_id)}});
  }
  for (const LedgerRow& spent : run.ledger) line(Json{{"spent", record_json::to_json(spent)}});
  for (const InboxMessage& message : run.inbox) {
    line(Json{{"message", record_json::to_json(message)}});
  }
  for (const OutboxRow& waiting : run.outbox) {
    line(Json{{"unsent", record_json::to_json(waiting)}});
  }
  if (run.proof) line(Json{{"proof", record_json::to_json(*run.proof)}});
  ++counts_.runs;
  counts_.events += static_cast<std::int64_t>(run.records.size());
}

void RecordFileWriter::write(const FiledRoot& root) {
  line(Json{{"root", record_json::to_json(root)}});
  ++counts_.roots;
}

void RecordFileWriter::write(const KeptValue& value) {
  line(
      Json{{"value",
            Json{{"space", value.space}, {"key", value.entry.key}, {"value", value.entry.value}}}});
}

void RecordFileWriter::write(const LedgerRow& spent) {
  line(Json{{"outside", record_json::to_json(spent)}});
}

void RecordFileWriter::end() {
  Json end = counts_json(counts_);
  end["sha256"] = to_hex(running_);
  line(Json{{"end", std::move(end)}});
}

Error RecordFileReader::wrong(const std::string& why) const {
  return Error{Errc::invalid, why, "line " + std::to_string(line_)};
}

Result<std::vector<FiledPart>> RecordFileReader::take(std::string_view text) {
  ++line_;
  if (ended_) return wrong("there is more after the file's end");
  const Result<Json> value = parse_json(text, kLineLimits);
  if (!value || !value->is_object()) {
    return wrong("it is no line of a record's file" +
                 (value ? std::string() : ": " + value.error().message()));
  }
  std::vector<FiledPart> parts;
  const Result<void> taken = line_ == 1 ? begin(*value) : part(*value, parts);
  if (!taken && taken.error().code == Errc::unsupported) return taken.error();
  if (!taken) return wrong(taken.error().detail);
  running_ = with_line(running_, text);
  return parts;
}

Result<void> RecordFileReader::begin(const Json& value) {
  const std::int64_t version = integer_at(value, "yoke_record");
  if (version > kRecordVersion) {
    return Error{Errc::unsupported, "the file is of a later Yoke: use that one"};
  }
  if (version != kRecordVersion) {
    return wrong("it is no record's file: 'yoke runs export' and 'yoke store export' write them");
  }
  origin_.store = string_at(value, "store");
  origin_.whole = bool_at(value, "whole");
  return {};
}

Result<void> RecordFileReader::part(const Json& value, std::vector<FiledPart>& parts) {
  for (const char* inside : {"event", "spent", "message", "unsent", "proof"}) {
    if (!value.contains(inside)) continue;
    return run_ ? add_to_run(value) : wrong("it belongs to a run, and none began");
  }
  if (run_) parts.emplace_back(std::move(*run_));
  run_.reset();
  if (value.contains("run")) return begin_run(value["run"]);
  if (value.contains("end")) {
    close(value["end"]);
    return {};
  }
  if (value.contains("program")) {
    const std::string text = string_at(value["program"], "text");
    programs_[sha256(text)] = text;
    return {};
  }
  if (value.contains("value")) {
    const Json& kept = value["value"];
    parts.emplace_back(KeptValue{string_at(kept, "space"),
                                 KvEntry{string_at(kept, "key"), member_at(kept, "value")}});
    return {};
  }
  if (value.contains("outside")) {
    parts.emplace_back(record_json::ledger_row(value["outside"]));
    return {};
  }
  if (!value.contains("root")) return wrong("nobody knows what it is");
  Result<FiledRoot> root = record_json::filed_root(value["root"]);
  if (!root) return root.error();
  parts.emplace_back(std::move(*root));
  ++counts_.roots;
  return {};
}

Result<void> RecordFileReader::begin_run(const Json& value) {
  Result<RunRow> row = record_json::run_row(value);
  if (!row) return row.error();
  run_.emplace();
  run_->row = std::move(*row);
  const auto program = programs_.find(run_->row.plan_hash);
  if (program != programs_.end()) run_->program = program->second;
  ++counts_.runs;
  return {};
}

Result<void> RecordFileReader::add_to_run(const Json& value) {
  const std::string& id = run_->row.run_id;
  if (value.contains("event")) {
    Result<Record> record = record_json::record(value["event"], id);
    if (!record) return record.error();
    run_->records.push_back(std::move(*record));
    ++counts_.events;
  } else if (value.contains("spent")) {
    run_->ledger.push_back(record_json::ledger_row(value["spent"]));
  } else if (value.contains("message")) {
    run_->inbox.push_back(record_json::message(value["message"], id));
  } else if (value.contains("unsent")) {
    run_->outbox.push_back(record_json::outbox_row(value["unsent"], id));
  } else {
    Result<SealProof> proof = record_json::proof(value["proof"]);
    if (!proof) return proof.error();
    run_->proof = std::move(*proof);
  }
  return {};
}

void RecordFileReader::close(const Json& end) {
  ended_ = true;
  changed_ = string_at(end, "sha256") != to_hex(running_);
}

Result<void> RecordFileReader::end() const {
  if (changed_) return wrong("the file was changed: its lines do not come to the hash at its end");
  if (ended_) return {};
  return Error{Errc::invalid, "the file was cut off: its end is not there",
               "line " + std::to_string(line_ + 1)};
}

std::vector<ChainBreak> check_filed(const FiledRun& run) {
  std::vector<ChainBreak> breaks = verify_chain(run.row, run.records);
  const RunRow& row = run.row;
  for (const Record& record : run.records) {
    const bool own = record.seq > (row.fork_run.empty() ? 0 : row.fork_seq);
    if (own == (record.run_id == row.run_id)) continue;
    breaks.push_back({record.seq, "it is of run " + record.run_id + ", which this one is not"});
    break;
  }
  if (!run.program.empty() && sha256(run.program) != run.row.plan_hash) {
    breaks.push_back({0, "its program does not match its hash"});
  }
  if (!breaks.empty()) return breaks;
  std::vector<Event> events;
  for (const Record& record : run.records) {
    Result<Event> event = event_from_record(record);
    if (!event) {
      breaks.push_back({record.seq, event.error().message()});
      return breaks;
    }
    events.push_back(std::move(*event));
  }
  breaks = check_row(run.row, events);
  if (run.row.erased_at != 0) return breaks;
  const bool set_aside = run.row.status == RunStatus::quarantined;
  const std::vector<LedgerRow> spent = ledger_from_journal(run.row.run_id, events, set_aside);
  for (const BookDifference& each : compare_books(run.ledger, spent)) {
    breaks.push_back({0, "call " + each.call_id + ": " + each.what});
  }
  return breaks;
}

std::string wrong_in_proof(const FiledRun& run, const std::vector<std::string>& keys) {
  if (!run.proof) {
    return keys.empty() ? std::string()
                        : "no root covers it, though a key is named: seal the store (yoke store "
                          "seal) and export it again";
  }
  const SealProof& proof = *run.proof;
  const std::string root = "root " + std::to_string(proof.root.n);
  if (proof.root.tenant != run.row.tenant) {
    return root + " is of tenant '" + printable(proof.root.tenant) + "', the run of tenant '" +
           printable(run.row.tenant) + "'";
  }
  RunHead head{run.row.run_id, proof.seq, {}};
  for (const Record& record : run.records) {
    if (record.seq == proof.seq && record.run_id == head.run_id) head.hash = record.hash;
  }
  if (is_zero(head.hash)) {
    return "event " + std::to_string(proof.seq) + " is gone, which " + root + " covers";
  }
  if (merkle_climb(head, proof.path) != proof.root.heads ||
      root_hash(proof.root) != proof.root.root) {
    return "it is not what " + root + " covers: it was rewritten up to event " +
           std::to_string(proof.seq) + ", or the root was";
  }
  if (!proof.root.key.empty() && !is_signed(proof.root)) {
    return "the signature of " + root + " is not by the key it names";
  }
  if (keys.empty()) return {};
  for (const std::string& key : keys) {
    if (key == proof.root.key) return {};
  }
  return proof.root.key.empty() ? "nobody signed " + root + ", though a key is named"
                                : root + " is signed by another key, " + key_text(proof.root.key);
}

}  // namespace yoke
