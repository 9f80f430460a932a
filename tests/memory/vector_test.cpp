#include "runtime/memory/vectors.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "runtime/memory/ranking.h"
#include "tests/memory/bed.h"

namespace yoke {
namespace {

using Texts = std::vector<std::string>;

MemoryOptions settings_with_vectors() {
  MemoryOptions options;
  options.embed = "lab/chosen";
  return options;
}

TEST_CASE("what means the same is found without a word in common") {
  MemoryBed bed(settings_with_vectors());
  bed.vectors.vectors = {{"The cat sleeps.", {1, 0, 0.1F}},
                         {"Taxes are due.", {0, 1, 0}},
                         {"a resting feline", {0.9F, 0.1F, 0}}};
  bed.save(remember("shared", "", "The cat sleeps."));
  bed.save(remember("shared", "", "Taxes are due."));
  const Result<MemoryFound> found =
      bed.wait(bed.memory->search(ask({"shared"}, "a resting feline")));
  REQUIRE(found->hits.size() == 2);
  CHECK(found->hits[0].entry.text == "The cat sleeps.");
  CHECK(found->hits[0].by_vector);
  CHECK_FALSE(found->hits[0].by_words);
  CHECK(found->note.empty());
  CHECK(bed.vectors.asked.back().purpose == EmbedRequest::Purpose::query);
  CHECK(bed.vectors.asked.front().purpose == EmbedRequest::Purpose::document);
}

TEST_CASE("an embedder that fails loses no memory: it is kept and found by its words") {
  MemoryBed bed(settings_with_vectors());
  const SavedMemory saved = bed.save(remember("shared", "k", "Unknown to the vendor."));
  CHECK(saved.note.find("the vendor is not there") != std::string::npos);
  const Result<MemoryFound> found = bed.wait(bed.memory->search(ask({"shared"}, "vendor")));
  REQUIRE(found->hits.size() == 1);
  CHECK(found->note.find("the vendor is not there") != std::string::npos);
  CHECK_FALSE(found->hits[0].entry.has_vector);
}

TEST_CASE("vectors that are missing are made later, for one tenant and so many at most") {
  MemoryBed bed(settings_with_vectors());
  for (const char* text : {"one", "two", "three"}) bed.save(remember("shared", text, text));
  NewMemory others = remember("shared", "k", "one");
  others.tenant = "other";
  bed.save(others);
  for (const char* text : {"one", "two", "three"}) bed.vectors.vectors[text] = {1, 2, 3};
  CHECK(*bed.wait(bed.memory->embed_missing("local", 2)) == 2);
  CHECK(*bed.wait(bed.memory->embed_missing("local", 100)) == 1);
  CHECK(*bed.wait(bed.memory->embed_missing("local", 100)) == 0);
  MemoryListing listing;
  listing.where.tenant = "other";
  CHECK_FALSE(bed.wait(bed.memory->list(listing))->front().has_vector);
}

TEST_CASE("vectors of another model or length are compared with nothing") {
  MemoryBed bed(settings_with_vectors());
  bed.vectors.vectors["old entry"] = {1, 0};
  bed.save(remember("shared", "k", "old entry"));
  bed.vectors.target = "lab/newer";
  bed.vectors.vectors["question"] = {1, 0};
  CHECK(bed.texts(ask({"shared"}, "question")).empty());
  bed.vectors.target = "lab/chosen";
  bed.vectors.vectors["question"] = {1, 0, 0};
  CHECK(bed.texts(ask({"shared"}, "question")).empty());
  bed.vectors.vectors["question"] = {1, 0};
  CHECK(bed.texts(ask({"shared"}, "question")).size() == 1);
}

TEST_CASE("a packed vector is as near to others as the vector is, within a hundredth") {
  SeededRandom random(3);
  const auto some = [&] {
    std::vector<float> vector(256);
    for (float& number : vector) {
      number = static_cast<float>(random.next() % 2'000) / 1'000 - 1;
    }
    return vector;
  };
  for (int i = 0; i < 50; ++i) {
    const std::vector<float> a = some();
    std::vector<float> b = some();
    for (std::size_t at = 0; at < b.size(); ++at) b[at] += a[at] * static_cast<float>(i) / 25;
    double product = 0;
    double of_a = 0;
    double of_b = 0;
    for (std::size_t at = 0; at < a.size(); ++at) {
      product += static_cast<double>(a[at]) * b[at];
      of_a += static_cast<double>(a[at]) * a[at];
      of_b += static_cast<double>(b[at]) * b[at];
    }
    const recall::PackedVector packed_b = recall::packed(b);
    const double near = recall::likeness(recall::packed(a), packed_b.bytes, packed_b.scale);
    CHECK(std::abs(near - product / std::sqrt(of_a * of_b)) < 0.01);
  }
}

TEST_CASE("no vector is made of zeros, of no numbers or of what is no number") {
  CHECK(recall::packed({}).bytes.empty());
  CHECK(recall::packed({0, 0}).bytes.empty());
  CHECK(recall::packed({1, std::nanf("")}).bytes.empty());
  CHECK(recall::packed({1, INFINITY}).bytes.empty());
  CHECK(recall::packed(std::vector<float>(recall::kDimensionsMax + 1, 1)).bytes.empty());
}

TEST_CASE("an entry that both ways of searching know comes before what one of them knows") {
  const std::vector<std::vector<recall::Ranked>> lists = {{{1, 9}, {2, 8}}, {{3, 0.9}, {2, 0.8}}};
  const std::vector<recall::Ranked> order = recall::fused(lists);
  REQUIRE(order.size() == 3);
  CHECK(order[0].entry == 2);
}

TEST_CASE("a word counts the more the rarer it is and the shorter its entry") {
  const recall::Collection all{1'000, 20'000};
  CHECK(recall::bm25(all, 5, 1, 20) > recall::bm25(all, 500, 1, 20));
  CHECK(recall::bm25(all, 5, 1, 10) > recall::bm25(all, 5, 1, 100));
  CHECK(recall::bm25(all, 5, 3, 20) > recall::bm25(all, 5, 1, 20));
  CHECK(recall::bm25(all, 1'000, 1, 20) > 0);
}

}  // namespace
}  // namespace yoke
