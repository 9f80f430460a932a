#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/loop/clock.h"
#include "runtime/memory/memory.h"
#include "runtime/store/store.h"
#include "tools/broker/host_module.h"

namespace yoke {

// memory: what agents find again.
//   save(text, {key, scope, expires}), search(query, {scope, limit}), list({scope, limit}),
//   forget(key, {scope})
// A script names scopes and never owners: whose run, session, user and agent it is, the host knows.
// An entry's label is that of the call that saves it; whoever reads it takes it on.
//
// Ownership: borrows its services, which outlive it.
class MemoryModule final : public HostModule {
 public:
  static constexpr int kHitsUsual = 10;
  static constexpr int kListMax = 200;

  // `store` tells whose a run is.
  MemoryModule(Memory& memory, Store& store, WallClock& wall)
      : memory_(memory), store_(store), wall_(wall) {}

  std::string_view name() const override { return "memory"; }
  Memory& memory() { return memory_; }
  Result<Json> admit(const std::string& function, const Json& args, CallScope& scope) override;
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

  // What a script asks, read and found to be granted.
  struct Wanted {
    std::string function;
    std::string text;                       // save: what; search: the question; forget: the key
    std::string key;                        // save
    std::optional<MemoryScope> scope = {};  // none: save: the user's; others: all
    Micros lasts = 0;                       // save: until it expires; 0: it does not
    int limit = kHitsUsual;
  };

 private:
  awaitable<std::string> user_of(std::string run_id);
  awaitable<Result<Json>> save(Wanted wanted, std::vector<MemoryPlace> places, CallScope& scope);
  awaitable<Result<Json>> search(Wanted wanted, MemoryWhere where, CallScope& scope);
  awaitable<Result<Json>> list(Wanted wanted, MemoryWhere where, CallScope& scope);
  awaitable<Result<Json>> forget(Wanted wanted, MemoryWhere where, CallScope& scope);

  Memory& memory_;
  Store& store_;
  WallClock& wall_;
};

}  // namespace yoke
