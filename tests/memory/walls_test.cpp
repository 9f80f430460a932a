#include <catch2/catch.hpp>

#include "tests/memory/bed.h"

namespace yoke {
namespace {

const std::vector<std::string> kPlaces = {"run:R1",     "run:R2",   "session:s1",
                                          "session:s2", "user:ann", "user:bob",
                                          "agent:a",    "agent:b",  "shared"};

// The same words everywhere, so that only walls tell the entries apart.
void fill(MemoryBed& bed, const std::string& tenant) {
  for (const std::string& place : kPlaces) {
    NewMemory entry = remember(place, "secret", "the password of " + tenant + " " + place);
    entry.tenant = tenant;
    bed.vectors.vectors[entry.text] = {1, 0, 0};
    bed.save(std::move(entry));
  }
}

TEST_CASE("a search finds what is in the places it names and nothing of any other") {
  MemoryOptions options;
  options.embed = "lab/chosen";
  MemoryBed bed(options);
  fill(bed, "local");
  fill(bed, "other");
  bed.vectors.vectors["password secret"] = {1, 0, 0};
  for (const std::string& place : kPlaces) {
    INFO(place);
    CHECK(bed.texts(ask({place}, "password secret")) ==
          std::vector<std::string>{"the password of local " + place});
  }
  CHECK(bed.texts(ask({"user:eve"}, "password secret")).empty());
  CHECK(bed.texts(ask({"user:ann", "shared"}, "password secret")).size() == 2);
}

TEST_CASE("a tenant's whole memory holds nothing of another tenant") {
  MemoryOptions options;
  options.embed = "lab/chosen";
  MemoryBed bed(options);
  fill(bed, "local");
  fill(bed, "other");
  bed.vectors.vectors["password"] = {1, 0, 0};
  MemoryQuery all;
  all.where.tenant = "other";
  all.text = "password";
  all.limit = 100;
  const std::vector<std::string> found = bed.texts(all);
  CHECK(found.size() == kPlaces.size());
  for (const std::string& text : found) CHECK(text.starts_with("the password of other"));
  MemoryListing listing;
  listing.where.tenant = "other";
  CHECK(bed.wait(bed.memory->list(listing))->size() == kPlaces.size());
  listing.where.tenant = "third";
  CHECK(bed.wait(bed.memory->list(listing))->empty());
}

TEST_CASE("an entry of another tenant or place cannot be looked up or forgotten by its id") {
  MemoryBed bed;
  const std::string id = bed.save(remember("user:ann", "k", "Ann's own.")).id;
  for (const bool other_tenant : {true, false}) {
    Forgetting forgetting;
    forgetting.where.tenant = other_tenant ? "other" : "local";
    if (!other_tenant) forgetting.where.places = {place_of("user:bob")};
    forgetting.key = id;
    CHECK(bed.wait(bed.memory->forget(forgetting))->empty());
    MemoryListing listing;
    listing.where = forgetting.where;
    listing.key = id;
    CHECK(bed.wait(bed.memory->list(listing))->empty());
  }
  CHECK(bed.texts(ask({"user:ann"}, "own")).size() == 1);
}

TEST_CASE("how rare a word is counts within the places alone") {
  // In Ann's own memory "alpha" is the rarer word; in all of them together "beta" is.
  MemoryBed bed;
  bed.save(remember("user:ann", "1", "alpha"));
  for (int i = 0; i < 8; ++i) bed.save(remember("user:ann", "b" + std::to_string(i), "beta"));
  const std::vector<std::string> before = bed.texts(ask({"user:ann"}, "alpha beta"));
  for (int i = 0; i < 50; ++i) bed.save(remember("user:bob", "a" + std::to_string(i), "alpha"));
  CHECK(bed.texts(ask({"user:ann"}, "alpha beta")) == before);
  CHECK(before.front() == "alpha");
}

}  // namespace
}  // namespace yoke
