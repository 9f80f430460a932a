#include "runtime/memory/memory_reader.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "runtime/memory/words.h"

namespace yoke::recall {
namespace {

// What one search looks at, however common its words are.
constexpr std::size_t kWordsMax = 24;          // of a question
constexpr std::int64_t kCommonMax = 4'000;     // entries of one word in one place; the newest
constexpr std::int64_t kPostingsMax = 20'000;  // of all words together
constexpr std::size_t kFinishedMax = 200;      // entries whose score counts the common words too
constexpr std::size_t kNearestMax = 100;       // that each way of searching brings along

using Scores = std::unordered_map<std::int64_t, double>;

// A word of the question, and how many entries have it: counted up to kCommonMax a place.
struct Wanted {
  std::int64_t number = 0;
  std::int64_t holders = 0;
  bool scored = false;  // its postings were read
};

std::int64_t holders_of(sqlite::Database& database, const Space& space, std::int64_t word) {
  sqlite::Query query = database.sql(
      "SELECT count(*) FROM (SELECT 1 FROM postings WHERE space=? AND word=? LIMIT ?)");
  query.bind(space.number, word, kCommonMax);
  return query.step() ? query.integer(0) : 0;
}

std::vector<Wanted> wanted_words(sqlite::Database& database, const std::vector<Space>& spaces,
                                 const std::string& text) {
  std::vector<Wanted> words;
  for (const std::string& word : query_words(text, kWordsMax)) {
    Wanted wanted;
    wanted.number = word_number(word);
    for (const Space& space : spaces) wanted.holders += holders_of(database, space, wanted.number);
    if (wanted.holders > 0) words.push_back(wanted);
  }
  std::stable_sort(words.begin(), words.end(),
                   [](const Wanted& a, const Wanted& b) { return a.holders < b.holders; });
  return words;
}

void score_word(sqlite::Database& database, const std::vector<Space>& spaces, const Collection& all,
                const Wanted& word, Scores& scores) {
  for (const Space& space : spaces) {
    sqlite::Query query = database.sql(
        "SELECT entry, times, length FROM postings WHERE space=? AND word=?"
        " ORDER BY entry DESC LIMIT ?");
    query.bind(space.number, word.number, kCommonMax);
    while (query.step()) {
      scores[query.integer(0)] += bm25(all, word.holders, query.integer(1), query.integer(2));
    }
  }
}

// What the words whose postings were too many to read add to the best entries.
void add_common(sqlite::Database& database, const std::vector<Space>& spaces, const Collection& all,
                const std::vector<Wanted>& words, Scores& scores) {
  for (const Ranked& one : best_of(scores, kFinishedMax)) {
    for (const Wanted& word : words) {
      if (word.scored) continue;
      for (const Space& space : spaces) {
        sqlite::Query query =
            database.sql("SELECT times, length FROM postings WHERE space=? AND word=? AND entry=?");
        query.bind(space.number, word.number, one.entry);
        if (!query.step()) continue;
        scores[one.entry] += bm25(all, word.holders, query.integer(0), query.integer(1));
        break;
      }
    }
  }
}

// The rarest words decide who is looked at; the common ones only who of these is the nearest.
std::vector<Ranked> by_words(sqlite::Database& database, const std::vector<Space>& spaces,
                             const std::string& text) {
  Collection all;
  for (const Space& space : spaces) {
    all.entries += space.collection.entries;
    all.words += space.collection.words;
  }
  std::vector<Wanted> words = wanted_words(database, spaces, text);
  Scores scores;
  std::int64_t read = 0;
  bool complete = true;
  for (Wanted& word : words) {
    if (read > 0 && read + word.holders > kPostingsMax) {
      complete = false;
      continue;
    }
    read += word.holders;
    word.scored = true;
    score_word(database, spaces, all, word, scores);
  }
  if (!complete) add_common(database, spaces, all, words, scores);
  return best_of(scores, kNearestMax);
}

std::optional<std::int64_t> model_number(sqlite::Database& database, const Question& question) {
  const auto dimensions = static_cast<std::int64_t>(question.vector.bytes.size());
  sqlite::Query query = database.sql("SELECT model FROM models WHERE name=? AND dimensions=?");
  query.bind(question.model, dimensions);
  if (!query.step()) return std::nullopt;
  return query.integer(0);
}

// Every vector of the places is compared: exact, and in memory only the nearest.
std::vector<Ranked> by_vector(sqlite::Database& database, const std::vector<Space>& spaces,
                              const Question& question) {
  std::vector<Ranked> nearest;
  if (question.vector.bytes.empty()) return nearest;
  const std::optional<std::int64_t> model = model_number(database, question);
  if (!model) return nearest;
  const auto farther = [](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : a.entry > b.entry;
  };
  std::priority_queue<Ranked, std::vector<Ranked>, decltype(farther)> kept(farther);
  for (const Space& space : spaces) {
    sqlite::Query query =
        database.sql("SELECT entry, scale, bytes FROM vectors WHERE space=? AND model=?");
    query.bind(space.number, *model);
    while (query.step()) {
      const double near = likeness(question.vector, query.text(2), from_bits(query.integer(1)));
      if (near <= 0 || (kept.size() == kNearestMax && near <= kept.top().score)) continue;
      if (kept.size() == kNearestMax) kept.pop();
      kept.push({query.integer(0), near});
    }
  }
  for (; !kept.empty(); kept.pop()) nearest.push_back(kept.top());
  std::reverse(nearest.begin(), nearest.end());
  return nearest;
}

bool holds(const std::vector<Ranked>& list, std::int64_t entry) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Ranked& one) { return one.entry == entry; });
}

bool is_over(const MemoryEntry& entry, Micros now) {
  return entry.expires > 0 && entry.expires <= now;
}

bool is_among(const std::vector<Space>& spaces, const MemoryPlace& place) {
  return std::any_of(spaces.begin(), spaces.end(),
                     [&](const Space& space) { return space.place == place; });
}

Space space_from(sqlite::Query& query) {
  Space space;
  space.number = query.integer(0);
  space.place.scope = static_cast<MemoryScope>(query.integer(1));
  space.place.owner = query.string(2);
  space.collection.entries = query.integer(3);
  space.collection.words = query.integer(4);
  return space;
}

}  // namespace

std::vector<Space> spaces_of(sqlite::Database& database, const MemoryWhere& where) {
  std::vector<Space> spaces;
  for (const MemoryPlace& place : where.places) {
    const auto scope = static_cast<std::int64_t>(place.scope);
    sqlite::Query query = database.sql(
        "SELECT space, scope, owner, entries, words FROM spaces"
        " WHERE tenant=? AND scope=? AND owner=?");
    query.bind(where.tenant, scope, place.owner);
    if (query.step()) spaces.push_back(space_from(query));
  }
  if (!where.places.empty()) return spaces;
  const std::int64_t scope = where.scope ? static_cast<std::int64_t>(*where.scope) : -1;
  sqlite::Query query = database.sql(
      "SELECT space, scope, owner, entries, words FROM spaces"
      " WHERE tenant=?1 AND (?2<0 OR scope=?2) AND (?3 IS NULL OR owner=?3)"
      " ORDER BY newest DESC LIMIT ?4");
  query.bind(where.tenant, scope, where.owner, kMemoryPlacesMax);
  while (query.step()) spaces.push_back(space_from(query));
  return spaces;
}

std::vector<MemoryHit> search(sqlite::Database& database, const Question& question) {
  const std::vector<Space> spaces = spaces_of(database, question.where);
  std::vector<std::vector<Ranked>> lists;
  lists.push_back(by_words(database, spaces, question.text));
  lists.push_back(by_vector(database, spaces, question));
  const std::vector<Ranked> ranked = lists[1].empty() ? lists[0] : fused(lists);
  std::vector<MemoryHit> hits;
  for (const Ranked& one : ranked) {
    if (static_cast<int>(hits.size()) >= question.limit) break;
    std::optional<MemoryEntry> entry = load(database, one.entry);
    if (!entry || is_over(*entry, question.now) || !is_among(spaces, entry->place)) continue;
    MemoryHit& hit = hits.emplace_back();
    hit.entry = std::move(*entry);
    hit.score = one.score;
    hit.by_words = holds(lists[0], one.entry);
    hit.by_vector = holds(lists[1], one.entry);
  }
  return hits;
}

// CROSS JOIN: the few models first; SQLite would rather go through all vectors of the place.
std::optional<MemoryEntry> load(sqlite::Database& database, std::int64_t entry) {
  sqlite::Query query = database.sql(
      "SELECT e.id, s.scope, s.owner, e.key, e.text, e.label, e.run, e.call, e.agent, e.created,"
      " e.updated, e.expires, EXISTS(SELECT 1 FROM models m CROSS JOIN vectors v"
      "  ON v.space=e.space AND v.model=m.model AND v.entry=e.entry)"
      " FROM entries e JOIN spaces s ON s.space=e.space WHERE e.entry=?");
  query.bind(entry);
  if (!query.step()) return std::nullopt;
  MemoryEntry out;
  out.id = query.string(0);
  out.place.scope = static_cast<MemoryScope>(query.integer(1));
  out.place.owner = query.string(2);
  out.key = query.string(3);
  out.text = query.string(4);
  out.label = label_from_text(query.text(5));
  out.source = {query.string(6), query.string(7), query.string(8)};
  out.created = query.integer(9);
  out.updated = query.integer(10);
  out.expires = query.integer(11);
  out.has_vector = query.integer(12) != 0;
  return out;
}

std::vector<std::int64_t> numbers_of(sqlite::Database& database, const MemoryWhere& where,
                                     const std::string& key) {
  std::vector<std::int64_t> numbers;
  for (const Space& space : spaces_of(database, where)) {
    sqlite::Query query = database.sql(
        "SELECT entry FROM entries WHERE space=?1 AND key=?2"
        " UNION SELECT entry FROM entries WHERE id=?2 AND space=?1");
    query.bind(space.number, key);
    while (query.step()) numbers.push_back(query.integer(0));
  }
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

namespace {

std::int64_t number_before(sqlite::Database& database, const std::string& id) {
  if (id.empty()) return INT64_MAX;
  sqlite::Query query = database.sql("SELECT entry FROM entries WHERE id=?");
  query.bind(id);
  if (query.step()) return query.integer(0);
  // It is gone: ids are in the order in which entries were made.
  sqlite::Query nearest = database.sql("SELECT coalesce(min(entry), 0) FROM entries WHERE id>?");
  nearest.bind(id);
  return nearest.step() ? nearest.integer(0) : 0;
}

}  // namespace

std::vector<MemoryEntry> list(sqlite::Database& database, const MemoryListing& listing,
                              Micros now) {
  std::vector<std::int64_t> numbers;
  if (!listing.key.empty()) {
    numbers = numbers_of(database, listing.where, listing.key);
  } else {
    const std::int64_t before = number_before(database, listing.before);
    for (const Space& space : spaces_of(database, listing.where)) {
      sqlite::Query query = database.sql(
          "SELECT entry FROM entries WHERE space=? AND entry<? AND (expires=0 OR expires>?)"
          " ORDER BY entry DESC LIMIT ?");
      query.bind(space.number, before, now, listing.limit);
      while (query.step()) numbers.push_back(query.integer(0));
    }
    std::sort(numbers.rbegin(), numbers.rend());
  }
  std::vector<MemoryEntry> entries;
  for (const std::int64_t number : numbers) {
    if (static_cast<int>(entries.size()) >= listing.limit) break;
    std::optional<MemoryEntry> entry = load(database, number);
    if (entry && !is_over(*entry, now)) entries.push_back(std::move(*entry));
  }
  return entries;
}

std::vector<std::pair<std::string, std::string>> without_vector(sqlite::Database& database,
                                                                const std::string& tenant,
                                                                const std::string& model,
                                                                int limit) {
  sqlite::Query query = database.sql(
      "SELECT e.id, e.text FROM entries e JOIN spaces s ON s.space=e.space WHERE s.tenant=?1"
      " AND NOT EXISTS(SELECT 1 FROM models m CROSS JOIN vectors v"
      "  ON v.space=e.space AND v.model=m.model AND v.entry=e.entry WHERE ?2='' OR m.name=?2)"
      " ORDER BY e.entry LIMIT ?3");
  query.bind(tenant, model, limit);
  std::vector<std::pair<std::string, std::string>> found;
  while (query.step()) found.emplace_back(query.string(0), query.string(1));
  return found;
}

}  // namespace yoke::recall
