#include "hosts/app/stored_replies.h"

namespace yoke {
namespace {

// The tenant's length comes first: no tenant and route together read as another pair does.
std::string space_of(const ReplyCache::Place& place) {
  return std::to_string(place.tenant.size()) + ":" + place.tenant + "/" + place.route;
}

Micros since(Micros now, std::chrono::seconds age_max) {
  return now - std::chrono::duration_cast<std::chrono::microseconds>(age_max).count();
}

}  // namespace

awaitable<std::optional<std::string>> StoredReplies::find(Place place,
                                                          std::chrono::seconds age_max) {
  std::string space = space_of(place);
  const Micros kept_since = since(wall_.now(), age_max);
  try {
    Result<CachedReply> reply =
        co_await store_.cached_reply(std::move(space), std::move(place.key), kept_since);
    if (reply) co_return std::move(reply->text);
  } catch (const StoreFault&) {
    // As if nothing were kept; the call's own append meets the fault and tells of it.
  }
  co_return std::nullopt;
}

awaitable<void> StoredReplies::keep(Place place, std::string reply, CacheBounds bounds) {
  std::string space = space_of(place);
  CachedReply kept{std::move(reply), wall_.now()};
  ReplyBounds within;
  within.replies_max = bounds.entries_max;
  within.bytes_max = bounds.bytes_max;
  within.kept_since = since(kept.kept_at, bounds.age_max);
  try {
    const Result<void> done =
        co_await store_.keep_reply(std::move(space), std::move(place.key), std::move(kept), within);
    static_cast<void>(done);  // denied: the store is open for reading only
  } catch (const StoreFault&) {
    // Not kept; as above.
  }
}

}  // namespace yoke
