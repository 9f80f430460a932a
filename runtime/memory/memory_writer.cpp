#include "runtime/memory/memory_writer.h"

#include <cstring>
#include <map>

#include "runtime/base/hash.h"
#include "runtime/memory/memory_reader.h"
#include "runtime/memory/words.h"

namespace yoke::recall {
namespace {

constexpr int kExpiredAtOnce = 200;

// The words under which an entry is found: of its key, where somebody chose it, and its text.
struct Indexed {
  std::map<std::int64_t, std::int64_t> times;  // by word
  std::int64_t length = 0;
};

Indexed index_of(const NewMemory& entry) {
  Indexed out;
  for (const std::string* text : {&entry.key, &entry.text}) {
    for (const std::string& word : words_of(*text)) {
      ++out.times[word_number(word)];
      ++out.length;
    }
  }
  return out;
}

std::string packed_numbers(const Indexed& indexed) {
  std::string bytes;
  for (const auto& [word, times] : indexed.times) {
    char raw[sizeof(word)];
    std::memcpy(raw, &word, sizeof(word));
    bytes.append(raw, sizeof(raw));
  }
  return bytes;
}

std::vector<std::int64_t> numbers_in(std::string_view bytes) {
  std::vector<std::int64_t> numbers(bytes.size() / sizeof(std::int64_t));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(std::int64_t));
  return numbers;
}

void remove(sqlite::Database& database, std::int64_t entry) {
  std::int64_t space = 0;
  std::int64_t length = 0;
  std::vector<std::int64_t> words;
  {
    sqlite::Query query = database.sql("SELECT space, length, words FROM entries WHERE entry=?");
    query.bind(entry);
    if (!query.step()) return;
    space = query.integer(0);
    length = query.integer(1);
    words = numbers_in(query.text(2));
  }
  for (const std::int64_t word : words) {
    database.sql("DELETE FROM postings WHERE space=? AND word=? AND entry=?")
        .bind(space, word, entry)
        .run();
  }
  database
      .sql(
          "DELETE FROM vectors WHERE space=?1 AND entry=?2 AND model IN"
          " (SELECT model FROM models)")
      .bind(space, entry)
      .run();
  database.sql("DELETE FROM entries WHERE entry=?").bind(entry).run();
  database.sql("UPDATE spaces SET entries=entries-1, words=words-?2 WHERE space=?1")
      .bind(space, length)
      .run();
}

// A place's name is a trace too: it goes with the last entry.
void drop_empty_spaces(sqlite::Database& database, const std::string& tenant) {
  database.sql("DELETE FROM spaces WHERE tenant=? AND entries<=0").bind(tenant).run();
}

bool remove_expired(sqlite::Database& database, Micros now) {
  std::vector<std::int64_t> over;
  {
    sqlite::Query query =
        database.sql("SELECT entry FROM entries WHERE expires>0 AND expires<=? LIMIT ?");
    query.bind(now, kExpiredAtOnce);
    while (query.step()) over.push_back(query.integer(0));
  }
  for (const std::int64_t entry : over) remove(database, entry);
  if (!over.empty()) database.sql("DELETE FROM spaces WHERE entries<=0").run();
  return !over.empty();
}

std::int64_t entries_of(sqlite::Database& database, const std::string& tenant) {
  sqlite::Query query = database.sql("SELECT coalesce(sum(entries), 0) FROM spaces WHERE tenant=?");
  query.bind(tenant);
  return query.step() ? query.integer(0) : 0;
}

std::int64_t space_for(sqlite::Database& database, const NewMemory& entry, Micros now) {
  const auto scope = static_cast<std::int64_t>(entry.place.scope);
  sqlite::Query query = database.sql(
      "INSERT INTO spaces(tenant, scope, owner, newest) VALUES(?1, ?2, ?3, ?4)"
      " ON CONFLICT(tenant, scope, owner) DO UPDATE SET newest=excluded.newest RETURNING space");
  query.bind(entry.tenant, scope, entry.place.owner, now);
  query.step();
  const std::int64_t space = query.integer(0);
  while (query.step()) {
  }
  return space;
}

struct Before {
  std::int64_t entry = 0;
  Micros created = 0;
};

std::optional<Before> entry_before(sqlite::Database& database, std::int64_t space,
                                   const std::string& key) {
  sqlite::Query query = database.sql("SELECT entry, created FROM entries WHERE space=? AND key=?");
  query.bind(space, key);
  if (!query.step()) return std::nullopt;
  return Before{query.integer(0), query.integer(1)};
}

// The same text is kept once: a call that a crash made twice leaves one entry.
std::string key_of(const std::string& text) { return "note-" + to_hex(sha256(text)).substr(0, 16); }

Error no_room(const SaveOrder& order) {
  return Error{Errc::exhausted, "memory.save: the tenant '" + order.entry.tenant + "' remembers " +
                                    std::to_string(order.entries_max) +
                                    " entries, the most that [memory] entries allows; forget "
                                    "some first"};
}

void insert(sqlite::Database& database, const SaveOrder& order, std::int64_t space,
            const std::string& key, Micros created) {
  const NewMemory& entry = order.entry;
  const Indexed indexed = index_of(entry);
  const std::string words = packed_numbers(indexed);
  const std::string label = to_text(entry.label);
  database
      .sql(
          "INSERT INTO entries(id, space, key, text, label, run, call, agent, created, updated,"
          " expires, length, words) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)")
      .bind(order.id, space, key, entry.text, label, entry.source.run, entry.source.call,
            entry.source.agent, created, order.now, entry.expires, indexed.length,
            sqlite::Blob{words})
      .run();
  const std::int64_t number = database.last_row();
  for (const auto& [word, times] : indexed.times) {
    database.sql("INSERT INTO postings(space, word, entry, times, length) VALUES(?,?,?,?,?)")
        .bind(space, word, number, times, indexed.length)
        .run();
  }
  database.sql("UPDATE spaces SET entries=entries+1, words=words+?2 WHERE space=?1")
      .bind(space, indexed.length)
      .run();
}

}  // namespace

Result<Written> save(sqlite::Database& database, const SaveOrder& order) {
  sqlite::Transaction transaction(database);
  Written out;
  out.erased = remove_expired(database, order.now);
  out.saved.id = order.id;
  out.saved.key = order.entry.key.empty() ? key_of(order.entry.text) : order.entry.key;
  const std::int64_t space = space_for(database, order.entry, order.now);
  const std::optional<Before> before = entry_before(database, space, out.saved.key);
  if (!before && entries_of(database, order.entry.tenant) >= order.entries_max) {
    return no_room(order);
  }
  if (before) remove(database, before->entry);
  insert(database, order, space, out.saved.key, before ? before->created : order.now);
  out.saved.replaced = before.has_value();
  out.erased = out.erased || before.has_value();
  transaction.commit();
  return out;
}

void put_vector(sqlite::Database& database, const std::string& id, const std::string& model,
                const PackedVector& vector) {
  if (vector.bytes.empty()) return;
  sqlite::Transaction transaction(database);
  const auto dimensions = static_cast<std::int64_t>(vector.bytes.size());
  const std::int64_t scale = to_bits(vector.scale);
  database.sql("INSERT OR IGNORE INTO models(name, dimensions) VALUES(?, ?)")
      .bind(model, dimensions)
      .run();
  database
      .sql(
          "DELETE FROM vectors WHERE (space, model, entry) IN (SELECT e.space, m.model,"
          " e.entry FROM entries e, models m WHERE e.id=?)")
      .bind(id)
      .run();
  database
      .sql(
          "INSERT INTO vectors(space, model, entry, scale, bytes)"
          " SELECT e.space, m.model, e.entry, ?4, ?5 FROM entries e, models m"
          " WHERE e.id=?1 AND m.name=?2 AND m.dimensions=?3")
      .bind(id, model, dimensions, scale, sqlite::Blob{vector.bytes})
      .run();
  transaction.commit();
}

Result<std::vector<MemoryEntry>> forget(sqlite::Database& database, const Forgetting& wanted) {
  sqlite::Transaction transaction(database);
  const std::vector<std::int64_t> numbers = numbers_of(database, wanted.where, wanted.key);
  std::vector<MemoryEntry> gone;
  for (const std::int64_t number : numbers) {
    std::optional<MemoryEntry> entry = load(database, number);
    if (!entry) continue;
    entry->text.clear();
    gone.push_back(std::move(*entry));
  }
  if (gone.size() > 1 && !wanted.all) {
    std::string places;
    for (const MemoryEntry& entry : gone) {
      places += (places.empty() ? "" : ", ") + to_text(entry.place);
    }
    return Error{Errc::conflict, "'" + wanted.key + "' is remembered in " +
                                     std::to_string(gone.size()) + " places: " + places +
                                     "; name the one that is meant"};
  }
  for (const std::int64_t number : numbers) remove(database, number);
  drop_empty_spaces(database, wanted.where.tenant);
  transaction.commit();
  return gone;
}

std::int64_t erase_some(sqlite::Database& database, const MemoryWhere& where, int places_max) {
  sqlite::Transaction transaction(database);
  std::int64_t erased = 0;
  int places = 0;
  for (const Space& space : spaces_of(database, where)) {
    if (++places > places_max) break;
    database.sql("DELETE FROM postings WHERE space=?").bind(space.number).run();
    database.sql("DELETE FROM vectors WHERE space=?").bind(space.number).run();
    erased += database.sql("DELETE FROM entries WHERE space=?").bind(space.number).run();
    database.sql("DELETE FROM spaces WHERE space=?").bind(space.number).run();
  }
  transaction.commit();
  return erased;
}

}  // namespace yoke::recall
