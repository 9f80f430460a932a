#pragma once

#include <string>
#include <string_view>

#include "runtime/store/store.h"
#include "tools/broker/host_module.h"

namespace yoke {

// kv: small values that the tools of one file keep between calls, apart for each tenant.
//   get(key), set(key, value), delete(key), list(prefix)
//
// Ownership: borrows `store`, which outlives it.
// Limits:    kKeyBytesMax, kValueBytesMax; list gives at most kKeysMax keys.
class KvModule final : public HostModule {
 public:
  static constexpr std::size_t kKeyBytesMax = 256;
  static constexpr std::size_t kValueBytesMax = 64 << 10;
  static constexpr int kKeysMax = 1'000;

  explicit KvModule(Store& store) : store_(store) {}

  std::string_view name() const override { return "kv"; }
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  awaitable<Result<Json>> set(std::string space, std::string key, Json value);
  awaitable<Result<Json>> list(std::string space, std::string prefix);
  awaitable<Result<Json>> remove(std::string space, std::string key);

  Store& store_;
};

}  // namespace yoke
