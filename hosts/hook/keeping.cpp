#include "hosts/hook/keeping.h"

#include "hosts/app/record_keys.h"
#include "hosts/app/record_retention.h"
#include "runtime/loop/clock.h"
#include "runtime/record/root_check.h"

namespace yoke {

struct RecordKeeping::Parts {
  App& app;
  WallClock& wall;
  HookLog log;
  RecordConfig config;
  bool retains = false;
  std::optional<SigningKey> key;
  StoreKeeper* keeper = nullptr;  // null: the store keeps nothing
};

namespace {

constexpr std::chrono::hours kRetainEvery{1};

awaitable<void> seal_now(RecordKeeping::Parts& parts) {
  const RootSigner* signer = parts.key ? &*parts.key : nullptr;
  auto sealing = seal_all(*parts.keeper, signer);
  const Result<std::vector<AuditRoot>> made = co_await std::move(sealing);
  if (!parts.log) co_return;
  if (!made) {
    parts.log("record.not_sealed", Json{{"message", made.error().message()}});
    co_return;
  }
  for (const AuditRoot& root : *made) parts.log("record.sealed", to_json(root));
}

awaitable<void> retain_now(RecordKeeping::Parts& parts) {
  auto retaining = retain_as_configured(parts.app.config(), parts.app.store(), parts.wall);
  const Result<RetentionReport> done = co_await std::move(retaining);
  if (!parts.log) co_return;
  if (!done) {
    parts.log("record.not_retained", Json{{"message", done.error().message()}});
  } else if (done->erased > 0) {
    parts.log("record.erased", Json{{"runs", done->erased}, {"still_needed", done->kept}});
  }
}

// Now, and then each time that this much has gone by.
template <class Job>
awaitable<void> repeat(RecordKeeping::Parts& parts, std::chrono::milliseconds every, Job job) {
  Timer timer(parts.app.executor());
  while (true) {
    auto doing = job(parts);
    co_await std::move(doing);
    timer.expires_after(every);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

RecordKeeping::RecordKeeping(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RecordKeeping::~RecordKeeping() = default;

Result<std::unique_ptr<RecordKeeping>> RecordKeeping::make(HookServices services, HookLog log) {
  const Config& settings = services.app.config();
  const Result<RecordConfig> config = record_config_of(settings);
  if (!config) return config.error();
  const Result<RetentionConfig> retention = retention_config_of(settings);
  if (!retention) return retention.error();
  Result<std::optional<SigningKey>> key = signing_key_of(settings, *config);
  if (!key) return key.error();
  const Result<StoreKeeper*> keeper = keeper_of(services.app.store());
  auto parts = std::make_unique<Parts>(Parts{services.app, services.wall, std::move(log), *config,
                                             !retention->empty(), std::move(*key),
                                             keeper ? *keeper : nullptr});
  return std::make_unique<RecordKeeping>(std::move(parts));
}

void RecordKeeping::begin(TaskGroup& group) {
  if (parts_->keeper == nullptr) return;
  const auto every = parts_->config.seal_every;
  if (every.count() > 0) group.spawn(repeat(*parts_, every, seal_now));
  if (parts_->retains) group.spawn(repeat(*parts_, kRetainEvery, retain_now));
}

}  // namespace yoke
