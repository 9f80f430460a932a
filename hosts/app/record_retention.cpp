#include "hosts/app/record_retention.h"

#include "hosts/app/memory_settings.h"
#include "hosts/app/memory_view.h"
#include "hosts/config/record_config.h"
#include "runtime/base/id.h"

namespace yoke {
namespace {

awaitable<Result<void>> forget_run(SqliteMemory* memory, RunRow row) {
  auto forgetting = memory->erase(memory_of_run(row));
  const Result<std::int64_t> forgotten = co_await std::move(forgetting);
  if (!forgotten) co_return forgotten.error();
  co_return Result<void>();
}

}  // namespace

awaitable<Result<RetentionReport>> retain_as_configured(const Config& config, Store& store,
                                                        WallClock& wall) {
  const Result<RetentionConfig> section = retention_config_of(config);
  if (!section) co_return section.error();
  if (section->empty()) co_return RetentionReport{};
  const Result<StoreKeeper*> keeper = keeper_of(store);
  if (!keeper) co_return RetentionReport{};  // it ends before anything grows old
  const Result<MemoryOptions> options = memory_options_of(config);
  if (!options) co_return options.error();
  SystemRandom random;
  SqliteMemory memory({wall, random}, *options);
  KeptFor kept;
  for (const auto& [status, age] : *section) {
    kept[status] = std::chrono::duration_cast<std::chrono::microseconds>(age).count();
  }
  ForgetRun forget = [of = &memory](RunRow row) { return forget_run(of, std::move(row)); };
  auto retaining = apply_retention(store, **keeper, std::move(kept), wall.now(),
                                   std::string(kRetentionName), std::move(forget));
  co_return co_await std::move(retaining);
}

}  // namespace yoke
