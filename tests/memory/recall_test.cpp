#include <catch2/catch.hpp>
#include <fstream>

#include "runtime/base/text.h"
#include "tests/memory/bed.h"
#include "tests/memory/senses.h"

// How much of a labelled set of our own is found: tests/memory/recall/README.md says what it is.
namespace yoke {
namespace {

const std::string kFolder = "tests/memory/recall/";

struct Pair {
  std::string key;
  std::string text;
  bool paraphrased = false;
};

std::vector<Pair> pairs_of(const std::string& file) {
  std::ifstream in(kFolder + file);
  REQUIRE(in);
  std::vector<Pair> pairs;
  bool paraphrased = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) paraphrased = line == "# paraphrased";
    const std::size_t bar = line.find(" | ");
    if (line.starts_with('#') || bar == std::string::npos) continue;
    pairs.push_back({line.substr(0, bar), line.substr(bar + 3), paraphrased});
  }
  return pairs;
}

// Of the questions, how many have their entry among the first ten.
struct Recall {
  int asked = 0;
  int found = 0;
  double share() const { return static_cast<double>(found) / asked; }
};

struct Recalls {
  Recall plain;
  Recall paraphrased;
  double share() const {
    return static_cast<double>(plain.found + paraphrased.found) / (plain.asked + paraphrased.asked);
  }
};

Recalls recall_of(bool with_vectors) {
  MemoryOptions options;
  if (with_vectors) options.embed = "tests/senses";
  MemoryBed bed(options, false);
  SenseVectors senses(kFolder + "senses.txt");
  bed.memory = std::make_unique<SqliteMemory>(
      SqliteMemory::Services{bed.clock, bed.random, [&senses] { return &senses; }}, bed.options);
  for (const Pair& entry : pairs_of("entries.txt")) {
    NewMemory memory = remember("shared", "", entry.text);  // the key would give it away
    bed.save(std::move(memory));
  }
  std::map<std::string, std::string> texts;
  for (const Pair& entry : pairs_of("entries.txt")) texts[entry.key] = entry.text;
  Recalls out;
  for (const Pair& question : pairs_of("questions.txt")) {
    REQUIRE(texts.contains(question.key));
    Recall& recall = question.paraphrased ? out.paraphrased : out.plain;
    ++recall.asked;
    const std::vector<std::string> found = bed.texts(ask({"shared"}, question.text));
    const bool there = std::find(found.begin(), found.end(), texts[question.key]) != found.end();
    recall.found += there ? 1 : 0;
    if (!there) UNSCOPED_INFO("not found: " << question.text);
  }
  return out;
}

TEST_CASE("the labelled set is of 200 entries and 100 questions, half of them paraphrased") {
  CHECK(pairs_of("entries.txt").size() == 200);
  const std::vector<Pair> questions = pairs_of("questions.txt");
  CHECK(questions.size() == 100);
  CHECK(std::count_if(questions.begin(), questions.end(),
                      [](const Pair& pair) { return pair.paraphrased; }) == 50);
}

TEST_CASE("by words nearly every question in an entry's own words finds it") {
  const Recalls recall = recall_of(false);
  WARN("Recall@10 by words: " << recall.share() << " (plain " << recall.plain.share()
                              << ", paraphrased " << recall.paraphrased.share() << ")");
  CHECK(recall.plain.share() >= 0.98);
  CHECK(recall.share() >= 0.60);
}

TEST_CASE("fused with vectors that know synonyms, paraphrases are found too") {
  const Recalls recall = recall_of(true);
  WARN("Recall@10 fused: " << recall.share() << " (plain " << recall.plain.share()
                           << ", paraphrased " << recall.paraphrased.share() << ")");
  CHECK(recall.plain.share() >= 0.98);
  CHECK(recall.share() >= 0.93);
}

}  // namespace
}  // namespace yoke
