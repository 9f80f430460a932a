#pragma once

#include "runtime/base/json.h"
#include "runtime/memory/memory.h"
#include "runtime/store/store.h"

// What agents remember, as commands and the hook show it.
namespace yoke {

// {"id":…,"key":…,"text":…,"scope":"user","owner":"ann","label":…,"age_s":90, …}
Json memory_view(const MemoryEntry& entry, Micros now);
Json memory_view(const MemoryHit& hit, Micros now);  // with "score" and "by"
// What was forgotten: its place, key and source, without its text.
Json forgotten_view(const MemoryEntry& entry);

// What a run remembered for itself alone: it goes with what was said in it.
MemoryWhere memory_of_run(const RunRow& row);

// Erases what was said in an ended run, and that with it. Asked again, it does what is left to do.
// Errors: of Store::get() and erase(); of Memory::erase().
awaitable<Result<void>> erase_run(Store& store, Memory& memory, std::string run_id, std::string by);

}  // namespace yoke
