#include "hosts/keys/key_orders.h"

namespace yoke {

awaitable<Result<Json>> make_key_as_ordered(ApiKeys& keys, WallClock& wall, Json order) {
  const Result<void> loaded = co_await keys.load();
  if (!loaded) co_return loaded.error();
  Result<ApiKeys::Made> made = co_await keys.create(std::move(order));
  if (!made) co_return made.error();
  Json shown = shown_json(made->record, wall.now(), 0);
  shown["key"] = made->text.reveal();
  co_return shown;
}

awaitable<Result<Json>> revoke_key(ApiKeys& keys, WallClock& wall, std::string named,
                                   std::string by) {
  const Result<void> loaded = co_await keys.load();
  if (!loaded) co_return loaded.error();
  const Result<KeyRecord> revoked = co_await keys.revoke(std::move(named), std::move(by));
  if (!revoked) co_return revoked.error();
  co_return shown_json(*revoked, wall.now(), keys.last_used(revoked->id));
}

}  // namespace yoke
