#include "hosts/app/memory_view.h"

#include <algorithm>

#include "hosts/app/response_turns.h"

namespace yoke {
namespace {

Json source_view(const MemorySource& source) {
  return {{"run", source.run}, {"call", source.call}, {"agent", source.agent}};
}

}  // namespace

Json memory_view(const MemoryEntry& entry, Micros now) {
  Json out{{"id", entry.id},
           {"key", entry.key},
           {"text", entry.text},
           {"scope", name_of(entry.place.scope)},
           {"owner", entry.place.owner},
           {"label", to_text(entry.label)},
           {"created", to_iso8601(entry.created)},
           {"updated", to_iso8601(entry.updated)},
           {"age_s", std::max<Micros>(0, now - entry.updated) / 1'000'000},
           {"vector", entry.has_vector},
           {"source", source_view(entry.source)}};
  if (entry.expires > 0) out["expires"] = to_iso8601(entry.expires);
  return out;
}

Json memory_view(const MemoryHit& hit, Micros now) {
  Json out = memory_view(hit.entry, now);
  out["score"] = hit.score;
  out["by"] = hit.by_words && hit.by_vector ? "both" : hit.by_vector ? "vector" : "words";
  return out;
}

Json forgotten_view(const MemoryEntry& entry) {
  return {{"id", entry.id},
          {"key", entry.key},
          {"scope", name_of(entry.place.scope)},
          {"owner", entry.place.owner},
          {"source", source_view(entry.source)}};
}

MemoryWhere memory_of_run(const RunRow& row) {
  MemoryWhere where;
  where.tenant = row.tenant;
  where.places.push_back({MemoryScope::run, row.run_id});
  return where;
}

awaitable<Result<void>> erase_run(Store& store, Memory& memory, std::string run_id,
                                  std::string by) {
  const Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  const Result<void> erased = co_await store.erase(run_id, std::move(by));
  if (!erased) co_return erased.error();
  auto removing = store.kv_remove(kResponseTurns, std::move(run_id));
  const Result<void> removed = co_await std::move(removing);
  if (!removed && removed.error().code != Errc::not_found) co_return removed.error();
  MemoryWhere remembered = memory_of_run(*row);
  const Result<std::int64_t> forgotten = co_await memory.erase(std::move(remembered));
  if (!forgotten) co_return forgotten.error();
  co_return Result<void>();
}

}  // namespace yoke
