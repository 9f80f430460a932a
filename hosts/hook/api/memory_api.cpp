#include "hosts/hook/api/memory_api.h"

#include <algorithm>

#include "hosts/app/memory_settings.h"
#include "hosts/app/memory_view.h"
#include "hosts/hook/api/page.h"
#include "hosts/hook/api/schema_texts.h"
#include "hosts/hook/visible.h"

// What the agents of a tenant remember: looked at, and forgotten.
namespace yoke {

const char* const kMemorySchemas = R"json({
"MemoryScope": {"type": "string", "enum": ["run", "session", "user", "agent", "shared"]},
"MemorySource": {
  "description": "Who remembered it.",
  "type": "object", "required": ["run", "call", "agent"], "properties": {
    "run": {"type": "string"}, "call": {"type": "string"}, "agent": {"type": "string"}}},
"MemoryEntry": {
  "type": "object",
  "required": ["id", "key", "text", "scope", "owner", "label", "created", "updated", "age_s",
    "vector", "source"],
  "properties": {
    "id": {"type": "string"},
    "key": {"type": "string",
      "description": "Its name in its place; made of the text if none was given."},
    "text": {"type": "string"},
    "scope": {"$ref": "#/components/schemas/MemoryScope"},
    "owner": {"type": "string", "description": "The run, session, user or agent; empty: shared."},
    "label": {"type": "string", "description": "trusted or untrusted, public or private."},
    "created": {"$ref": "#/components/schemas/Time"},
    "updated": {"$ref": "#/components/schemas/Time"},
    "expires": {"$ref": "#/components/schemas/Time"},
    "age_s": {"type": "integer"},
    "vector": {"type": "boolean", "description": "Whether it can be found by its sense."},
    "source": {"$ref": "#/components/schemas/MemorySource"},
    "score": {"type": "number", "description": "Of a search: comparable within its answer alone."},
    "by": {"type": "string", "enum": ["words", "vector", "both"],
      "description": "Of a search: how it was found."}}},
"MemoryPage": {
  "type": "object", "required": ["entries"], "properties": {
    "entries": {"type": "array", "items": {"$ref": "#/components/schemas/MemoryEntry"}},
    "next": {"type": "string", "description": "`cursor` of the next page; none: this is the last."},
    "note": {"type": "string", "description": "Why a search had to do without vectors."}}},
"Forgotten": {
  "type": "object", "required": ["forgotten"], "properties": {
    "forgotten": {"type": "integer", "description": "How many entries."},
    "entries": {"type": "array", "items": {
      "type": "object", "required": ["id", "key", "scope", "owner", "source"], "properties": {
        "id": {"type": "string"}, "key": {"type": "string"},
        "scope": {"$ref": "#/components/schemas/MemoryScope"}, "owner": {"type": "string"},
        "source": {"$ref": "#/components/schemas/MemorySource"}}}}}}
})json";

bool may_see_entry(const Principal& who, const MemoryEntry& entry) {
  if (!is_bound(who)) return true;
  switch (entry.place.scope) {
    case MemoryScope::shared:
      return true;
    case MemoryScope::user:
      return entry.place.owner == who.name;
    case MemoryScope::agent:
      return may_use_agent(who, entry.place.owner);
    default:
      return false;
  }
}

namespace {

constexpr int kEntriesUsual = 50;
constexpr int kEntriesMost = 200;

// Of their own tenant; a command of the same user may name another.
MemoryWhere where_of(const ApiContext& api, const AskedOf& asked) {
  MemoryWhere where;
  where.tenant = asked.call.who.tenant;
  const std::string tenant = string_at(asked.query, "tenant");
  if (api.place == ApiPlace::socket && !tenant.empty()) where.tenant = tenant;
  where.scope = memory_scope_from_name(string_at(asked.query, "scope"));
  if (asked.query.contains("owner")) where.owner = string_at(asked.query, "owner");
  return where;
}

awaitable<HttpReply> search(ApiRef api, AskedOf asked) {
  MemoryQuery query;
  query.where = where_of(*api, asked);
  query.text = string_at(asked.query, "query");
  const int limit =
      std::min(static_cast<int>(integer_at(asked.query, "limit", 10)), kMemoryHitsMax);
  query.limit = is_bound(asked.call.who) ? kMemoryHitsMax : limit;
  query.caller = asked.call.who.name;
  const Result<MemoryFound> found = co_await memory_of(api->services.app).search(std::move(query));
  if (!found) co_return problem(refusal_of(found.error()));
  Json page{{"entries", Json::array()}};
  for (const MemoryHit& hit : found->hits) {
    if (static_cast<int>(page["entries"].size()) == limit) break;
    if (!may_see_entry(asked.call.who, hit.entry)) continue;
    page["entries"].push_back(memory_view(hit, api->services.wall.now()));
  }
  if (!found->note.empty()) page["note"] = found->note;
  co_return json_reply(200, page);
}

awaitable<HttpReply> list(ApiRef api, AskedOf asked) {
  if (asked.query.contains("query")) co_return co_await search(api, std::move(asked));
  MemoryListing listing;
  listing.where = where_of(*api, asked);
  listing.key = string_at(asked.query, "key");
  const int limit = static_cast<int>(integer_at(asked.query, "limit", kEntriesUsual));
  listing.limit = limit + 1;
  const std::string cursor = string_at(asked.query, "cursor");
  if (!cursor.empty()) {
    const Result<std::string> last = from_cursor("memory", cursor);
    if (!last) {
      co_return problem(
          refusal_with(422, "invalid", "'cursor' is not `next` of a page of this list", "cursor"));
    }
    listing.before = *last;
  }
  const Result<std::vector<MemoryEntry>> entries =
      co_await memory_of(api->services.app).list(std::move(listing));
  if (!entries) co_return problem(refusal_of(entries.error()));
  Json page{{"entries", Json::array()}};
  for (int i = 0; i < std::min(limit, static_cast<int>(entries->size())); ++i) {
    const MemoryEntry& entry = entries->at(static_cast<std::size_t>(i));
    if (!may_see_entry(asked.call.who, entry)) continue;
    page["entries"].push_back(memory_view(entry, api->services.wall.now()));
  }
  if (static_cast<int>(entries->size()) > limit) {
    page["next"] = to_cursor("memory", entries->at(static_cast<std::size_t>(limit) - 1).id);
  }
  co_return json_reply(200, page);
}

Error no_such_entry(const std::string& key) {
  return Error{Errc::not_found, "nothing is remembered as '" + key + "'"};
}

// Everything there: a change of how the tenant works.
awaitable<HttpReply> erase_all(ApiRef api, AskedOf asked) {
  const Principal& who = asked.call.who;
  if (is_bound(who) || !who.scopes.has(Scope::manage)) {
    co_return problem(refusal_with(403, "forbidden",
                                   "to forget everything takes the scope 'manage' and a key that "
                                   "is bound to no agents"));
  }
  MemoryWhere where = where_of(*api, asked);
  const Result<std::int64_t> erased = co_await memory_of(api->services.app).erase(std::move(where));
  if (!erased) co_return problem(refusal_of(erased.error()));
  co_return json_reply(200, Json{{"forgotten", *erased}});
}

awaitable<HttpReply> forget(ApiRef api, AskedOf asked) {
  const std::string key = string_at(asked.query, "key");
  const bool all = string_at(asked.query, "all") == "true";
  if (key.empty() && all) co_return co_await erase_all(api, std::move(asked));
  if (key.empty()) {
    co_return problem(refusal_with(
        422, "invalid", "name what is to be forgotten: key=…, or all=true for everything", "key"));
  }
  MemoryListing listing;
  listing.where = where_of(*api, asked);
  listing.key = key;
  listing.limit = kMemoryPageMax;
  const Result<std::vector<MemoryEntry>> seen =
      co_await memory_of(api->services.app).list(std::move(listing));
  if (!seen) co_return problem(refusal_of(seen.error()));
  Forgetting forgetting;
  forgetting.where = where_of(*api, asked);
  forgetting.key = key;
  forgetting.all = all;
  for (const MemoryEntry& entry : *seen) {
    if (may_see_entry(asked.call.who, entry)) forgetting.where.places.push_back(entry.place);
  }
  if (forgetting.where.places.empty()) co_return problem(refusal_of(no_such_entry(key)));
  const Result<std::vector<MemoryEntry>> gone =
      co_await memory_of(api->services.app).forget(std::move(forgetting));
  if (!gone) co_return problem(refusal_of(gone.error()));
  Json body{{"forgotten", gone->size()}, {"entries", Json::array()}};
  for (const MemoryEntry& entry : *gone) body["entries"].push_back(forgotten_view(entry));
  co_return json_reply(200, body);
}

void add_place(Operation& operation, const ApiContext& api) {
  const Json text{{"type", "string"}, {"maxLength", 256}};
  operation.query("scope", schema_ref("MemoryScope"), "Of this scope.")
      .query("owner", text, "Of this run, session, user or agent.");
  if (api.place != ApiPlace::socket) return;
  operation.query("tenant", Json{{"type", "string"}, {"maxLength", 64}}, "Of this tenant.");
}

}  // namespace

void add_memory_endpoints(const ApiRef& api, Endpoints& endpoints) {
  const Json key{{"type", "string"}, {"minLength", 1}, {"maxLength", kMemoryKeyBytesMax}};
  Operation look("listMemory", "memory", "What the tenant's agents remember");
  look.says(
      "Newest first, in pages; with `query`, what is nearest to it, the nearest first. A key that "
      "is bound to some agents is shown what these remember, what its own runs' user does, and "
      "what is shared.");
  add_place(look, *api);
  look.query("query",
             Json{{"type", "string"}, {"minLength", 1}, {"maxLength", kMemoryQueryBytesMax}},
             "What to look for.")
      .query("key", key, "The entries of this key or id.")
      .query("limit", limit_schema(kEntriesMost, kEntriesUsual), "How many at most.")
      .query("cursor", Json{{"type", "string"}, {"maxLength", 1024}}, "`next` of the page before.")
      .answers(200, "MemoryPage", "A page of them.")
      .fails({422});
  endpoints.push_back(api_endpoint(api, {"GET", "/v1/memory", Scope::read}, look, list));
  Operation erase("forgetMemory", "memory", "Erase what agents remember");
  erase.says(
      "Text, words and vector, from the file too. What a run said of it stays in that run until "
      "it is erased. Without `key` and with `all`, everything that scope and owner leave: this "
      "takes the scope `manage`.");
  add_place(erase, *api);
  erase.query("key", key, "The entry's key or id.")
      .query("all", Json{{"type", "string"}, {"enum", {"true", "false"}}},
             "In every place that has the key; without a key, everything.")
      .answers(200, "Forgotten", "What was forgotten.")
      .fails({403, 404, 409, 422});
  endpoints.push_back(api_endpoint(api, {"DELETE", "/v1/memory", Scope::run}, erase, forget));
}

}  // namespace yoke
