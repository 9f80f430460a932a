#pragma once

#include "runtime/record/record_file.h"

// The parts of a record's file as JSON, and back. Private to runtime/record.
namespace yoke::record_json {

Json to_json(const RunRow& row);
Result<RunRow> run_row(const Json& value);

Json to_json(const Record& record, const std::string& run_id);
Result<Record> record(const Json& value, const std::string& run_id);

Json to_json(const LedgerRow& row);
LedgerRow ledger_row(const Json& value);

Json to_json(const InboxMessage& message);
InboxMessage message(const Json& value, const std::string& run_id);

Json to_json(const OutboxRow& row);
OutboxRow outbox_row(const Json& value, const std::string& run_id);

Json to_json(const SealProof& proof);
Result<SealProof> proof(const Json& value);

Json to_json(const FiledRoot& root);
Result<FiledRoot> filed_root(const Json& value);

}  // namespace yoke::record_json
