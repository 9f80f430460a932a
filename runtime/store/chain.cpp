#include "runtime/store/chain.h"

#include <optional>

namespace yoke {
namespace {

// Keeps the three uses of the hash apart: no start can be passed off as a record or a fork.
constexpr std::string_view kStartTag = "yoke.chain.start.1";
constexpr std::string_view kForkTag = "yoke.chain.fork.1";
constexpr std::string_view kRecordTag = "yoke.chain.record.1";

std::string text_of(std::int64_t number) { return std::to_string(number); }

// Walks records in their order and keeps what the next one must continue.
class Verifier {
 public:
  void check(const Record& record) {
    follow_run(record);
    check_order(record);
    if (!record.erased && sha256(record.body) != record.body_hash) {
      report(record.seq, "the body does not match its hash");
    }
    if (record.erased && !record.body.empty()) {
      report(record.seq, "the run is marked as erased, and a body is there");
    }
    if (chain_next(hash_, record) != record.hash) {
      report(record.seq, "the record does not match its hash");
    }
    hash_ = record.hash;  // go on from what is written, so that one break is reported once
    seq_ = record.seq;
    fence_ = record.fence;
  }

  void finish(const RunRow& run) {
    if (run_id_ != run.run_id) enter_run(run.run_id);
    if (seq_ != run.head_seq) {
      const bool fewer = seq_ < run.head_seq;
      report(fewer ? seq_ + 1 : run.head_seq + 1,
             "the run has " + text_of(run.head_seq) + " records, " + text_of(seq_) + " are there");
    } else if (hash_ != run.head_hash) {
      report(seq_, "the last record is not the one the run ends with");
    }
  }

  std::vector<ChainBreak> take() { return std::move(breaks_); }

 private:
  void report(std::int64_t seq, std::string what) {
    breaks_.push_back(ChainBreak{seq, std::move(what)});
  }

  void enter_run(const std::string& run_id) {
    hash_ = run_id_ ? chain_fork(hash_, run_id) : chain_start(run_id);
    run_id_ = run_id;
    fence_ = 0;
  }

  void follow_run(const Record& record) {
    if (run_id_ != record.run_id) enter_run(record.run_id);
  }

  void check_order(const Record& record) {
    if (record.seq != seq_ + 1) {
      const std::string expected = text_of(seq_ + 1);
      report(record.seq, record.seq > seq_ + 1 ? "record " + expected + " is missing"
                                               : "record " + expected + " was expected here");
    }
    if (record.fence < fence_) report(record.seq, "an earlier owner wrote after a later one");
  }

  std::optional<std::string> run_id_;
  Hash hash_{};
  std::int64_t seq_ = 0;
  std::int64_t fence_ = 0;
  std::vector<ChainBreak> breaks_;
};

}  // namespace

Hash chain_start(std::string_view run_id) {
  Hasher hasher;
  hasher.field(kStartTag).field(run_id);
  return hasher.finish();
}

Hash chain_fork(const Hash& parent_hash, std::string_view run_id) {
  Hasher hasher;
  hasher.field(kForkTag).field(parent_hash).field(run_id);
  return hasher.finish();
}

Hash chain_next(const Hash& prev, const Record& record) {
  Hasher hasher;
  hasher.field(kRecordTag).field(prev).field(record.run_id);
  hasher.field(record.seq).field(record.fence);
  hasher.field(static_cast<std::int64_t>(record.kind)).field(record.at);
  hasher.field(record.call_id).field(record.parent_call);
  hasher.field(static_cast<std::int64_t>(record.attempt));
  hasher.field(record.label).field(record.reason).field(record.body_hash);
  return hasher.finish();
}

std::vector<ChainBreak> verify_chain(const RunRow& run, const std::vector<Record>& records) {
  Verifier verifier;
  for (const Record& record : records) verifier.check(record);
  verifier.finish(run);
  return verifier.take();
}

}  // namespace yoke
