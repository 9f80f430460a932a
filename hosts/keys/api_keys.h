#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/keys/key_record.h"
#include "hosts/keys/key_text.h"
#include "runtime/store/store.h"

namespace yoke {

// The keys of a store, as records and never as texts. One process writes to a store at a time, and
// all of that process's changes go through one of these: so what it holds in memory is what is
// stored, and a key that was just made or revoked is seen by the next request.
//
// Ownership: borrows what it is given.
// Threads:   loop thread only.
// Errors:    StoreFault of the store passes through; nothing has changed then.
class ApiKeys {
 public:
  static constexpr std::string_view kSpace = "yoke:keys";
  static constexpr std::string_view kUsesSpace = "yoke:keys/used";
  static constexpr int kKeysMax = 10'000;

  ApiKeys(Store& store, WallClock& wall, Random& random);

  // Reads them from the store, once; asked again it does nothing. All below need it.
  // Errors: invalid (a damaged record: nobody is let in on a guess).
  awaitable<Result<void>> load();

  // Whether there is any record of a key, be it revoked or expired: who took keys into use is not
  // thrown open again when the last one ends.
  bool any() const { return !records_.empty(); }
  const KeyRecord* find(std::string_view id) const;  // null: no such key
  std::vector<const KeyRecord*> list() const;        // by tenant, then name, then age
  Micros last_used(std::string_view id) const;       // 0: never

  struct Made {
    KeyRecord record;
    Secret text;  // told once: it is not stored
  };
  // `order` as record_of_order() has it. Errors: invalid; conflict (a live key has that name);
  // exhausted (there are kKeysMax records).
  awaitable<Result<Made>> create(Json order);
  // By name or id. Errors: not_found; conflict (it is revoked already).
  awaitable<Result<KeyRecord>> revoke(std::string named, std::string by);
  // The request of a key was let in. Stored once in a while.
  awaitable<void> note_use(std::string id);

  // Told after each change of what keys there are, loading too.
  void on_change(std::function<void()> told) { told_ = std::move(told); }

 private:
  struct Uses {
    Micros last = 0;
    Micros stored = 0;
  };
  const KeyRecord* live_of(std::string_view name) const;
  awaitable<Result<void>> store(const KeyRecord& record);
  void keep(KeyRecord record);

  Store& store_;
  WallClock& wall_;
  Random& random_;
  bool loaded_ = false;
  std::map<std::string, KeyRecord, std::less<>> records_;  // by id
  std::map<std::string, Uses, std::less<>> uses_;          // by id
  std::function<void()> told_;
};

}  // namespace yoke
