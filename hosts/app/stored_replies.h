#pragma once

#include "models/reply_cache.h"
#include "runtime/store/store.h"

namespace yoke {

// The replies that routes keep, in the store.
//
// Ownership: borrows the store and the clock, which outlive it.
class StoredReplies final : public ReplyCache {
 public:
  StoredReplies(Store& store, WallClock& wall) : store_(store), wall_(wall) {}

  awaitable<std::optional<std::string>> find(Place place, std::chrono::seconds age_max) override;
  awaitable<void> keep(Place place, std::string reply, CacheBounds bounds) override;

 private:
  Store& store_;
  WallClock& wall_;
};

}  // namespace yoke
