#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "tools/grants.h"
#include "tools/oauth/credentials.h"

namespace yoke {

// A key or sign-in of [auth.REFERENCE] without `origins`, which a package names: whoever wrote the
// package chose it, and where it goes.
struct SharedKey {
  std::string reference;
  std::string plugin;           // as people call it: "menu"
  std::string package = {};     // where no section is about it: the package's file
  std::string content = {};     // of that package, by hash
  std::vector<std::string> to;  // origins that would be shown it
  // The one of them that is shown a client's secret whatever is asked; empty: none.
  std::string token_origin = {};
};

// What a person has agreed to of such keys, in yoke.lock: by plugin, its content as it was taken,
// reference and origin.
//
// Ownership: borrows the grants, which are asked for anew each time: they may be read again.
// Threads:   loop thread only; small blocking file access in grant() and forget().
class KeyGrants {
 public:
  explicit KeyGrants(std::function<Grants&()> grants) : grants_(std::move(grants)) {}

  // Those of its origins that nobody has agreed to.
  std::vector<std::string> missing(const SharedKey& key) const;
  bool has(const SharedKey& key, const std::string& origin) const;
  Result<void> grant(const SharedKey& key, Micros now) const;
  Result<void> forget(const SharedKey& key, Micros now) const;

 private:
  std::string hash_of(const SharedKey& key, const std::string& origin) const;

  const std::function<Grants&()> grants_;
};

// "menu gets the key WEATHER_VAULT for https://api.weather.example".
std::string key_words(const SharedKey& key, const std::vector<std::string>& origins);
// The line of [auth.REFERENCE] that says once and for all who may see it.
std::string origins_line(const SharedKey& key, const std::vector<std::string>& origins);
// Why nothing is shown, and what mends it.
Error not_granted(const SharedKey& key, const std::vector<std::string>& origins);

// Shows what `inner` has to the origins that were agreed to; a call elsewhere is denied.
std::unique_ptr<Credentials> granted_credentials(SharedKey key, const KeyGrants& grants,
                                                 std::unique_ptr<Credentials> inner);

}  // namespace yoke
