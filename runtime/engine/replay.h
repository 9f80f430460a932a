#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/engine/machine.h"
#include "runtime/store/types.h"

namespace yoke {

// What a replay found. What came from outside (replies, results, answers, the clock, takeovers) is
// taken from the journal; everything the machine decides is decided anew and compared.
struct ReplayReport {
  std::int64_t events = 0;
  std::int64_t decided = 0;     // made anew, equal to the record byte for byte
  std::int64_t supplied = 0;    // taken from the record
  std::int64_t differs_at = 0;  // seq of the first difference; 0: none
  std::string recorded;         // there: what the journal says
  std::string replayed;         // there: what the machine decides today
  bool chain_matches = false;   // the hash chain over the replayed records ends in the run's head
};

// Re-runs a journal offline: no model, tool, store or clock is touched. `prior` are the messages of
// the session's earlier runs.
ReplayReport replay_run(const RunRow& run, const std::vector<Record>& records,
                        const Program& program, std::vector<Message> prior);

}  // namespace yoke
