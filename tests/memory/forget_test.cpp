#include <catch2/catch.hpp>

#include "tests/memory/bed.h"

namespace yoke {
namespace {

// A vector whose packed bytes spell a word: what is left of it in a file can be looked for.
std::vector<float> spelling(const std::string& word) {
  std::vector<float> vector;
  for (const char letter : word) vector.push_back(static_cast<float>(letter));
  vector.push_back(127);  // the largest: the bytes are the numbers
  return vector;
}

MemoryOptions with_vectors() {
  MemoryOptions options;
  options.embed = "lab/chosen";
  return options;
}

std::vector<MemoryEntry> forget(MemoryBed& bed, const std::string& place, const std::string& key) {
  Forgetting forgetting;
  forgetting.where.tenant = "local";
  if (!place.empty()) forgetting.where.places = {place_of(place)};
  forgetting.key = key;
  const auto gone = bed.wait(bed.memory->forget(forgetting));
  if (!gone) FAIL(gone.error().message());
  return *gone;
}

TEST_CASE("a forgotten entry is in no search and no byte of the files") {
  MemoryBed bed(with_vectors());
  const std::string text = "The safe opens with zanzibarquux.";
  bed.vectors.vectors[text] = spelling("VECTORTRACE");
  bed.vectors.vectors["zanzibarquux safe"] = spelling("VECTORTRACE");
  bed.vectors.vectors["Another."] = spelling("nothing");
  bed.save(remember("user:marmaduke", "", "Another."));
  bed.save(remember("user:hildegard", "safeplace", text));
  CHECK(bed.file_holds("zanzibarquux"));
  CHECK(bed.file_holds("VECTORTRACE"));
  CHECK(bed.file_holds("hildegard"));

  const std::vector<MemoryEntry> gone = forget(bed, "user:hildegard", "safeplace");
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].key == "safeplace");
  CHECK(gone[0].text.empty());
  CHECK(bed.texts(ask({"user:hildegard"}, "zanzibarquux safe")).empty());
  for (const char* trace : {"zanzibarquux", "VECTORTRACE", "hildegard", "safeplace"}) {
    INFO(trace);
    CHECK_FALSE(bed.file_holds(trace));
  }
  CHECK(bed.file_holds("marmaduke"));
  CHECK(forget(bed, "user:hildegard", "safeplace").empty());
}

TEST_CASE("a replaced text and its vector are in no byte of the files") {
  MemoryBed bed(with_vectors());
  bed.vectors.vectors["The code is wolframite."] = spelling("OLDVECTOR");
  bed.vectors.vectors["The code is cinnabar."] = spelling("NEWVECTOR");
  bed.save(remember("shared", "code", "The code is wolframite."));
  bed.save(remember("shared", "code", "The code is cinnabar."));
  CHECK_FALSE(bed.file_holds("wolframite"));
  CHECK_FALSE(bed.file_holds("OLDVECTOR"));
  CHECK(bed.file_holds("cinnabar"));
  CHECK(bed.file_holds("NEWVECTOR"));
}

TEST_CASE("what is forgotten among many entries leaves none of its words behind") {
  MemoryBed bed;
  for (int i = 0; i < 300; ++i) {
    bed.save(remember("shared", "k" + std::to_string(i),
                      "entry number " + std::to_string(i) + " of a long list, word" +
                          std::to_string(i * 7) + " and needle" + std::to_string(i)));
  }
  for (int i = 100; i < 200; ++i) forget(bed, "shared", "k" + std::to_string(i));
  CHECK_FALSE(bed.file_holds("needle150"));
  CHECK(bed.texts(ask({"shared"}, "needle150")).empty());
  CHECK(bed.texts(ask({"shared"}, "needle250")).size() == 1);
  MemoryQuery common = ask({"shared"}, "entry");
  common.limit = 100;
  for (const std::string& text : bed.texts(common)) {
    const int number = std::stoi(text.substr(std::string("entry number ").size()));
    CHECK((number < 100 || number >= 200));
  }
}

TEST_CASE("erasing a place takes all of it and leaves the others") {
  MemoryBed bed;
  for (const char* place : {"run:R1", "run:R2", "shared"}) {
    for (int i = 0; i < 3; ++i) {
      bed.save(remember(place, "k" + std::to_string(i), std::string("ytterbium ") + place));
    }
  }
  MemoryWhere run;
  run.tenant = "local";
  run.places = {place_of("run:R1")};
  CHECK(*bed.wait(bed.memory->erase(run)) == 3);
  CHECK_FALSE(bed.file_holds("ytterbium run:R1"));
  CHECK(bed.texts(ask({"run:R2"}, "ytterbium")).size() == 3);
  MemoryWhere other;
  other.tenant = "other";
  CHECK(*bed.wait(bed.memory->erase(other)) == 0);
  MemoryWhere tenant;
  tenant.tenant = "local";
  CHECK(*bed.wait(bed.memory->erase(tenant)) == 6);
  CHECK_FALSE(bed.file_holds("ytterbium"));
}

TEST_CASE("a key in several places is forgotten where it is meant, or everywhere when asked to") {
  MemoryBed bed;
  bed.save(remember("user:ann", "k", "Ann's"));
  bed.save(remember("user:bob", "k", "Bob's"));
  Forgetting forgetting;
  forgetting.where.tenant = "local";
  forgetting.key = "k";
  const auto refused = bed.wait(bed.memory->forget(forgetting));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().detail.find("user:bob, user:ann") != std::string::npos);
  forgetting.all = true;
  CHECK(bed.wait(bed.memory->forget(forgetting))->size() == 2);
}

TEST_CASE("what was forgotten just before a crash is gone from the files once they are opened") {
  MemoryBed bed;
  bed.save(remember("shared", "k", "The word is quicksilver."));
  // As a crash between the commit and the cutting of the log leaves the files.
  std::filesystem::create_directories(bed.folder + "/copy");
  forget(bed, "shared", "k");
  bed.save(remember("shared", "after", "Written later."));
  for (const char* end : {"", "-wal"}) {
    std::filesystem::copy_file(bed.options.path + end, bed.folder + "/copy/memory.db" + end);
  }
  bed.options.path = bed.folder + "/copy/memory.db";
  bed.reopen();
  CHECK(bed.texts(ask({"shared"}, "later")).size() == 1);
  CHECK(bed.texts(ask({"shared"}, "quicksilver")).empty());
  CHECK_FALSE(bed.file_holds("quicksilver"));
}

}  // namespace
}  // namespace yoke
