#include "hosts/app/record_care.h"

#include "hosts/app/record_keys.h"
#include "hosts/app/record_retention.h"
#include "runtime/record/root_check.h"

namespace yoke {
namespace {

constexpr Micros kSettledKept = 30LL * 24 * 3600 * 1'000'000;  // outbox rows that were sent
constexpr Micros kOrphanAge = 3600LL * 1'000'000;              // files that no record names

}  // namespace

awaitable<Result<std::vector<AuditRoot>>> seal_as_configured(const Config& config, Store& store) {
  const Result<RecordConfig> record = record_config_of(config);
  if (!record) co_return record.error();
  const Result<std::optional<SigningKey>> key = signing_key_of(config, *record);
  if (!key) co_return key.error();
  const Result<StoreKeeper*> keeper = keeper_of(store);
  if (!keeper) co_return keeper.error();
  const RootSigner* signer = *key ? &**key : nullptr;
  co_return co_await seal_all(**keeper, signer);
}

awaitable<Result<ClearedRecord>> clear_as_configured(const Config& config, Store& store,
                                                     WallClock& wall) {
  const Result<StoreKeeper*> keeper = keeper_of(store);
  if (!keeper) co_return keeper.error();
  ClearedRecord cleared;
  auto retaining = retain_as_configured(config, store, wall);
  const Result<RetentionReport> retained = co_await std::move(retaining);
  if (!retained) co_return retained.error();
  cleared.retained = *retained;
  const Micros now = wall.now();
  const Result<std::int64_t> settled = co_await store.drop_outbox(now - kSettledKept);
  if (!settled) co_return settled.error();
  cleared.settled = *settled;
  const Result<SweptFiles> swept = co_await (*keeper)->sweep(now - kOrphanAge);
  if (!swept) co_return swept.error();
  cleared.swept = *swept;
  co_return cleared;
}

Json to_json(const ClearedRecord& cleared) {
  return Json{{"erased", cleared.retained.erased},
              {"kept", cleared.retained.kept},
              {"outbox", cleared.settled},
              {"files", cleared.swept.files},
              {"bytes", cleared.swept.bytes}};
}

}  // namespace yoke
