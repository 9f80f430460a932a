#include "hosts/keys/api_keys.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr Micros kUseStoredEvery = 60'000'000;

}  // namespace

ApiKeys::ApiKeys(Store& store, WallClock& wall, Random& random)
    : store_(store), wall_(wall), random_(random) {}

awaitable<Result<void>> ApiKeys::load() {
  if (loaded_) co_return Result<void>();
  std::string space(kSpace);
  std::string every;
  const std::vector<KvEntry> entries = co_await store_.kv_list(space, every, kKeysMax + 1);
  space = kUsesSpace;
  const std::vector<KvEntry> uses = co_await store_.kv_list(space, every, kKeysMax + 1);
  if (loaded_) co_return Result<void>();  // somebody else was faster
  std::map<std::string, KeyRecord, std::less<>> records;
  for (const KvEntry& entry : entries) {
    Result<KeyRecord> record = record_from_stored(entry.key, entry.value);
    if (!record) co_return record.error();
    records.emplace(entry.key, std::move(*record));
  }
  records_ = std::move(records);
  for (const KvEntry& entry : uses) {
    const Micros at = entry.value.is_number_integer() ? entry.value.get<Micros>() : 0;
    uses_[entry.key] = Uses{at, at};
  }
  loaded_ = true;
  if (told_) told_();
  co_return Result<void>();
}

const KeyRecord* ApiKeys::find(std::string_view id) const {
  const auto found = records_.find(id);
  return found == records_.end() ? nullptr : &found->second;
}

std::vector<const KeyRecord*> ApiKeys::list() const {
  std::vector<const KeyRecord*> all;
  for (const auto& [id, record] : records_) all.push_back(&record);
  std::sort(all.begin(), all.end(), [](const KeyRecord* left, const KeyRecord* right) {
    return std::tie(left->tenant, left->name, left->created_at, left->id) <
           std::tie(right->tenant, right->name, right->created_at, right->id);
  });
  return all;
}

Micros ApiKeys::last_used(std::string_view id) const {
  const auto found = uses_.find(id);
  return found == uses_.end() ? 0 : found->second.last;
}

// Expired ones keep their name: whoever reads a record of then means that key.
const KeyRecord* ApiKeys::live_of(std::string_view name) const {
  for (const auto& [id, record] : records_) {
    if (record.name == name && record.revoked_at == 0) return &record;
  }
  return nullptr;
}

void ApiKeys::keep(KeyRecord record) {
  records_.insert_or_assign(record.id, std::move(record));
  if (told_) told_();
}

awaitable<Result<void>> ApiKeys::store(const KeyRecord& record) {
  std::string space(kSpace);
  std::string id = record.id;
  Json value = stored_json(record);
  co_return co_await store_.kv_set(std::move(space), std::move(id), std::move(value));
}

awaitable<Result<ApiKeys::Made>> ApiKeys::create(Json order) {
  Result<KeyRecord> asked = record_of_order(order, wall_.now());
  if (!asked) co_return asked.error();
  if (const KeyRecord* other = live_of(asked->name)) {
    co_return Error{Errc::conflict, "there is a key '" + other->name + "' (id " + other->id +
                                        "): choose another name, or revoke that one first"};
  }
  if (records_.size() >= kKeysMax) {
    co_return Error{Errc::exhausted, "the store has " + std::to_string(records_.size()) +
                                         " keys, revoked ones too: that is the most"};
  }
  Made made;
  NewKey key = make_key(random_);
  while (records_.contains(key.id)) key = make_key(random_);
  made.record = std::move(*asked);
  made.record.id = key.id;
  made.record.hash = key.hash;
  made.text = std::move(key.text);
  // In memory first: the next order of that name meets it, however long the disk takes.
  keep(made.record);
  std::exception_ptr failure;
  Result<void> stored;
  try {
    stored = co_await store(made.record);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure && stored) co_return made;
  records_.erase(made.record.id);
  if (told_) told_();
  if (failure) std::rethrow_exception(failure);
  co_return stored.error();
}

awaitable<Result<KeyRecord>> ApiKeys::revoke(std::string named, std::string by) {
  const KeyRecord* found = find(named);
  if (found == nullptr) found = live_of(named);
  if (found == nullptr) {
    std::set<std::string> names;
    bool was = false;
    for (const auto& [id, record] : records_) {
      was = was || record.name == named;
      if (record.revoked_at == 0) names.insert(record.name);
    }
    const std::vector<std::string> known(names.begin(), names.end());
    const std::string what = was ? "the key '" + named + "' is revoked already"
                                 : "there is no key '" + named + "'" + did_you_mean(named, known);
    co_return Error{was ? Errc::conflict : Errc::not_found, what};
  }
  if (found->revoked_at != 0) {
    co_return Error{Errc::conflict, "the key '" + found->name + "' (id " + found->id +
                                        ") is revoked already, by " + found->revoked_by};
  }
  KeyRecord record = *found;
  record.revoked_at = wall_.now();
  record.revoked_by = shorten(by, 256);
  // In memory first: from here on nobody is let in with it, whatever becomes of the disk.
  keep(record);
  const Result<void> stored = co_await store(record);
  if (!stored) co_return stored.error();
  co_return record;
}

awaitable<void> ApiKeys::note_use(std::string id) {
  Uses& uses = uses_[id];
  uses.last = wall_.now();
  if (uses.last - uses.stored < kUseStoredEvery) co_return;
  uses.stored = uses.last;
  std::string space(kUsesSpace);
  Json value = uses.last;
  try {
    const Result<void> stored =
        co_await store_.kv_set(std::move(space), std::move(id), std::move(value));
    static_cast<void>(stored);  // denied: the store is open for reading only
  } catch (const StoreFault&) {
    // Whatever the request does next meets the fault and tells of it.
  }
}

}  // namespace yoke
