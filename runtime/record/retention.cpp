#include "runtime/record/retention.h"

namespace yoke {
namespace {

constexpr int kErasedAtOnce = 200;

// Small values, no tool can have the space: runs that are about to be erased and are not known to
// be forgotten elsewhere. An erased run is passed over by then, so only this brings it back.
constexpr const char* kForgetting = "yoke:forgetting";

awaitable<Result<void>> forget_now(Store& store, RunRow row, ForgetRun forget) {
  std::string run_id = row.run_id;
  auto forgetting = forget(std::move(row));
  const Result<void> forgotten = co_await std::move(forgetting);
  if (!forgotten) co_return forgotten.error();
  co_return co_await store.kv_remove(kForgetting, std::move(run_id));
}

awaitable<Result<bool>> erase_old(Store& store, std::string run_id, std::string by,
                                  ForgetRun forget) {
  Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  if (forget) {
    Json since = row->finished_at;
    const Result<void> noted = co_await store.kv_set(kForgetting, run_id, std::move(since));
    if (!noted) co_return noted.error();
  }
  const Result<void> erased = co_await store.erase(run_id, std::move(by));
  const bool kept = !erased && erased.error().code == Errc::conflict;
  if (kept && forget) {
    const Result<void> dropped = co_await store.kv_remove(kForgetting, std::move(run_id));
    if (!dropped) co_return dropped.error();
  }
  if (kept) co_return false;
  if (!erased) co_return erased.error();
  if (!forget) co_return true;
  auto forgetting = forget_now(store, std::move(*row), std::move(forget));
  const Result<void> forgotten = co_await std::move(forgetting);
  if (!forgotten) co_return forgotten.error();
  co_return true;
}

// What an earlier pass erased and could not forget.
awaitable<Result<void>> forget_left(Store& store, ForgetRun forget) {
  while (true) {
    const std::vector<KvEntry> left = co_await store.kv_list(kForgetting, "", kErasedAtOnce);
    for (const KvEntry& each : left) {
      Result<RunRow> row = co_await store.get(each.key);
      const bool erased = row && row->erased_at != 0;
      if (erased) {
        auto forgetting = forget_now(store, std::move(*row), forget);
        const Result<void> forgotten = co_await std::move(forgetting);
        if (!forgotten) co_return forgotten.error();
      } else {
        const Result<void> dropped = co_await store.kv_remove(kForgetting, each.key);
        if (!dropped) co_return dropped.error();
      }
    }
    if (left.size() < kErasedAtOnce) co_return Result<void>();
  }
}

}  // namespace

awaitable<Result<RetentionReport>> apply_retention(Store& store, StoreKeeper& keeper, KeptFor kept,
                                                   Micros now, std::string by, ForgetRun forget) {
  RetentionReport report;
  if (forget) {
    auto forgetting = forget_left(store, forget);
    const Result<void> forgotten = co_await std::move(forgetting);
    if (!forgotten) co_return forgotten.error();
  }
  for (const auto& [status, age] : kept) {
    EndedRun after;
    while (true) {
      const std::vector<EndedRun> page =
          co_await keeper.ended_before(status, now - age, after, kErasedAtOnce);
      for (const EndedRun& old : page) {
        auto erasing = erase_old(store, old.run_id, by, forget);
        const Result<bool> erased = co_await std::move(erasing);
        if (!erased) co_return erased.error();
        ++(*erased ? report.erased : report.kept);
        after = old;
      }
      if (page.size() < kErasedAtOnce) break;
    }
  }
  co_return report;
}

}  // namespace yoke
