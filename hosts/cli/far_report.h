#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/journal/event.h"

// What the verbs of the record say of runs whose store is elsewhere, made of their events. Pure.
namespace yoke {

using JournalsByRun = std::map<std::string, std::vector<Event>>;

// The run, and those below it that are there, as `yoke runs export --as markdown|html` has them.
// Errors: invalid (another form); the journal is damaged.
Result<std::string> far_report(const JournalsByRun& journals, const std::string& run_id,
                               const std::string& form, const std::string& made);
// As `yoke runs diff`. Errors: a journal is damaged.
Result<std::string> far_diff(const JournalsByRun& journals, const std::string& left,
                             const std::string& right);

}  // namespace yoke
