#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/time.h"
#include "runtime/store/listing.h"
#include "runtime/store/money.h"
#include "runtime/store/outbox.h"
#include "runtime/store/run_status.h"

// The values that pass through the Store interface. Plain data, no behaviour.
namespace yoke {

// When an append is acknowledged.
enum class Durability : std::uint8_t {
  durable,  // after fsync
  soft,     // in order, but without waiting for fsync; lost at most with what came after it
};

// One journal record as it is handed in. `body` is canonical JSON text; over 4 KiB it is kept
// compressed and by content, which nobody above the store notices.
struct RecordIn {
  int kind = 0;  // event_table.h's number
  Micros at = 0;
  std::string call_id;  // empty when the event belongs to no call
  std::string parent_call;
  int attempt = 0;
  std::string label;  // to_text(Label)
  std::string reason;
  std::string body;
};

struct Record : RecordIn {
  std::string run_id;  // the run that wrote it: the parent's for the shared part of a fork
  std::int64_t seq = 0;
  std::int64_t fence = 0;
  Hash body_hash{};
  Hash hash{};
  bool erased = false;  // the body is gone, its hash stays
};

// What a list of runs shows; kept in the run's row so that a list reads no journal.
struct RunRow {
  std::string run_id;
  std::string tenant;
  std::string agent;
  std::string session;
  std::string by;  // who started it; empty where that is not known
  RunStatus status = RunStatus::ready;
  std::string reason;  // why it has that status: "limit.usd", "question", …
  std::int64_t fence = 0;
  std::string owner;  // node id while owned
  std::int64_t head_seq = 0;
  Hash head_hash{};
  int takeovers = 0;       // involuntary ones since the last record
  std::string parent_run;  // with parent_call, for a child
  std::string parent_call;
  std::string fork_run;  // with fork_seq, for a fork
  std::int64_t fork_seq = 0;
  Hash plan_hash{};     // the blob that holds the run's program
  Micros ready_at = 0;  // when a waiting run wants to be woken; 0: only by a message
  Micros created_at = 0;
  Micros finished_at = 0;
  Micros erased_at = 0;  // when its content was erased, and by whom; 0: it was not
  std::string erased_by;
  Json summary = Json::object();  // title, cost, tokens, steps: as the engine last wrote it
};

// The right to write to a run. Every append carries the fence; a takeover raises it.
struct Claim {
  std::string run_id;
  std::int64_t fence = 0;
  std::int64_t head_seq = 0;
  Hash head_hash{};
  bool adopted = false;  // the run was owned when it was claimed: its owner died
};

// A message to a run from whoever does not own it. (run, id) is unique: the first wins.
struct InboxMessage {
  std::string run_id;
  std::string id;     // "answer:q1", "cancel", "signal:ULID", "signal:key:KEY", "child:…"
  std::string topic;  // "answer", "cancel", "signal", "child"
  std::string by;     // who
  Micros at = 0;
  Json body = Json::object();
};

struct NewRun : MoneyMoves {  // of the first records
  std::string run_id;
  std::string tenant = "local";
  std::string agent;
  std::string session;
  std::string by;
  std::string idem_key;   // with tenant: unique when not empty
  std::string idem_hash;  // of what was asked for under that key
  // A run that was created before this gives its key up to this one; 0: never.
  Micros idem_since = 0;
  std::string parent_run;
  std::string parent_call;
  std::string fork_run;  // the run continues this one's records 1..fork_seq
  std::int64_t fork_seq = 0;
  Hash plan_hash{};
  Micros created_at = 0;
  Json summary = Json::object();
  std::vector<RecordIn> records;   // the first records, in the same transaction
  std::vector<std::string> blobs;  // contents to keep by hash, in the same transaction
  std::vector<OutboxRow> outbox;
  // Of a run with a session: what must be so while it is created.
  struct Turn {
    bool free = false;    // every run of the session has ended: conflict (place "session") if not
    std::string after;    // and this is its newest, empty for none: conflict (place "after") if not
    bool queued = false;  // nobody owns the run: it waits until those before it have ended
  };
  std::optional<Turn> turn;
  // Told in the same transaction to every run of the session that has not ended; run_id is left
  // out. Only of a queued run.
  std::optional<InboxMessage> to_session;
};
struct Created {
  // The idempotency key was there: `claim.run_id` names the older run, with fence 0.
  bool existed = false;
  bool same = true;     // with `existed`: that one was asked for with the same hash
  bool queued = false;  // nobody owns it; `due` when it need not wait
  bool due = false;
  std::vector<std::string> told;  // runs that got NewRun::to_session
  Claim claim;
};

// A change of the run's row that belongs to an append.
struct RunUpdate {
  RunStatus status = RunStatus::owned;
  std::string reason;
  Micros ready_at = 0;
  Json summary = Json::object();
};

struct Append : MoneyMoves {
  std::string run_id;
  std::int64_t fence = 0;
  std::int64_t after_seq = 0;  // the head the writer believes in
  Durability durability = Durability::durable;
  std::vector<RecordIn> records;
  std::vector<std::string> blobs;
  std::vector<std::string> inbox_taken;  // message ids that these records copy
  std::optional<RunUpdate> update;       // a final or waiting status also ends the ownership
  std::vector<OutboxRow> outbox;
};
struct Appended {
  std::int64_t head_seq = 0;
  Hash head_hash{};
  std::vector<Hash> hashes;  // of each record
  // The run of the same session whose turn has come because this one ended; it is due. Or empty.
  std::string next_in_session;
};

struct Posted {
  bool first = true;
  InboxMessage winner;  // the message that stands
};

struct KvEntry {
  std::string key;
  Json value;
};

// A model's answer that may be given again to the same question.
struct CachedReply {
  std::string text;  // as the cache's user wrote it
  Micros kept_at = 0;
};
// How much of a space is kept; the rest goes, oldest first.
struct ReplyBounds {
  std::int64_t replies_max = 1000;
  std::int64_t bytes_max = 64 << 20;  // of their texts
  Micros kept_since = 0;              // older ones go
};

}  // namespace yoke
