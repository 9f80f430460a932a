#include "hosts/cli/memory.h"

#include <algorithm>
#include <iostream>

#include "hosts/app/memory_settings.h"
#include "hosts/app/memory_view.h"
#include "hosts/app/open_store.h"
#include "hosts/app/segment.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr int kFoundUsual = 10;
constexpr int kListedUsual = 50;
constexpr int kEmbeddedUsual = 10'000;
constexpr std::size_t kTextShown = 90;

// "user:ann" as scope and owner. Errors: invalid.
Result<MemoryWhere> where_of(const MemoryVerb& verb) {
  MemoryWhere where;
  where.tenant = verb.tenant;
  if (verb.scope.empty()) return where;
  const std::size_t colon = verb.scope.find(':');
  const std::string name = verb.scope.substr(0, colon);
  where.scope = memory_scope_from_name(name);
  if (colon != std::string::npos) where.owner = verb.scope.substr(colon + 1);
  if (where.scope) return where;
  const std::vector<std::string> known = {"run", "session", "user", "agent", "shared"};
  return Error{Errc::invalid, "there is no scope '" + printable(name) + "'" +
                                  did_you_mean(name, known) + "; there are " + join(known, ", ")};
}

std::string asked_path(const MemoryVerb& verb, const MemoryWhere& where) {
  std::string path = "/v1/memory?tenant=" + to_segment(verb.tenant);
  if (where.scope) path += "&scope=" + std::string(name_of(*where.scope));
  if (where.owner) path += "&owner=" + to_segment(*where.owner);
  return path;
}

// Whether vectors have a part in it, which takes the models and the books.
Result<bool> has_embedder(const CommonOptions& common) {
  const Result<Config> config = load_config(config_place(common));
  if (!config) return config.error();
  const Result<MemoryOptions> options = memory_options_of(*config);
  if (!options) return options.error();
  return !options->embed.empty();
}

using MemoryWork = std::function<awaitable<int>(Memory&, Terminal&)>;

// Over the memory's file alone: nothing else is opened.
int with_memory(const CommonOptions& common, bool changes, const MemoryWork& work) {
  Terminal terminal(common.color);
  const Result<Config> config = load_config(config_place(common));
  if (!config) return fail(terminal, config.error());
  Result<MemoryOptions> options = memory_options_of(*config);
  if (!options) return fail(terminal, options.error());
  options->read_only = !changes;
  options->embed.clear();
  SystemWallClock wall;
  SystemRandom random;
  SqliteMemory memory({wall, random}, std::move(*options));
  asio::io_context io{1};
  return run_to_end(io, terminal, work(memory, terminal));
}

std::string age_text(std::int64_t seconds) {
  if (seconds < 90) return std::to_string(seconds) + " s";
  if (seconds < 90 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " d";
}

std::string place_text(const Json& entry) {
  const std::string owner = string_at(entry, "owner");
  return string_at(entry, "scope") + (owner.empty() ? "" : ":" + owner);
}

std::string one_line(const std::string& text) {
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return shorten(line, kTextShown);
}

std::string in_columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

int tell_entries(Terminal& terminal, const CommonOptions& common, const Json& entries) {
  if (common.json) {
    for (const Json& entry : entries) terminal.out(to_text(entry) + "\n");
    return kExitCompleted;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& entry : entries) {
    rows.push_back({string_at(entry, "key"), place_text(entry),
                    age_text(integer_at(entry, "age_s")), one_line(string_at(entry, "text"))});
  }
  if (rows.empty()) {
    terminal.line("nothing is remembered there");
    return kExitCompleted;
  }
  rows.insert(rows.begin(), {"key", "whose", "age", "text"});
  terminal.out(printable(in_columns(rows)));
  return kExitCompleted;
}

int tell_page(Terminal& terminal, const CommonOptions& common, const Json& page) {
  const std::string note = string_at(page, "note");
  if (!note.empty()) terminal.line("by words alone: " + printable(note));
  return tell_entries(terminal, common, member_at(page, "entries"));
}

std::string whole_text(const Json& entry) {
  const Json& source = member_at(entry, "source");
  std::string text = string_at(entry, "key") + " · " + place_text(entry) + " · " +
                     string_at(entry, "label") + "\n";
  text += "remembered " + string_at(entry, "updated") + ", " +
          age_text(integer_at(entry, "age_s")) + " ago";
  const std::string agent = string_at(source, "agent");
  const std::string run = string_at(source, "run");
  if (!agent.empty()) text += ", by " + agent;
  if (!run.empty()) text += " in run " + run;
  const std::string expires = string_at(entry, "expires");
  if (!expires.empty()) text += "; until " + expires;
  return text + "\nid " + string_at(entry, "id") +
         (bool_at(entry, "vector") ? ", found by words and sense" : ", found by words") + "\n\n" +
         string_at(entry, "text") + "\n";
}

Error nothing_as(const std::string& key) {
  return Error{Errc::not_found, "nothing is remembered as '" + key + "'; see 'yoke memory list'"};
}

int tell_whole(Terminal& terminal, const CommonOptions& common, const std::string& key,
               const Json& entries) {
  if (entries.empty()) return fail(terminal, nothing_as(key));
  if (common.json) return tell_entries(terminal, common, entries);
  std::string text;
  for (const Json& entry : entries) text += (text.empty() ? "" : "\n") + whole_text(entry);
  terminal.out(printable(text));
  return kExitCompleted;
}

int tell_forgotten(Terminal& terminal, const CommonOptions& common, const Json& done) {
  if (common.json) terminal.out(to_text(done) + "\n");
  const std::int64_t count = integer_at(done, "forgotten");
  const Json& entries = member_at(done, "entries");
  if (!entries.is_array()) {
    terminal.line("forgot " + std::to_string(count) + (count == 1 ? " entry" : " entries"));
    return kExitCompleted;
  }
  for (const Json& entry : entries) {
    const std::string run = string_at(member_at(entry, "source"), "run");
    terminal.line(
        "forgot '" + printable(string_at(entry, "key")) + "' of " + printable(place_text(entry)) +
        (run.empty()
             ? ""
             : "; what was said of it in run " + run + " stays there: yoke runs erase " + run));
  }
  return kExitCompleted;
}

awaitable<int> list_here(Memory& memory, Terminal& terminal, MemoryListing listing,
                         CommonOptions common, bool whole) {
  const std::string key = listing.key;
  const Result<std::vector<MemoryEntry>> entries = co_await memory.list(std::move(listing));
  if (!entries) co_return fail(terminal, entries.error());
  Json shown = Json::array();
  for (const MemoryEntry& entry : *entries) {
    shown.push_back(memory_view(entry, SystemWallClock().now()));
  }
  if (whole) co_return tell_whole(terminal, common, key, shown);
  co_return tell_entries(terminal, common, shown);
}

awaitable<int> search_here(Memory& memory, Terminal& terminal, MemoryQuery query,
                           CommonOptions common) {
  const Result<MemoryFound> found = co_await memory.search(std::move(query));
  if (!found) co_return fail(terminal, found.error());
  Json page{{"entries", Json::array()}};
  for (const MemoryHit& hit : found->hits) {
    page["entries"].push_back(memory_view(hit, SystemWallClock().now()));
  }
  if (!found->note.empty()) page["note"] = found->note;
  co_return tell_page(terminal, common, page);
}

awaitable<int> forget_here(Memory& memory, Terminal& terminal, Forgetting wanted,
                           CommonOptions common) {
  Json done = Json::object();
  if (wanted.key.empty()) {
    const Result<std::int64_t> erased = co_await memory.erase(std::move(wanted.where));
    if (!erased) co_return fail(terminal, erased.error());
    done["forgotten"] = *erased;
    co_return tell_forgotten(terminal, common, done);
  }
  const std::string key = wanted.key;
  const Result<std::vector<MemoryEntry>> gone = co_await memory.forget(std::move(wanted));
  if (!gone) {
    Error error = gone.error();
    if (error.code == Errc::conflict) error.detail += " with --scope, or all with --all";
    co_return fail(terminal, error);
  }
  if (gone->empty()) co_return fail(terminal, nothing_as(key));
  done["forgotten"] = gone->size();
  done["entries"] = Json::array();
  for (const MemoryEntry& entry : *gone) done["entries"].push_back(forgotten_view(entry));
  co_return tell_forgotten(terminal, common, done);
}

awaitable<int> embed_here(App& app, Terminal& terminal, MemoryVerb verb, CommonOptions common) {
  const int limit = verb.limit > 0 ? verb.limit : kEmbeddedUsual;
  const Result<std::int64_t> made = co_await memory_of(app).embed_missing(verb.tenant, limit);
  if (!made) co_return fail(terminal, made.error());
  if (common.json) terminal.out(to_text(Json{{"made", *made}}) + "\n");
  terminal.line("made " + std::to_string(*made) + (*made == 1 ? " vector" : " vectors"));
  co_return kExitCompleted;
}

// What the process that holds the store says; none: nobody does.
std::optional<int> told_by_holder(const CommonOptions& common, Terminal& terminal,
                                  const Order& order, const std::function<int(const Json&)>& tell) {
  const std::optional<Result<Json>> page = ask_over_socket(common, order);
  if (!page) return std::nullopt;
  if (!*page) return fail(terminal, page->error());
  return tell(**page);
}

int ask_what(Terminal& terminal, const char* what) {
  terminal.line(std::string("yoke: ") + what);
  return kExitUsage;
}

// Whether everything is really meant to go.
bool is_sure(Terminal& terminal, const MemoryVerb& verb) {
  if (verb.yes) return true;
  if (!terminal.in_is_terminal() || !terminal.err_is_terminal()) {
    terminal.line(
        "yoke: forgetting is for good, and nobody is here to be asked: add --yes if all "
        "that is remembered " +
        (verb.scope.empty() ? std::string("by tenant ") + verb.tenant : "in " + verb.scope) +
        " is meant");
    return false;
  }
  terminal.err("forget for good all that is remembered" +
               (verb.scope.empty() ? std::string() : " in " + printable(verb.scope)) +
               "? yes/no: ");
  std::string line;
  std::getline(std::cin, line);
  if (trim(line) == "yes" || trim(line) == "y") return true;
  terminal.line("nothing is forgotten");
  return false;
}

}  // namespace

int memory_search(const CommonOptions& common, const MemoryVerb& verb) {
  Terminal terminal(common.color);
  if (trim(verb.text).empty()) {
    return ask_what(terminal, "what to look for? as in yoke memory search \"tea\"");
  }
  const Result<MemoryWhere> where = where_of(verb);
  if (!where) return fail(terminal, where.error());
  const int limit = verb.limit > 0 ? verb.limit : kFoundUsual;
  const Order order{"GET", asked_path(verb, *where) + "&query=" + to_segment(verb.text) +
                               "&limit=" + std::to_string(std::min(limit, kMemoryHitsMax))};
  const std::optional<int> told = told_by_holder(
      common, terminal, order, [&](const Json& page) { return tell_page(terminal, common, page); });
  if (told) return *told;
  const Result<bool> vectors = has_embedder(common);
  if (!vectors) return fail(terminal, vectors.error());
  MemoryQuery query;
  query.where = *where;
  query.text = verb.text;
  query.limit = limit;
  query.caller = user_name();
  if (!*vectors) {
    return with_memory(common, false, [&](Memory& memory, Terminal& out) {
      return search_here(memory, out, query, common);
    });
  }
  return with_app(common, "", StoreUse::write, [&](App& app, Terminal& out) {
    return search_here(memory_of(app), out, query, common);
  });
}

int memory_list(const CommonOptions& common, const MemoryVerb& verb) {
  Terminal terminal(common.color);
  const Result<MemoryWhere> where = where_of(verb);
  if (!where) return fail(terminal, where.error());
  MemoryListing listing;
  listing.where = *where;
  listing.limit = verb.limit > 0 ? verb.limit : kListedUsual;
  return with_memory(common, false, [&](Memory& memory, Terminal& out) {
    return list_here(memory, out, listing, common, false);
  });
}

int memory_show(const CommonOptions& common, const MemoryVerb& verb) {
  Terminal terminal(common.color);
  if (verb.text.empty()) return ask_what(terminal, "which entry? give its key or id");
  const Result<MemoryWhere> where = where_of(verb);
  if (!where) return fail(terminal, where.error());
  MemoryListing listing;
  listing.where = *where;
  listing.key = verb.text;
  listing.limit = kMemoryPageMax;
  return with_memory(common, false, [&](Memory& memory, Terminal& out) {
    return list_here(memory, out, listing, common, true);
  });
}

int memory_forget(const CommonOptions& common, const MemoryVerb& verb) {
  Terminal terminal(common.color);
  if (verb.text.empty() && !verb.all) {
    return ask_what(terminal, "forget what? give a key or id, or --all for everything");
  }
  const Result<MemoryWhere> where = where_of(verb);
  if (!where) return fail(terminal, where.error());
  if (verb.text.empty() && !is_sure(terminal, verb)) return kExitUsage;
  std::string path = asked_path(verb, *where);
  if (!verb.text.empty()) path += "&key=" + to_segment(verb.text);
  if (verb.all) path += "&all=true";
  const Order order{"DELETE", path};
  const std::optional<int> told = told_by_holder(common, terminal, order, [&](const Json& done) {
    return tell_forgotten(terminal, common, done);
  });
  if (told) return *told;
  Forgetting wanted;
  wanted.where = *where;
  wanted.key = verb.text;
  wanted.all = verb.all;
  return with_memory(common, true, [&](Memory& memory, Terminal& out) {
    return forget_here(memory, out, wanted, common);
  });
}

int memory_embed(const CommonOptions& common, const MemoryVerb& verb) {
  return with_app(common, "", StoreUse::write,
                  [&](App& app, Terminal& out) { return embed_here(app, out, verb, common); });
}

}  // namespace yoke
