#include "hosts/app/recalls.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/store/store.h"

namespace yoke {
namespace {

constexpr std::size_t kRecalledTextMax = 2u << 10;  // bytes of one entry
constexpr std::size_t kRecalledBytesMax = 16u << 10;
constexpr std::size_t kDayLetters = 10;  // 2026-11-21

Json recalled_json(const MemoryEntry& entry) {
  const bool trusted = entry.label.integrity == Label::Integrity::trusted;
  return Json{{"key", entry.key},
              {"text", shorten(entry.text, kRecalledTextMax)},
              {"scope", name_of(entry.place.scope)},
              {"saved", to_iso8601(entry.updated).substr(0, kDayLetters)},
              {"agent", entry.source.agent},
              {"run", entry.source.run},
              {"trusted", trusted},
              {"label", to_text(entry.label)}};
}

class MemoryRecall final : public Recall {
 public:
  MemoryRecall(Memory& memory, const Json& settings)
      : memory_(memory), most_(static_cast<int>(integer_at(settings, "most", 5))) {
    for (const Json& each : member_at(settings, "scopes")) {
      const auto scope = memory_scope_from_name(each.is_string() ? each.get<std::string>() : "");
      if (scope) scopes_.push_back(*scope);
    }
  }

  awaitable<RecallFound> recall(RecallAsked asked) override {
    RecallFound out;
    MemoryQuery query;
    query.where.tenant = asked.tenant;
    query.where.places = places_of(asked);
    query.text = shorten(asked.text, kMemoryQueryBytesMax);
    query.limit = most_;
    query.caller = asked.user;
    if (trim(query.text).empty() || query.where.places.empty()) co_return out;
    std::string problem;
    try {
      const Result<MemoryFound> found = co_await memory_.search(std::move(query));
      if (found) co_return shown(*found);
      problem = found.error().message();
    } catch (const StoreFault& fault) {
      problem = fault.what();
    }
    out.entries.push_back(Json{{"problem", problem}});
    co_return out;
  }

 private:
  // Of the places that the run may look in, those of the scopes that its agent names.
  std::vector<MemoryPlace> places_of(const RecallAsked& asked) const {
    std::vector<MemoryPlace> places;
    for (const MemoryScope scope : scopes_) {
      std::string owner;
      if (scope == MemoryScope::session) owner = asked.session;
      if (scope == MemoryScope::user) owner = asked.user;
      if (scope == MemoryScope::agent) owner = asked.agent;
      if (owner.empty() && scope != MemoryScope::shared) continue;
      places.push_back({scope, owner});
    }
    return places;
  }

  static RecallFound shown(const MemoryFound& found) {
    RecallFound out;
    std::size_t bytes = 0;
    for (const MemoryHit& hit : found.hits) {
      Json entry = recalled_json(hit.entry);
      bytes += to_text(entry).size();
      if (bytes > kRecalledBytesMax) break;
      out.label = join(out.label, hit.entry.label);
      out.entries.push_back(std::move(entry));
    }
    return out;
  }

  Memory& memory_;
  const int most_;
  std::vector<MemoryScope> scopes_;
};

}  // namespace

std::shared_ptr<Recall> make_recall(Memory& memory, const Json& settings) {
  return std::make_shared<MemoryRecall>(memory, settings);
}

}  // namespace yoke
