#include "runtime/memory/sqlite_memory.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/memory/memory_file.h"
#include "runtime/memory/memory_reader.h"
#include "runtime/memory/memory_writer.h"
#include "runtime/store/sqlite/file.h"
#include "runtime/store/store.h"

namespace yoke {
namespace {

constexpr std::size_t kOwnerBytesMax = 256;
constexpr int kTextsAtOnce = 64;
constexpr int kPlacesErasedAtOnce = 20;

Error read_only_here() {
  return Error{Errc::denied, "the memory was opened to be read: nothing is changed in it"};
}

Error bound_of(std::string_view what, std::size_t bytes, std::size_t most) {
  return Error{Errc::too_large, "memory: the " + std::string(what) + " has " +
                                    std::to_string(bytes) + " bytes, at most " +
                                    std::to_string(most)};
}

Result<void> check_line(std::string_view what, const std::string& text, std::size_t most) {
  if (text.size() > most) return bound_of(what, text.size(), most);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  if (plain && is_valid_utf8(text)) return {};
  return Error{Errc::invalid, "memory: the " + std::string(what) +
                                  " must be UTF-8 text without control characters"};
}

}  // namespace

// The two connections, each used on its own thread, opened when first needed.
class SqliteMemory::Files {
 public:
  explicit Files(std::string path) : path_(std::move(path)) {}

  bool in_memory() const { return path_.empty(); }

  // On the writing thread. `change(database)` gives a Result; `erased` says whether its success
  // took something away.
  template <class Change>
  auto write(Change&& change) -> decltype(change(std::declval<sqlite::Database&>())) {
    return guarded([&]() -> decltype(change(std::declval<sqlite::Database&>())) {
      if (!writing_) {
        Result<std::unique_ptr<recall::WriteFile>> opened = recall::WriteFile::open(path_);
        if (!opened) return opened.error();
        writing_ = std::move(*opened);
      }
      return change(writing_->database());
    });
  }
  void settle(bool erased) {
    guarded([&] { writing_->settle(erased); });
  }

  // On the reading thread, or the writing one where all is in memory. `look(database)` is called
  // with a file as of one moment, or not at all where there is none yet.
  template <class Look>
  Result<void> read(Look&& look) {
    return guarded([&]() -> Result<void> {
      if (in_memory()) {
        if (writing_) look(writing_->database());
        return {};
      }
      if (!reading_) {
        Result<std::unique_ptr<sqlite::Database>> opened = recall::open_to_read(path_);
        if (!opened) return opened.error();
        reading_ = std::move(*opened);
      }
      if (!reading_) return {};
      const recall::Snapshot snapshot(*reading_);
      look(*reading_);
      return {};
    });
  }

 private:
  template <class Work>
  auto guarded(Work&& work) -> decltype(work()) {
    try {
      return work();
    } catch (const sqlite::SqlError& error) {
      throw StoreFault("the memory '" + path_ + "': " + error.what());
    }
  }

  const std::string path_;
  std::unique_ptr<recall::WriteFile> writing_;
  std::unique_ptr<sqlite::Database> reading_;
};

struct SqliteMemory::Asked {
  std::vector<std::vector<float>> vectors;
  std::string model;
  std::string failed;  // why there are none
};

SqliteMemory::SqliteMemory(Services services, MemoryOptions options)
    : services_(std::move(services)),
      options_(std::move(options)),
      files_(std::make_shared<Files>(options_.path)),
      writing_("yoke-memory", 1),
      reading_("yoke-recall", 1) {}

SqliteMemory::~SqliteMemory() = default;

Pool& SqliteMemory::reader() { return files_->in_memory() ? writing_ : reading_; }

Embedder* SqliteMemory::embedder() const {
  if (options_.embed.empty() || !services_.embedder) return nullptr;
  return services_.embedder();
}

Result<void> SqliteMemory::check(const NewMemory& entry) const {
  if (options_.read_only) return read_only_here();
  if (entry.text.size() > options_.text_bytes_max) {
    return bound_of("text", entry.text.size(), options_.text_bytes_max);
  }
  if (trim(entry.text).empty()) return Error{Errc::invalid, "memory: the text is empty"};
  if (!is_valid_utf8(entry.text)) {
    return Error{Errc::invalid, "memory: the text is no valid UTF-8"};
  }
  if (Result<void> key = check_line("key", entry.key, kMemoryKeyBytesMax); !key) return key;
  if (Result<void> owner = check_line("owner", entry.place.owner, kOwnerBytesMax); !owner) {
    return owner;
  }
  if (entry.place.owner.empty() != (entry.place.scope == MemoryScope::shared)) {
    return Error{Errc::invalid, "memory: the scope '" + std::string(name_of(entry.place.scope)) +
                                    "' has nobody here that it could be of"};
  }
  if (entry.expires != 0 && entry.expires <= services_.wall.now()) {
    return Error{Errc::invalid, "memory: it would expire at once"};
  }
  return {};
}

awaitable<SqliteMemory::Asked> SqliteMemory::embed(EmbedRequest request) {
  Asked asked;
  const std::size_t count = request.texts.size();
  Embedder* const embedder = this->embedder();
  if (embedder == nullptr) co_return asked;
  request.target = options_.embed;
  auto work = embedder->embed(std::move(request), LoopClock::now() + options_.embed_patience);
  EmbedOutcome outcome = co_await std::move(work);
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    asked.failed = options_.embed + ": " + failure->message;
    co_return asked;
  }
  EmbedReply& reply = std::get<EmbedReply>(outcome);
  if (reply.vectors.size() != count) {
    asked.failed = options_.embed + ": it gave " + std::to_string(reply.vectors.size()) +
                   " vectors for " + std::to_string(count) + " texts";
    co_return asked;
  }
  asked.vectors = std::move(reply.vectors);
  asked.model = std::move(reply.target);
  co_return asked;
}

// The text is kept by now, whatever becomes of its vector.
awaitable<std::string> SqliteMemory::add_vector(std::string id, std::string tenant,
                                                std::string caller, std::string text) {
  EmbedRequest request;
  request.texts.push_back(std::move(text));
  request.tenant = std::move(tenant);
  request.caller = std::move(caller);
  Asked asked = co_await embed(std::move(request));
  if (asked.vectors.empty()) co_return asked.failed;
  auto job = [files = files_, id = std::move(id), asked = std::move(asked)]() -> Result<void> {
    return files->write([&](sqlite::Database& database) -> Result<void> {
      recall::put_vector(database, id, asked.model, recall::packed(asked.vectors.front()));
      return {};
    });
  };
  const Result<void> kept = co_await offload(writing_, std::move(job));
  co_return kept ? std::string() : kept.error().message();
}

awaitable<Result<SavedMemory>> SqliteMemory::save(NewMemory entry) {
  const Result<void> checked = check(entry);
  if (!checked) co_return checked.error();
  std::string text = entry.text;
  std::string tenant = entry.tenant;
  std::string caller = entry.caller;
  recall::SaveOrder order;
  order.now = services_.wall.now();
  order.id = make_ulid(order.now, services_.random);
  order.entry = std::move(entry);
  order.entries_max = options_.entries_max;
  auto job = [files = files_, order = std::move(order)]() -> Result<SavedMemory> {
    Result<recall::Written> written =
        files->write([&](sqlite::Database& database) { return recall::save(database, order); });
    if (!written) return written.error();
    files->settle(written->erased);
    return std::move(written->saved);
  };
  Result<SavedMemory> saved = co_await offload(writing_, std::move(job));
  if (!saved || embedder() == nullptr) co_return saved;
  saved->note =
      co_await add_vector(saved->id, std::move(tenant), std::move(caller), std::move(text));
  co_return saved;
}

awaitable<Result<MemoryFound>> SqliteMemory::search(MemoryQuery query) {
  if (query.text.size() > kMemoryQueryBytesMax) {
    co_return bound_of("question", query.text.size(), kMemoryQueryBytesMax);
  }
  if (!is_valid_utf8(query.text) || trim(query.text).empty()) {
    co_return Error{Errc::invalid, "memory: the question is empty, or no valid UTF-8"};
  }
  MemoryFound found;
  recall::Question question;
  question.limit = std::clamp(query.limit, 1, kMemoryHitsMax);
  question.now = services_.wall.now();
  if (embedder() != nullptr) {
    EmbedRequest request;
    request.texts.push_back(query.text);
    request.purpose = EmbedRequest::Purpose::query;
    request.tenant = query.where.tenant;
    request.caller = std::move(query.caller);
    Asked asked = co_await embed(std::move(request));
    found.note = std::move(asked.failed);
    if (!asked.vectors.empty()) question.vector = recall::packed(asked.vectors.front());
    question.model = std::move(asked.model);
  }
  question.where = std::move(query.where);
  question.text = std::move(query.text);
  auto job = [files = files_, question = std::move(question)]() -> Result<std::vector<MemoryHit>> {
    std::vector<MemoryHit> hits;
    const Result<void> looked =
        files->read([&](sqlite::Database& database) { hits = recall::search(database, question); });
    if (!looked) return looked.error();
    return hits;
  };
  Result<std::vector<MemoryHit>> hits = co_await offload(reader(), std::move(job));
  if (!hits) co_return hits.error();
  found.hits = std::move(*hits);
  co_return found;
}

awaitable<Result<std::vector<MemoryEntry>>> SqliteMemory::list(MemoryListing listing) {
  listing.limit = std::clamp(listing.limit, 1, kMemoryPageMax);
  const Micros now = services_.wall.now();
  auto job = [files = files_, listing = std::move(listing),
              now]() -> Result<std::vector<MemoryEntry>> {
    std::vector<MemoryEntry> entries;
    const Result<void> looked = files->read(
        [&](sqlite::Database& database) { entries = recall::list(database, listing, now); });
    if (!looked) return looked.error();
    return entries;
  };
  co_return co_await offload(reader(), std::move(job));
}

awaitable<Result<std::vector<MemoryEntry>>> SqliteMemory::forget(Forgetting wanted) {
  if (options_.read_only) co_return read_only_here();
  auto job = [files = files_, wanted = std::move(wanted)]() -> Result<std::vector<MemoryEntry>> {
    Result<std::vector<MemoryEntry>> gone =
        files->write([&](sqlite::Database& database) { return recall::forget(database, wanted); });
    if (gone) files->settle(!gone->empty());
    return gone;
  };
  co_return co_await offload(writing_, std::move(job));
}

awaitable<Result<std::int64_t>> SqliteMemory::erase(MemoryWhere where) {
  if (options_.read_only) co_return read_only_here();
  std::int64_t erased = 0;
  for (bool more = true; more;) {  // in slices: others write in between
    auto job = [files = files_, where]() -> Result<std::int64_t> {
      Result<std::int64_t> some = files->write([&](sqlite::Database& database) {
        return Result<std::int64_t>(recall::erase_some(database, where, kPlacesErasedAtOnce));
      });
      if (some) files->settle(*some > 0);
      return some;
    };
    const Result<std::int64_t> some = co_await offload(writing_, std::move(job));
    if (!some) co_return some.error();
    erased += *some;
    more = *some > 0;
  }
  co_return erased;
}

awaitable<Result<std::int64_t>> SqliteMemory::embed_missing(std::string tenant, int limit) {
  if (options_.read_only) co_return read_only_here();
  if (embedder() == nullptr) {
    co_return Error{Errc::unsupported,
                    "memory has no embedder: name one in yoke.toml, [memory] embed = "
                    "\"backend/model\""};
  }
  const std::string model =
      options_.embed.find('/') == std::string::npos ? std::string() : options_.embed;
  std::int64_t made = 0;
  while (made < limit) {
    const int some = std::min(kTextsAtOnce, limit - static_cast<int>(made));
    auto look = [files = files_, tenant, model, some] {
      std::vector<std::pair<std::string, std::string>> found;
      const Result<void> looked = files->read([&](sqlite::Database& database) {
        found = recall::without_vector(database, tenant, model, some);
      });
      if (!looked) found.clear();
      return found;
    };
    const auto missing = co_await offload(reader(), std::move(look));
    if (missing.empty()) break;
    EmbedRequest request;
    request.tenant = tenant;
    for (const auto& [id, text] : missing) request.texts.push_back(text);
    Asked asked = co_await embed(std::move(request));
    if (asked.vectors.empty()) co_return Error{Errc::unavailable, asked.failed};
    auto keep = [files = files_, missing, asked = std::move(asked)]() -> Result<std::int64_t> {
      return files->write([&](sqlite::Database& database) -> Result<std::int64_t> {
        for (std::size_t i = 0; i < missing.size(); ++i) {
          recall::put_vector(database, missing[i].first, asked.model,
                             recall::packed(asked.vectors[i]));
        }
        return static_cast<std::int64_t>(missing.size());
      });
    };
    const Result<std::int64_t> kept = co_await offload(writing_, std::move(keep));
    if (!kept) co_return kept.error();
    made += *kept;
  }
  co_return made;
}

Result<std::string> memory_path_of(const std::string& store_url) {
  if (store_url.starts_with("memory:")) return std::string();
  if (store_url.starts_with("sqlite:")) {
    const std::string folder = sqlite::folder_of(store_url.substr(7));
    return folder + (folder.ends_with('/') ? "memory.db" : "/memory.db");
  }
  return Error{Errc::unsupported, "memory is kept in a file beside the store, and '" +
                                      store_url.substr(0, store_url.find(':')) +
                                      ":' has no such place: use a store of sqlite:PATH"};
}

}  // namespace yoke
