#pragma once

#include <vector>

#include "runtime/journal/event.h"
#include "runtime/store/chain.h"

// The row of a run, which no hash covers, held against the journal, which a chain does. Pure.
namespace yoke {

// What a run's row says otherwise than its journal, whose chain was verified: whose run it is, how
// it ended, what it did and cost. Empty: nothing; also of a journal that does not begin as one of
// an engine does. Of what was erased the bare facts are compared.
std::vector<ChainBreak> check_row(const RunRow& row, const std::vector<Event>& events);
std::vector<ChainBreak> check_row(const RunRow& row, const std::vector<Record>& records);

}  // namespace yoke
