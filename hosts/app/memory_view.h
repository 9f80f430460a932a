#pragma once

#include "runtime/base/json.h"
#include "runtime/memory/memory.h"
#include "runtime/store/types.h"

// What agents remember, as commands and the hook show it.
namespace yoke {

// {"id":…,"key":…,"text":…,"scope":"user","owner":"ann","label":…,"age_s":90, …}
Json memory_view(const MemoryEntry& entry, Micros now);
Json memory_view(const MemoryHit& hit, Micros now);  // with "score" and "by"
// What was forgotten: its place, key and source, without its text.
Json forgotten_view(const MemoryEntry& entry);

// What a run remembered for itself alone: it goes with what was said in it.
MemoryWhere memory_of_run(const RunRow& row);

}  // namespace yoke
