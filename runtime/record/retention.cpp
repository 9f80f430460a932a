#include "runtime/record/retention.h"

namespace yoke {
namespace {

constexpr int kErasedAtOnce = 200;

awaitable<Result<bool>> erase_old(Store& store, std::string run_id, std::string by,
                                  ForgetRun forget) {
  Result<RunRow> row = co_await store.get(run_id);
  if (!row) co_return row.error();
  const Result<void> erased = co_await store.erase(std::move(run_id), std::move(by));
  if (!erased && erased.error().code == Errc::conflict) co_return false;
  if (!erased) co_return erased.error();
  if (!forget) co_return true;
  auto forgetting = forget(std::move(*row));
  const Result<void> forgotten = co_await std::move(forgetting);
  if (!forgotten) co_return forgotten.error();
  co_return true;
}

}  // namespace

awaitable<Result<RetentionReport>> apply_retention(Store& store, StoreKeeper& keeper, KeptFor kept,
                                                   Micros now, std::string by, ForgetRun forget) {
  RetentionReport report;
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
