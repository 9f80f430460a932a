#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/store/store.h"
#include "tools/broker/host_module.h"

namespace yoke {

// kv: small values that the tools of one file keep between calls, apart for each tenant.
//   get(key), set(key, value), delete(key), list(prefix)
//
// Ownership: borrows `store`, which outlives it.
// Limits:    kKeyBytesMax, kValueBytesMax; a space, which is one file's for one tenant, has at most
//            kKeysMax keys and kSpaceBytesMax bytes of keys and values.
class KvModule final : public HostModule {
 public:
  static constexpr std::size_t kKeyBytesMax = 256;
  static constexpr std::size_t kValueBytesMax = 64 << 10;
  static constexpr std::size_t kKeysMax = 1'000;
  static constexpr std::size_t kSpaceBytesMax = 4 << 20;

  explicit KvModule(Store& store) : store_(store) {}

  std::string_view name() const override { return "kv"; }
  Result<Json> admit(const std::string& function, const Json& args, CallScope& scope) override;
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  awaitable<Result<Json>> set(std::string space, std::string key, Json value);
  awaitable<Result<Json>> list(std::string space, std::string prefix);
  awaitable<Result<Json>> remove(std::string space, std::string key);

  // What a space holds, read from the store when it is first written to and kept in step from then
  // on: no other process writes to a store meanwhile.
  struct Usage {
    std::map<std::string, std::size_t, std::less<>> sizes;  // of key and value together
    std::size_t bytes = 0;
    void put(const std::string& key, std::size_t size);
    void drop(const std::string& key);
  };
  awaitable<void> load_usage(std::string space);
  static Result<void> check_room(const Usage& usage, const std::string& key, std::size_t size);

  Store& store_;
  std::map<std::string, Usage> usage_;  // by space
};

}  // namespace yoke
