#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/loop/asio.h"

namespace yoke {

// How long and how much of a route's replies is kept.
struct CacheBounds {
  std::chrono::seconds age_max{24 * 3600};
  std::int64_t entries_max = 10'000;
  std::int64_t bytes_max = 64 << 20;  // of the replies' text

  bool operator==(const CacheBounds&) const = default;
};

// Replies by the exact request that they answered. The router makes keys, decides what may be kept
// and what a reply's text is; whoever implements this stores texts and heeds the bounds.
//
// Threads: loop thread only.
// Errors:  none that a call could suffer from: what cannot be read is absent, what cannot be
//          written is not kept.
class ReplyCache {
 public:
  struct Place {
    std::string tenant;  // nothing of one tenant is ever found by another
    std::string route;   // the bounds hold for each route by itself
    std::string key;     // hex SHA-256 of the request and of who may answer it
  };

  virtual ~ReplyCache() = default;
  // None: nothing is kept there that is younger than `age_max`.
  virtual awaitable<std::optional<std::string>> find(Place place, std::chrono::seconds age_max) = 0;
  // Replaces what was there; the oldest entries of the route go where a bound is passed.
  virtual awaitable<void> keep(Place place, std::string reply, CacheBounds bounds) = 0;
};

}  // namespace yoke
