#include <catch2/catch.hpp>

#include "runtime/store/sqlite/database.h"
#include "tests/memory/bed.h"

namespace yoke {
namespace {

using Texts = std::vector<std::string>;

TEST_CASE("what was remembered is found by its words, the nearest first") {
  MemoryBed bed;
  bed.save(remember("shared", "", "The office in Oslo closes at four on Fridays."));
  bed.save(remember("shared", "", "Invoices are sent on the first working day of a month."));
  bed.save(remember("shared", "", "Oslo has trams."));
  const Texts found = bed.texts(ask({"shared"}, "when does the Oslo office close?"));
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "The office in Oslo closes at four on Fridays.");
  CHECK(bed.texts(ask({"shared"}, "zebra")).empty());
}

TEST_CASE("what was remembered is there after a restart, with all that was said of it") {
  MemoryBed bed;
  NewMemory entry = remember("user:ann", "colour", "Ann likes green.");
  entry.label = Label{Label::Integrity::untrusted, Label::Secrecy::open};
  entry.source = {"RUN", "c3.0", "helper"};
  entry.expires = bed.clock.now_ + 1'000'000;
  const SavedMemory saved = bed.save(entry);
  bed.reopen();
  MemoryListing listing;
  listing.where.tenant = "local";
  const auto entries = bed.wait(bed.memory->list(listing));
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 1);
  const MemoryEntry& kept = entries->front();
  CHECK(kept.id == saved.id);
  CHECK(to_text(kept.place) == "user:ann");
  CHECK(kept.key == "colour");
  CHECK(kept.text == "Ann likes green.");
  CHECK(to_text(kept.label) == "untrusted,public");
  CHECK(kept.source.run == "RUN");
  CHECK(kept.source.call == "c3.0");
  CHECK(kept.source.agent == "helper");
  CHECK(kept.created == bed.clock.now_);
  CHECK(kept.expires == entry.expires);
}

TEST_CASE("an entry of a key replaces the one before it, which is found no more") {
  MemoryBed bed;
  bed.save(remember("user:ann", "editor", "Ann writes in Emacs."));
  const Micros first = bed.clock.now_;
  bed.clock.now_ += 5'000'000;
  const SavedMemory second = bed.save(remember("user:ann", "editor", "Ann writes in Vim now."));
  CHECK(second.replaced);
  CHECK(bed.texts(ask({"user:ann"}, "Emacs")).empty());
  const Result<MemoryFound> found = bed.wait(bed.memory->search(ask({"user:ann"}, "Vim")));
  REQUIRE(found->hits.size() == 1);
  CHECK(found->hits[0].entry.created == first);
  CHECK(found->hits[0].entry.updated == bed.clock.now_);
}

TEST_CASE("an entry is found until it expires, and goes with the next that is remembered") {
  MemoryBed bed;
  NewMemory entry = remember("shared", "code", "The door code is zulutango.");
  entry.expires = bed.clock.now_ + 60'000'000;
  bed.save(entry);
  CHECK(bed.texts(ask({"shared"}, "door code")).size() == 1);
  bed.clock.now_ += 60'000'000;
  CHECK(bed.texts(ask({"shared"}, "door code")).empty());
  MemoryListing listing;
  listing.where.tenant = "local";
  CHECK(bed.wait(bed.memory->list(listing))->empty());
  bed.save(remember("shared", "", "Something else."));
  CHECK_FALSE(bed.file_holds("zulutango"));
}

TEST_CASE("entries are listed newest first, in pages, and by their key or id") {
  MemoryBed bed;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    bed.clock.now_ += 1'000;
    const std::string place = i % 2 == 0 ? "shared" : "agent:a";
    ids.push_back(bed.save(remember(place, "k" + std::to_string(i), "entry")).id);
  }
  MemoryListing listing;
  listing.where.tenant = "local";
  listing.limit = 2;
  const auto first = bed.wait(bed.memory->list(listing));
  REQUIRE(first->size() == 2);
  CHECK(first->at(0).key == "k4");
  CHECK(first->at(1).key == "k3");
  listing.before = first->at(1).id;
  const auto second = bed.wait(bed.memory->list(listing));
  REQUIRE(second->size() == 2);
  CHECK(second->at(0).key == "k2");
  MemoryListing one;
  one.where.tenant = "local";
  one.key = ids[1];
  REQUIRE(bed.wait(bed.memory->list(one))->size() == 1);
  one.key = "k1";
  CHECK(bed.wait(bed.memory->list(one))->at(0).id == ids[1]);
}

TEST_CASE("each bound of an entry is named by the error that it gives") {
  MemoryOptions options;
  options.text_bytes_max = 100;
  options.entries_max = 2;
  MemoryBed bed(options);
  const auto refusal = [&](NewMemory entry) {
    const Result<SavedMemory> saved = bed.wait(bed.memory->save(std::move(entry)));
    REQUIRE_FALSE(saved.has_value());
    return saved.error().detail;
  };
  CHECK(refusal(remember("shared", "k", std::string(101, 'x'))) ==
        "memory: the text has 101 bytes, at most 100");
  CHECK(refusal(remember("shared", std::string(201, 'k'), "text")) ==
        "memory: the key has 201 bytes, at most 200");
  CHECK(refusal(remember("shared", "a\nb", "text")) ==
        "memory: the key must be UTF-8 text without control characters");
  CHECK(refusal(remember("shared", "k", "  ")) == "memory: the text is empty");
  CHECK(refusal(remember("shared", "k", "\xff")) == "memory: the text is no valid UTF-8");
  CHECK(refusal(remember("user", "k", "text")) ==
        "memory: the scope 'user' has nobody here that it could be of");
  bed.save(remember("shared", "a", "one"));
  bed.save(remember("user:ann", "b", "two"));
  CHECK(refusal(remember("shared", "c", "three"))
            .starts_with("memory.save: the tenant 'local' remembers 2 entries"));
  bed.save(remember("shared", "a", "another"));  // takes no more room
  const auto asked = bed.wait(bed.memory->search(ask({"shared"}, std::string(9'000, 'x'))));
  REQUIRE_FALSE(asked.has_value());
  CHECK(asked.error().detail == "memory: the question has 9000 bytes, at most 8192");
}

TEST_CASE("SQL and quotes in texts, keys and owners are but text") {
  MemoryBed bed;
  const std::string bad = "'; DROP TABLE entries; --\" OR 1=1";
  bed.save(remember("shared", "plain", "An ordinary entry."));
  bed.save(remember("user:" + bad, bad, bad));
  CHECK(bed.texts(ask({"user:" + bad}, bad)) == Texts{bad});
  CHECK(bed.texts(ask({"shared"}, "ordinary\" OR * NEAR(")).size() == 1);
}

TEST_CASE("a memory that nothing was put in finds nothing and makes no file") {
  MemoryBed bed;
  CHECK(bed.texts(ask({"shared"}, "anything")).empty());
  CHECK_FALSE(std::filesystem::exists(bed.folder + "/memory.db"));
}

TEST_CASE("a store in memory has its memory there too") {
  MemoryBed bed({}, false);
  bed.save(remember("shared", "k", "Kept in no file."));
  CHECK(bed.texts(ask({"shared"}, "kept")).size() == 1);
  CHECK(*memory_path_of("memory:") == "");
  CHECK(*memory_path_of("sqlite:/a/b/yoke.db") == "/a/b/memory.db");
  CHECK(*memory_path_of("sqlite:yoke.db") == "./memory.db");
  const Result<std::string> none = memory_path_of("postgres://user:secret@host/db");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().detail.find("secret") == std::string::npos);
}

TEST_CASE("a second process that would write is told who writes and one that reads reads on") {
  MemoryBed bed;
  bed.save(remember("shared", "k", "Kept here."));
  SqliteMemory other({bed.clock, bed.random}, bed.options);
  const Result<SavedMemory> refused =
      bed.wait(other.save(remember("shared", "other", "Kept there.")));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::conflict);
  MemoryOptions reading = bed.options;
  reading.read_only = true;
  SqliteMemory reader({bed.clock, bed.random}, reading);
  CHECK(bed.wait(reader.search(ask({"shared"}, "kept")))->hits.size() == 1);
  CHECK(bed.wait(reader.save(remember("shared", "k", "x"))).error().code == Errc::denied);
}

TEST_CASE("a file that a newer program made is left alone") {
  MemoryBed bed;
  bed.save(remember("shared", "k", "Kept here."));
  bed.memory.reset();
  {
    sqlite::Database database(bed.options.path, sqlite::OpenMode::write);
    database.run_script("PRAGMA user_version=99");
  }
  bed.reopen();
  const auto found = bed.wait(bed.memory->search(ask({"shared"}, "kept")));
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code == Errc::unsupported);
}

}  // namespace
}  // namespace yoke
