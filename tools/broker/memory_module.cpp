#include "tools/broker/memory_module.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"

namespace yoke {
namespace {

using Wanted = MemoryModule::Wanted;

constexpr int kParentsMax = 16;  // of a run, that are asked whose it is
constexpr std::array<std::string_view, 4> kFunctions = {"save", "search", "list", "forget"};

bool changes(std::string_view function) { return function == "save" || function == "forget"; }

Error wrong(const Wanted& wanted, const std::string& why) {
  return Error{Errc::invalid, "memory." + wanted.function + ": " + why};
}

Result<std::optional<MemoryScope>> scope_in(const Wanted& wanted, const Json& options) {
  const Json& named = member_at(options, "scope");
  if (named.is_null()) return std::optional<MemoryScope>();
  const std::vector<std::string> known = {"run", "session", "user", "agent", "shared"};
  const std::string name = named.is_string() ? named.get<std::string>() : to_text(named);
  const std::optional<MemoryScope> scope = memory_scope_from_name(name);
  if (scope) return scope;
  return wrong(wanted, "there is no scope '" + shorten(printable(name), 60) + "'" +
                           did_you_mean(name, known) + "; there are " + join(known, ", "));
}

// "7d", or seconds.
Result<Micros> lasts_in(const Wanted& wanted, const Json& options) {
  const Json& expires = member_at(options, "expires");
  if (expires.is_null()) return Micros{0};
  const std::string text = expires.is_string() ? expires.get<std::string>() : to_text(expires);
  const Result<std::chrono::milliseconds> lasts = parse_duration(text);
  if (!lasts || lasts->count() <= 0) {
    return wrong(wanted, "expires must be a time to last, such as \"30d\"");
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(*lasts).count();
}

Result<int> limit_in(const Wanted& wanted, const Json& options, int usual, int most) {
  const Json& limit = member_at(options, "limit");
  if (limit.is_null()) return usual;
  const bool right = limit.is_number_integer() && limit >= 1 && limit <= most;
  if (right) return limit.get<int>();
  return wrong(wanted, "limit must be a whole number from 1 to " + std::to_string(most));
}

Result<void> read_text(Wanted& wanted, const Json& args) {
  if (wanted.function == "list") return {};
  Result<std::string> text = text_argument(args, 0, "memory." + wanted.function);
  if (!text) return text.error();
  wanted.text = std::move(*text);
  if (trim(wanted.text).empty()) return wrong(wanted, "argument 1 is empty");
  return {};
}

Result<void> read_options(Wanted& wanted, const Json& args) {
  const std::string function = "memory." + wanted.function;
  const bool list = wanted.function == "list";
  const std::size_t place = list ? 0 : 1;
  Result<Json> options = wanted.function == "save"
                             ? options_argument(args, place, function, {"key", "scope", "expires"})
                         : wanted.function == "forget"
                             ? options_argument(args, place, function, {"scope"})
                             : options_argument(args, place, function, {"scope", "limit"});
  if (!options) return options.error();
  const Json& key = member_at(*options, "key");
  if (!key.is_null() && !key.is_string()) return wrong(wanted, "key must be a string");
  if (key.is_string()) wanted.key = key.get<std::string>();
  Result<std::optional<MemoryScope>> scope = scope_in(wanted, *options);
  if (!scope) return scope.error();
  wanted.scope = *scope;
  Result<Micros> lasts = lasts_in(wanted, *options);
  if (!lasts) return lasts.error();
  wanted.lasts = *lasts;
  const int most = list ? MemoryModule::kListMax : kMemoryHitsMax;
  Result<int> limit = limit_in(wanted, *options, MemoryModule::kHitsUsual, most);
  if (!limit) return limit.error();
  wanted.limit = *limit;
  return {};
}

// What the script may ask, decided.
Result<Wanted> permitted(const std::string& function, const Json& args, CallScope& scope) {
  if (std::find(kFunctions.begin(), kFunctions.end(), function) == kFunctions.end()) {
    return unknown_function("memory", function,
                            {kFunctions[0], kFunctions[1], kFunctions[2], kFunctions[3]});
  }
  Wanted wanted;
  wanted.function = function;
  if (Result<void> read = read_text(wanted, args); !read) return read.error();
  if (Result<void> read = read_options(wanted, args); !read) return read.error();
  if (function == "save" && !wanted.scope) wanted.scope = MemoryScope::user;
  InnerRequest request{"memory." + function, Json::object(),
                       changes(function) ? Effect::idempotent : Effect::read};
  request.shown["scope"] = wanted.scope ? std::string(name_of(*wanted.scope)) : "all";
  if (function == "forget") request.shown["key"] = wanted.text;
  if (!wanted.key.empty()) request.shown["key"] = wanted.key;
  const Access needed = changes(function) ? Access::write : Access::read;
  if (scope.permissions().memory < needed) {
    return scope.refuse(request, "memory." + function + " is not granted (permissions.memory)");
  }
  if (Result<void> allowed = scope.permit(request); !allowed) return allowed.error();
  return wanted;
}

// All that a call may look in.
std::vector<MemoryPlace> places_of(const ToolRequest& identity, const std::string& user) {
  std::vector<MemoryPlace> places;
  const auto add = [&](MemoryScope scope, const std::string& owner) {
    if (!owner.empty()) places.push_back({scope, owner});
  };
  add(MemoryScope::run, identity.run_id);
  add(MemoryScope::session, identity.session);
  add(MemoryScope::user, user);
  add(MemoryScope::agent, identity.agent);
  places.push_back({MemoryScope::shared, {}});
  return places;
}

// Those of the scope that is wanted; none: there is no such one here.
std::vector<MemoryPlace> narrowed(const std::vector<MemoryPlace>& places, const Wanted& wanted) {
  if (!wanted.scope) return places;
  std::vector<MemoryPlace> out;
  for (const MemoryPlace& place : places) {
    if (place.scope == *wanted.scope) out.push_back(place);
  }
  return out;
}

Error nobody(const Wanted& wanted) {
  return wrong(wanted, "this call belongs to no " + std::string(name_of(*wanted.scope)) +
                           ": name another scope, such as \"shared\"");
}

Json shown(const MemoryEntry& entry, Micros now) {
  Json out{{"id", entry.id},
           {"key", entry.key},
           {"text", entry.text},
           {"scope", name_of(entry.place.scope)},
           {"age_s", std::max<Micros>(0, now - entry.updated) / 1'000'000},
           {"updated", to_iso8601(entry.updated)},
           {"label", to_text(entry.label)},
           {"source", {{"run", entry.source.run}, {"agent", entry.source.agent}}}};
  if (entry.expires > 0) out["expires"] = to_iso8601(entry.expires);
  return out;
}

}  // namespace

// Whoever started the run, or the run that started it.
awaitable<std::string> MemoryModule::user_of(std::string run_id) {
  for (int i = 0; i < kParentsMax && !run_id.empty(); ++i) {
    const Result<RunRow> row = co_await store_.get(run_id);
    if (!row) co_return std::string();
    if (!row->by.empty()) co_return row->by;
    run_id = row->parent_run;
  }
  co_return std::string();
}

awaitable<Result<Json>> MemoryModule::save(Wanted wanted, std::vector<MemoryPlace> places,
                                           CallScope& scope) {
  const ToolRequest& identity = scope.identity();
  NewMemory entry;
  entry.tenant = identity.tenant;
  entry.place = places.front();
  entry.key = wanted.key;
  entry.text = std::move(wanted.text);
  entry.label = scope.label();
  entry.source = {identity.run_id, identity.call_id, identity.agent};
  if (wanted.lasts > 0) entry.expires = wall_.now() + wanted.lasts;
  entry.caller = co_await user_of(identity.run_id);
  const Result<SavedMemory> saved = co_await memory_.save(std::move(entry));
  if (!saved) co_return saved.error();
  const std::string where(name_of(places.front().scope));
  scope.note(Json{{"wrote", {{"scope", where}, {"key", saved->key}, {"id", saved->id}}}});
  Json out{{"id", saved->id}, {"key", saved->key}, {"scope", where}, {"replaced", saved->replaced}};
  if (!saved->note.empty()) out["note"] = "found by its words only: " + saved->note;
  co_return out;
}

awaitable<Result<Json>> MemoryModule::search(Wanted wanted, MemoryWhere where, CallScope& scope) {
  MemoryQuery query;
  query.where = std::move(where);
  query.text = std::move(wanted.text);
  query.limit = wanted.limit;
  query.caller = co_await user_of(scope.identity().run_id);
  const Result<MemoryFound> found = co_await memory_.search(std::move(query));
  if (!found) co_return found.error();
  Json out = Json::array();
  for (const MemoryHit& hit : found->hits) {
    scope.saw(hit.entry.label);
    Json& row = out.emplace_back(shown(hit.entry, wall_.now()));
    row["score"] = hit.score;
  }
  Json facts{{"found", found->hits.size()}};
  if (!found->note.empty()) facts["note"] = found->note;
  scope.note(facts);
  co_return out;
}

awaitable<Result<Json>> MemoryModule::list(Wanted wanted, MemoryWhere where, CallScope& scope) {
  MemoryListing listing;
  listing.where = std::move(where);
  listing.limit = wanted.limit;
  const Result<std::vector<MemoryEntry>> entries = co_await memory_.list(std::move(listing));
  if (!entries) co_return entries.error();
  Json out = Json::array();
  for (const MemoryEntry& entry : *entries) {
    scope.saw(entry.label);
    out.push_back(shown(entry, wall_.now()));
  }
  co_return out;
}

awaitable<Result<Json>> MemoryModule::forget(Wanted wanted, MemoryWhere where, CallScope& scope) {
  Forgetting forgetting;
  forgetting.where = std::move(where);
  forgetting.key = wanted.text;
  const Result<std::vector<MemoryEntry>> gone = co_await memory_.forget(std::move(forgetting));
  if (!gone) co_return gone.error();
  if (gone->empty()) co_return json_result(false);
  const MemoryEntry& entry = gone->front();
  scope.saw(entry.label);  // that it was there is told
  const std::string scope_name(name_of(entry.place.scope));
  scope.note(
      Json{{"wrote",
            {{"scope", scope_name}, {"key", entry.key}, {"id", entry.id}, {"forgotten", true}}}});
  co_return json_result(true);
}

Result<Json> MemoryModule::admit(const std::string& function, const Json& args, CallScope& scope) {
  const Result<Wanted> wanted = permitted(function, args, scope);
  if (!wanted) return wanted.error();
  return args;
}

awaitable<Result<Json>> MemoryModule::call(std::string function, Json args, CallScope& scope) {
  Result<Wanted> asked = permitted(function, args, scope);
  if (!asked) co_return asked.error();
  Wanted wanted = std::move(*asked);
  const std::string user = co_await user_of(scope.identity().run_id);
  std::vector<MemoryPlace> places = narrowed(places_of(scope.identity(), user), wanted);
  if (places.empty()) co_return nobody(wanted);
  if (function == "save") co_return co_await save(std::move(wanted), std::move(places), scope);
  MemoryWhere where;
  where.tenant = scope.identity().tenant;
  where.places = std::move(places);
  if (function == "search") co_return co_await search(std::move(wanted), std::move(where), scope);
  if (function == "list") co_return co_await list(std::move(wanted), std::move(where), scope);
  co_return co_await forget(std::move(wanted), std::move(where), scope);
}

}  // namespace yoke
