#include "runtime/memory/words.h"

#include <catch2/catch.hpp>

#include "tests/memory/bed.h"

namespace yoke {
namespace {

using recall::query_words;
using recall::words_of;
using Words = std::vector<std::string>;

TEST_CASE("forms of an English word are one word") {
  const std::vector<Words> families = {
      {"deploy", "deploys", "deployed", "deploying", "deployment", "Deployments"},
      {"hope", "hopes", "hoping", "hoped"},
      {"stop", "stops", "stopped", "stopping"},
      {"invoice", "invoices", "invoiced", "invoicing"},
      {"city", "cities"},
      {"box", "boxes"},
      {"class", "classes"},
      {"quick", "quickly"},
      {"organize", "organise", "organised"}};
  for (const Words& family : families) {
    for (const std::string& word : family) {
      INFO(word);
      CHECK(words_of(word) == words_of(family.front()));
    }
  }
  CHECK(words_of("bus") == Words{"bus"});
  CHECK(words_of("gas bring need") == Words{"ga", "bring", "need"});
}

TEST_CASE("marks and case of letters make no difference, scripts without spaces go by character") {
  CHECK(words_of("CAFÉ") == words_of("cafe"));
  CHECK(words_of("Ærø Łódź") == words_of("aro lodz"));
  CHECK(words_of("МОСКВА") == words_of("москва"));
  CHECK(words_of("東京") == Words{"東", "京"});
  CHECK(words_of("naïve—plan “b2” 10.5") == Words{"naiv", "plan", "b2", "10", "5"});
  CHECK(words_of("").empty());
  CHECK(words_of("… — !").empty());
  CHECK(words_of(std::string(10'000, 'x')).front().size() == recall::kWordBytesMax);
}

TEST_CASE("a question's joining words are left out unless it has no others") {
  CHECK(query_words("What is the name of the server?", 10) == words_of("name server"));
  CHECK(query_words("the the who", 10) == words_of("the who"));
  CHECK(query_words("a1 b2 c3 d4", 2).size() == 2);
}

TEST_CASE("words that nearly every entry has do not hide the one that is meant") {
  MemoryBed bed;
  for (int i = 0; i < 400; ++i) {
    bed.save(remember("shared", "k" + std::to_string(i),
                      "server status report number " + std::to_string(i)));
  }
  bed.save(remember("shared", "odd", "server status report: kraken sighted"));
  const Words found = bed.texts(ask({"shared"}, "server status report with the kraken"));
  REQUIRE_FALSE(found.empty());
  CHECK(found.front() == "server status report: kraken sighted");
  CHECK(found.size() == 10);
}

}  // namespace
}  // namespace yoke
