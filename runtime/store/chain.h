#pragma once

#include <string>
#include <vector>

#include "runtime/store/types.h"

// The hash chain of a run: pure functions, so that a journal can be verified far from its store.
namespace yoke {

// The value before the first record of a run that is no fork.
Hash chain_start(std::string_view run_id);
// The value before the first own record of a fork: its parent's hash at fork_seq, bound to the
// new id.
Hash chain_fork(const Hash& parent_hash, std::string_view run_id);

// SHA-256 over length-prefixed prev, run_id, seq, fence, kind, at, call_id, parent_call, attempt,
// label, reason, body_hash. The body enters by its hash: erasing it leaves the chain verifiable.
Hash chain_next(const Hash& prev, const Record& record);

struct ChainBreak {
  std::int64_t seq = 0;
  std::string what;  // "the body does not match its hash", "record 4 is missing" …
};
// Checks records 1..n of a run as read() gives them, against its head. Empty when whole; an erased
// body is taken for what its hash says.
std::vector<ChainBreak> verify_chain(const RunRow& run, const std::vector<Record>& records);

}  // namespace yoke
